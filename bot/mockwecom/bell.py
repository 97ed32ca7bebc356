"""Wakes whoever watches when something has happened."""

import asyncio


class Bell:
    def __init__(self) -> None:
        self.count = 0  # how often it was rung
        self.closed = False
        self._rung: asyncio.Event | None = None  # there while somebody waits

    def ring(self) -> None:
        self.count += 1
        rung, self._rung = self._rung, None
        if rung is not None:
            rung.set()

    def open(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Wake everybody for good."""
        self.closed = True
        self.ring()

    async def wait(self, count: int) -> None:
        """Wait until it has been rung more than `count` times."""
        while self.count == count and not self.closed:
            if self._rung is None:
                self._rung = asyncio.Event()
            await self._rung.wait()
