"""Joins the pieces of one question: people type "你好", "想问下", "怎么退货" as three messages."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.events import Event, MessageReceived

Ready = Callable[[Event, tuple[str, ...]], None]


@dataclass(slots=True)
class Burst:
    pieces: list[MessageReceived]
    ends_at: float  # when quiet is long enough
    latest: float  # however much is typed


class Fragments:
    """Holds messages back until their writer is quiet.

    The pieces wait unsettled in the inbox, so a restart in the middle loses none of them.

    Args:
        quiet_s: seconds of quiet by channel; 0 lets messages through at once.
        most_s: the longest that a first piece waits.
        ready: gets the whole question with the ids of its pieces.
    """

    def __init__(
        self, quiet_s: Mapping[str, float], most_s: float, clock: Clock, ready: Ready
    ) -> None:
        self._quiet_s, self._most_s = quiet_s, most_s
        self._clock, self._ready = clock, ready
        self._bursts: dict[tuple[str, str], Burst] = {}

    def add(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        """Pass `event` on, or hold it back.

        A person who takes over passes what is held back: it should find them serving.
        """
        if not isinstance(event, MessageReceived):
            self._ready(event, (event.id,))
            return
        writer = (event.conversation, event.sender)  # in a group everybody types for themselves
        quiet_s = 0.0 if event.menu_id else self._quiet_s.get(event.channel, 0.0)
        if quiet_s <= 0:
            self._pass_on(writer)
            self._ready(event, (event.id,))
            return
        now = self._clock.timestamp()
        burst = self._bursts.get(writer)
        if burst is None:
            burst = Burst([event], now + quiet_s, now + self._most_s)
            self._bursts[writer] = burst
            tasks.create_task(self._wait(writer, burst))
        else:
            burst.pieces.append(event)
            burst.ends_at = min(now + quiet_s, burst.latest)

    async def _wait(self, writer: tuple[str, str], burst: Burst) -> None:
        while (left := burst.ends_at - self._clock.timestamp()) > 0:
            await self._clock.sleep(left)
        if self._bursts.get(writer) is burst:
            self._pass_on(writer)

    def _pass_on(self, writer: tuple[str, str]) -> None:
        burst = self._bursts.pop(writer, None)
        if burst is not None:
            self._ready(joined(burst.pieces), tuple(piece.id for piece in burst.pieces))


def joined(pieces: list[MessageReceived]) -> MessageReceived:
    """One message: named after the first piece, answered where the last one can be answered."""
    if len(pieces) == 1:
        return pieces[0]
    texts = [piece.text.strip() for piece in pieces if piece.text.strip()]
    media = [piece for piece in pieces if piece.media_id]
    return replace(
        pieces[-1],
        id=pieces[0].id,
        kind="text" if texts else pieces[-1].kind,
        text="\n".join(texts),
        media_id=media[-1].media_id if media else "",
        fragments=tuple(piece.id for piece in pieces),
    )
