"""Notices of one kind to one member that come in a burst: the first goes out at once, the rest as
one.

Otherwise a phone rings forty times when an outage leaves forty customers without a welcome. What
each is about stands in its to-do; a notice only says that there is something to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.clock import Clock
from bot.customers.customers import Customers
from bot.desk import Desk
from bot.outbox import Message
from bot.sending.settlement import Result
from bot.store.models import MessageState

Send = Callable[[Message], Awaitable[Result]]
Ended = Callable[[Message], Result | None]
Key = tuple[str, str, str]  # from which app, to whom, of which kind
NAMED = 5  # customers
HELD, TOGETHER = "gathered", "told together with others of its kind"  # notes of messages
MOST = 1_000  # kinds remembered
MISSED = 100  # at most so many that nobody heard of are named


@dataclass(slots=True)
class Burst:
    until: float  # until when what comes is held back
    told: int = 0  # one by one
    held: dict[str, Message] = field(default_factory=dict)  # by id
    missed: list[Message] = field(default_factory=list)  # nobody heard of: the next one names them
    heard: bool = False  # one of them has arrived


def open_gathering(clock: Clock, customers: Customers, desk: Desk) -> "Gathering":
    return Gathering(
        clock, names=lambda one: customers[one].name, span_s=lambda: desk.manners.notices_s
    )


class Gathering:
    """
    Args:
        names: what a customer is called, "" = not known.
        span_s: for how long notices are gathered; 0: each is sent by itself.
    """

    def __init__(
        self, clock: Clock, *, names: Callable[[str], str], span_s: Callable[[], float]
    ) -> None:
        self._clock, self._names, self._span_s = clock, names, span_s
        self._bursts: dict[Key, Burst] = {}
        self._with: dict[str, asyncio.Future[Result]] = {}  # told together with another, by id

    async def send(self, message: Message, send: Send, ended: Ended) -> Result:
        """Send it with `send`, alone or with all that waits for it; or let it wait.

        Args:
            ended: what ends a single message for good before it is sent: dropped by hand, too
                late. What becomes of many told together, only the sending decides.
        """
        if (told := self._with.pop(message.id, None)) is not None:
            result = await told
            sent = result.state is MessageState.SENT
            return result._replace(note=TOGETHER if sent else result.note)
        speech = message.speech
        if not (speech.kind and (span_s := self._span_s())):
            return await send(message)
        now = self._clock.timestamp()
        key = speech.account, speech.to, speech.kind
        burst = self._bursts.get(key)
        if (end := ended(message)) is not None:
            if burst is not None:
                burst.held.pop(message.id, None)
            return end
        if burst is None or now >= burst.until:
            return await self._lead(key, message, now + span_s, send, ended)
        if burst.told < speech.alone:
            burst.told += 1
            return self._noted(burst, [message], await send(message))
        burst.held[message.id] = message
        return Result(MessageState.WAITING, burst.until, HELD, aside=True)

    async def _lead(
        self, key: Key, message: Message, until: float, send: Send, ended: Ended
    ) -> Result:
        """The first of a burst, or all that was held back since the one before."""
        before, burst = self._bursts.get(key) or Burst(0.0), Burst(until, told=1)
        held = {
            one.id: one
            for one in before.held.values()
            if one.id != message.id and ended(one) is None  # it will end in its own turn
        }
        self._forget()
        self._bursts[key] = burst
        if not held and not before.missed:
            return self._noted(burst, [message], await send(message))
        burst.told = max(one.speech.alone for one in (message, *held.values()))
        told = asyncio.get_running_loop().create_future()
        self._with |= dict.fromkeys(held, told)
        try:
            result = await send(self._together([*before.missed, message, *held.values()], before))
        except BaseException:
            told.cancel()
            raise
        if result.state is MessageState.WAITING:  # they try again together
            burst.until, burst.held = result.due_at, {message.id: message, **held}
            burst.heard = before.heard
        told.set_result(result)
        if result.state is not MessageState.SENT:
            burst.missed = before.missed
        return self._noted(burst, [message, *held.values()], result)

    def _noted(self, burst: Burst, messages: list[Message], result: Result) -> Result:
        """One that failed for good is named by the next one that arrives."""
        if result.state is MessageState.SENT:
            burst.heard = True
        elif result.state is MessageState.DEAD:
            burst.missed = [*burst.missed, *messages][-MISSED:]
        return result

    def _together(self, messages: list[Message], before: Burst) -> Message:
        first = next(one for one in messages if one not in before.missed)
        names = self._named(dict.fromkeys(one.speech.customer for one in messages))
        text = (
            f"{first.speech.kind}：{'又' * before.heard}有 {len(messages)} 条（{names}）。\n"
            "每条的内容在侧边栏的「待办」里。"
        )
        return replace(first, speech=replace(first.speech, text=text))

    def _named(self, customers: Iterable[str]) -> str:
        ids = [*customers]
        known = [name for one in ids if (name := self._names(one))][:NAMED]
        if len(known) == len(ids):
            return "、".join(known)
        return f"{'、'.join(known)}{' 等 ' if known else ''}{len(ids)} 位客户"

    def _forget(self) -> None:
        if len(self._bursts) > MOST:
            now = self._clock.timestamp()
            self._bursts = {
                key: one for key, one in self._bursts.items() if one.held or one.until > now
            }
