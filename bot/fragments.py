"""Joins the pieces of one question: people type "你好", "想问下", "怎么退货" as three messages."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.clock import Clock, turn
from bot.events import Event, MessageReceived

Ready = Callable[[Event, tuple[str, ...]], None]
Complete = Callable[[MessageReceived], bool]
Read = Callable[[str], Iterable[None]]


@dataclass(slots=True)
class Burst:
    pieces: list[MessageReceived]
    typed_at: float  # the last piece
    ends_at: float  # when quiet is long enough
    latest: float  # however much is typed


class Fragments:
    """Holds messages back until their writer is quiet.

    The pieces wait unsettled in the inbox, so a restart in the middle loses none of them.

    Args:
        quiet_s: seconds of quiet by channel; 0 lets messages through at once.
        open_s: the same for what is no complete question yet: "我上周买的" goes on.
        most_s: the longest that a first piece waits.
        read: finds a piece at a time what `complete` looks for; others have their turn between.
        complete: whether what was typed can be dealt with as it is.
        ready: gets the whole question with the ids of its pieces.
    """

    def __init__(
        self,
        quiet_s: Mapping[str, float],
        open_s: float,
        most_s: float,
        clock: Clock,
        read: Read,
        complete: Complete,
        ready: Ready,
    ) -> None:
        self._quiet_s, self._open_s, self._most_s = quiet_s, open_s, most_s
        # more is left where the clock was put back
        self._longest_s = max([most_s, *quiet_s.values()])
        self._clock, self._read, self._complete, self._ready = clock, read, complete, ready
        self._bursts: dict[tuple[str, str], Burst] = {}

    @property
    def held(self) -> int:
        """Messages that wait for their writer to be quiet."""
        return sum(len(burst.pieces) for burst in self._bursts.values())

    def forget(self, theirs: Callable[[str], bool]) -> None:
        """Hold nothing back of these conversations: their pieces come again."""
        for writer in [one for one in self._bursts if theirs(one[0])]:
            del self._bursts[writer]

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
        if burst is not None and self._is_over(burst, event):
            self._pass_on(writer)
            burst = None
        if burst is None:
            burst = Burst([event], now, now + quiet_s, now + self._most_s)
            self._bursts[writer] = burst
            tasks.create_task(self._wait(writer, burst))
        else:
            burst.pieces.append(event)
            burst.typed_at = now
            burst.ends_at = min(now + quiet_s, burst.latest)

    def _is_over(self, burst: Burst, event: MessageReceived) -> bool:
        """Whether they had been quiet for long enough before they wrote `event`, which comes right
        behind the others after a stop."""
        since_last = (event.at - burst.pieces[-1].at).total_seconds()
        since_first = (event.at - burst.pieces[0].at).total_seconds()
        quiet_s = self._quiet_s.get(event.channel, 0.0)
        return since_last > max(quiet_s, self._open_s) or since_first > self._longest_s

    async def _wait(self, writer: tuple[str, str], burst: Burst) -> None:
        read = 0  # pieces
        while self._bursts.get(writer) is burst:
            left = burst.ends_at - self._clock.timestamp()
            if 0 < left <= self._longest_s:
                await self._clock.sleep(left)
            elif read < len(burst.pieces):
                read = len(burst.pieces)
                with suppress(Exception):  # the handler meets it too, and a person is called
                    for _ in self._read(joined(burst.pieces).text):
                        await turn()
            elif (end := self._end(burst)) > burst.ends_at:
                burst.ends_at = end
            else:
                self._pass_on(writer)

    def _end(self, burst: Burst) -> float:
        """When a burst that has been quiet for long enough ends after all."""
        end = min(burst.typed_at + self._open_s, burst.latest)
        with suppress(Exception):  # likewise
            if end > burst.ends_at and not self._complete(joined(burst.pieces)):
                return end
        return burst.ends_at

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
