"""Compares what came of a step with what was expected of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.demo.reasons import reason_of, together
from bot.reasons import Why
from bot.rehearse.conversation import Conversation, Expectation, continues
from bot.rehearse.library import Repertoire

CALLS = frozenset({"system/notice", "system/transfer"})  # a to-do, the session itself
NOTHING = Why(zh="没有什么要说的", en="nothing to say")
GOES_ON = Why(zh="客户还在打字，等说完再答", en="the customer is still writing")
NO_STEP = Why(zh="没有这一步", en="there is no such step")


@dataclass(slots=True)
class Outcome:
    """What one step brought about."""

    said: list[str] = field(default_factory=list)  # ids of scripts, the program's own too
    handover: bool = False
    whys: list[Why] = field(default_factory=list)

    def add(self, events: Sequence[dict[str, Any]], messages: Sequence[dict[str, Any]]) -> None:
        """What the engine has kept."""
        for pieces in together(events):
            ids = {event["id"] for event in pieces}
            mine = [one for one in messages if one["event_id"] in ids]
            reason = reason_of(pieces, mine)
            self.said += [one for one in reason.scripts if one not in CALLS]
            decision = orjson.loads(pieces[0]["decision"])
            called = any(one["script"] in CALLS for one in mine)
            self.handover = self.handover or called or "handed_over" in decision
            if reason.why.zh or reason.why.en:
                self.whys.append(reason.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expectation, and whether it came true."""

    name: str
    after_step: int
    ok: bool
    expected: Mapping[str, Any]
    got: Mapping[str, Any]
    why: Why
    note: str


def findings(
    conversation: Conversation, outcomes: Sequence[Outcome], repertoire: Repertoire
) -> Iterator[Finding]:
    for expected in conversation.expectations:
        place = expected.after_step - conversation.base
        if 0 <= place < len(outcomes):
            yield _finding(conversation, expected, place, outcomes[place], repertoire)
        else:
            yield Finding(
                name=conversation.name, after_step=expected.after_step, ok=False,
                expected=_told(expected), got={}, why=NO_STEP, note=expected.note,
            )  # fmt: skip


def _finding(
    conversation: Conversation, expected: Expectation, place: int, outcome: Outcome,
    repertoire: Repertoire,
) -> Finding:  # fmt: skip
    replies = [found for one in outcome.said if (found := repertoire.reply_of(one))]
    named = [one for one in replies if one in expected.reply_ids]  # of several the one expected
    # whoever expects a line of the program's own by its name
    own = [one for one in outcome.said if one in expected.reply_ids]
    reply = next(iter(named or replies or own), None)
    right = not expected.reply_ids or reply in expected.reply_ids
    right = right and expected.handover in (None, outcome.handover)
    return Finding(
        name=conversation.name,
        after_step=expected.after_step,
        ok=right,
        expected=_told(expected),
        got={"reply_id": reply, "handover": outcome.handover, "said": outcome.said},
        why=_why(conversation, place, outcome),
        note=expected.note,
    )


def _told(expected: Expectation) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if expected.reply_ids:
        one, *more = expected.reply_ids
        told["reply_id"] = [one, *more] if more else one
    if expected.handover is not None:
        told["handover"] = expected.handover
    return told


def _why(conversation: Conversation, place: int, outcome: Outcome) -> Why:
    whys = list(dict.fromkeys(outcome.whys))
    if whys:
        return Why(zh="；".join(why.zh for why in whys), en="; ".join(why.en for why in whys))
    steps = conversation.steps[place : place + 2]
    return GOES_ON if len(steps) == 2 and continues(*steps, within_s=20.0) else NOTHING
