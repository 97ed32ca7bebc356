"""The load generator: keep-alive connections, each with one ready-made request under way."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter

from benchmarks.figures import percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    seconds: float
    latencies: list[float]  # in seconds

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def ms(self, share: float) -> float:
        return percentile(self.latencies, share) * 1000


class Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        self._requests, self._latencies = requests, latencies
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if b"\r\n\r\n" not in self._answer:  # every answer we expect has no body
            return
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(self._answer[:200].decode(errors="replace")))
            self._transport.close()
            return
        self._latencies.append(perf_counter() - self._sent)
        self._answer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed the connection"))


async def call(port: int, requests: Iterable[bytes], at_once: int) -> Answered:
    """Send all `requests` over `at_once` connections.

    Raises:
        RuntimeError: an answer other than 200.
        ConnectionError: the server went away.
    """
    loop, left, latencies = asyncio.get_running_loop(), iter(requests), list[float]()
    started = perf_counter()
    callers = [
        (await loop.create_connection(lambda: Caller(left, latencies), "127.0.0.1", port))[1]
        for _ in range(at_once)
    ]
    for ended in await asyncio.gather(*(one.done for one in callers), return_exceptions=True):
        if ended is not None:
            raise ended
    return Answered(seconds=perf_counter() - started, latencies=latencies)
