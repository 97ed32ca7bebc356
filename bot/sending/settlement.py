"""How an attempt to send ended, and what becomes of the message."""

from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from bot.errors import (
    MediaExpired,
    NoAnswer,
    PersonServing,
    Refused,
    TokenRejected,
    TryLater,
    WeComError,
)
from bot.events import DeliveryFailed
from bot.outbox import Message
from bot.store.customers.people import said, settled
from bot.store.models import MessageState
from bot.store.states import TouchState
from bot.store.touch.statements import TouchRows, merge
from bot.touch.policy import Refuse, Via
from bot.touch.verdicts import LATER
from bot.wecom.delivery import repeatable
from bot.wecom.errcodes import CORP_WIDE, ERRCODE, plainly

_CLAIMED = MessageState.CLAIMED
STOPPED = "the program stopped while this was being sent"
PAUSE_S = 60.0  # the longest pause between two attempts, if WeCom does not ask for a longer one
# How long an answer is worth sending, whatever held it up: failures, a block, a restart.
# Afterwards a person takes over. Welcome codes have only seconds.
PATIENCE_S: Mapping[Via, float] = {
    Via.SERVICE_SESSION: 600,
    Via.SERVICE_TRANSFER: 600,
    Via.BOT_REPLY: 600,
    Via.APP_MESSAGE: 600,
    Via.STAFF_NOTICE: 86_400,  # a to-do of the evening is still to be done in the morning
    Via.STAFF_TASK: 7 * 86_400,  # its deadline ends it earlier
}
AMISS_S = 300.0  # between two attempts, until secret, permission or trusted IP is put in order
RENEWALS = 4  # errcodes for a file that WeCom does not know
TOO_LATE = Refuse(
    "too_late", "太晚了，现在再发就答非所问", "it is too late: it would be out of place by now"
)
TO_MEMBERS = frozenset({Via.STAFF_NOTICE, Via.STAFF_TASK})
ONCE = frozenset({Via.BOT_REPLY, Via.WELCOME_CODE, Via.SERVICE_CODE})


class Result(NamedTuple):
    state: MessageState
    due_at: float
    note: str = ""
    perhaps: bool = False  # this attempt may have got through
    told: bool = True  # whether a person is told of an end other than SENT
    aside: bool = False  # what follows in its conversation need not wait for it

    @property
    def tried(self) -> bool:
        return not self.aside and self.state is not _CLAIMED


def refused(verdict: Refuse, now: float) -> Result:
    """The policy no longer allows it. If a person is serving, nothing is missing."""
    note = f"{verdict.rule}: {verdict.zh}"
    return Result(MessageState.DEAD, now, note, told=verdict.rule != "staffed")


def outlived(message: Message, at: float) -> bool:
    """Whether it is not worth sending any more at `at` (Unix seconds)."""
    return at - message.created_at > PATIENCE_S.get(message.via, inf)


def failed(error: WeComError, message: Message, now: float) -> Result:
    """What becomes of `message` after `error`: later, dead or doubtful."""
    note = str(error)
    match error:
        case NoAnswer(sent=True) if not repeatable(message):
            return Result(MessageState.DOUBTFUL, now, note, told=False)
        case NoAnswer():
            return later(message, now, 0.0, note, perhaps=error.sent)
        case TryLater():
            return later(message, now, error.after_s, note)
        case TokenRejected():  # it is being renewed
            return later(message, now, 1.0, note)
        case MediaExpired() if message.attempts < RENEWALS:  # it is uploaded again
            return later(message, now, 1.0, note)
        case PersonServing():
            return Result(MessageState.DEAD, now, note, told=False)
        case Refused(errcode=-2, alert=False) if message.via is Via.STAFF_TASK:
            return Result(MessageState.DEAD, now, note, told=False)  # late, stopped: its rows tell
        case Refused(errcode=code) if code in CORP_WIDE and message.via in TO_MEMBERS:
            return later(message, now, AMISS_S, note)  # just as good once that is put in order
        case Refused() if message.repeated and message.via in ONCE:
            return Result(MessageState.DOUBTFUL, now, f"refused on repetition: {note}")
    return Result(MessageState.DEAD, now, note)


def later(
    message: Message, now: float, after_s: float, note: str, *, perhaps: bool = False
) -> Result:
    """Try again after `after_s` or more, unless that is too late."""
    if message.urgent:  # the policy ends this when the code's seconds are over
        return Result(MessageState.WAITING, now + min(max(after_s, 0.5), 1.0), note, perhaps)
    wait_s = max(after_s, min(PAUSE_S, 2.0**message.attempts))
    if outlived(message, now + wait_s):
        return Result(MessageState.DEAD, now, note)
    return Result(MessageState.WAITING, now + wait_s, note, perhaps)


def broken(error: Exception, message: Message, now: float) -> Result:
    """An exception that is no WeComError: our own mistake, which must not stop the others."""
    state = MessageState.DEAD if repeatable(message) else MessageState.DOUBTFUL
    return Result(state, now, f"our own mistake: {type(error).__name__}")


def postponed(message: Message, result: Result) -> Message:
    return replace(
        message,
        attempts=message.attempts + result.tried,
        due_at=result.due_at,
        repeated=message.repeated or result.perhaps,
    )


def ending(message: Message, result: Result, at: float) -> TouchRows | None:
    """The rows that end a touch with its `message`; None: it is no touch, or not settled yet."""
    speech = message.speech
    if not speech.plan or result.state is MessageState.WAITING:
        return None
    touch = speech.customer, speech.plan, speech.slot
    dead = result.state is MessageState.DEAD
    if dead:
        why = _why_dead(result.note)
        if why[0] == LATER.rule:
            return None  # it waits again
        ended = settled(*touch, TouchState.REFUSED, *why, at, perhaps=message.repeated)
    else:
        rule = "doubtful" if result.state is MessageState.DOUBTFUL else ""
        ended = settled(*touch, TouchState.SENT, rule, result.note, result.note, at)
    # Whatever may have reached the customer; a to-do reaches only their member.
    heard = message.via is not Via.STAFF_NOTICE and (message.repeated or not dead)
    return (
        merge(ended, said(speech.customer, speech.words, at)) if heard and speech.words else ended
    )


def _why_dead(note: str) -> tuple[str, str, str]:
    """The rule, and the reason in both languages."""
    if code := ERRCODE.search(note):  # the same reason for all of a kind: pages count them
        return "wecom", plainly(note), f"WeCom refused it (errcode {code[1]})"
    rule, _, zh = note.rpartition(": ")
    return rule or "send", zh, note


def failure(message: Message, result: Result, at: datetime) -> DeliveryFailed | None:
    """The event by which a person learns of it; None if nobody needs to."""
    ended = result.state in (MessageState.DEAD, MessageState.DOUBTFUL)
    if not ended or not result.told or message.via is Via.STAFF_NOTICE or message.speech.plan:
        return None  # nobody waits for a touch: its row tells what became of it
    perhaps = "(也可能已经送达)" if message.repeated else ""
    speech = message.speech
    return DeliveryFailed(
        id=f"failed:{message.id}",
        at=at,
        conversation=message.conversation,
        message_id=message.id,
        via=message.via.value,
        script=message.script,
        member=speech.member,
        customer=speech.customer,
        words=speech.text,
        reason=plainly(result.note) + perhaps,
    )
