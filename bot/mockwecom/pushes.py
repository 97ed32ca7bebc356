"""Callbacks on their way to us: sealed, posted, and posted again until they get their 200."""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Push
from bot.wecom.crypto import Envelope

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

_KEYS = "compare Token, EncodingAESKey and corp id on both sides"
_NOBODY = "the proxy reached nobody: is huashu running, on the port that the proxy names?"
_AWAY = dict.fromkeys((502, 503, 504), _NOBODY)
AT_ONCE = 64  # requests at a time; the rest wait for a free connection, which is reused


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One page "API 接收消息": where callbacks go, and with which keys."""

    name: str
    url: str
    envelope: Envelope
    agent_id: int | None = None  # None receives what is for any app


class Done:
    """Nothing is left to wait for."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


class Pushes:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.callbacks: dict[str, Callback] = {}
        self._open: tuple[asyncio.TaskGroup, aiohttp.ClientSession] | None = None
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[tuple[Callback, str]] = []
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Self:
        group = await self._stack.enter_async_context(asyncio.TaskGroup())
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._stack.push_async_callback(session.close)
        self._open = group, session
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def set_callback(
        self,
        name: str,
        url: str,
        token: str,
        aes_key: str,
        receive_id: str | None = None,
        *,
        agent_id: int | None = None,
        verify: bool = False,
    ) -> Awaitable[None]:
        """Save a callback configuration; it counts at once.

        With `verify` await the result: as in the console, the address has to answer the GET first.

        Raises:
            ValueError: `aes_key` is not a key; while awaiting: the address did not answer well.
        """
        owner = self._corp.corp_id if receive_id is None else receive_id
        envelope = Envelope(token, aes_key, owner)
        callback = Callback(name=name, url=url, envelope=envelope, agent_id=agent_id)
        if verify:
            return self._verify(callback)
        self.callbacks[name] = callback
        return Done()

    async def _verify(self, callback: Callback) -> None:
        status, right = await self.echoed(callback.url, callback.envelope)
        if not right:
            raise CannotAct(
                f"{callback.url} answered HTTP {status} and not the decrypted echostr: "
                f"{_AWAY.get(status, _KEYS)}"
            )
        self.callbacks[callback.name] = callback

    async def echoed(self, url: str, envelope: Envelope) -> tuple[int, bool]:
        """GET with a sealed echostr; the plain text must come back within 1 s (doc 90930).

        Returns the status, and whether it did.

        Raises:
            CannotAct: nothing came back.
        """
        echo = self._corp.new_id("", 19)
        encrypt, query = self.seal(envelope, echo)
        timeout = aiohttp.ClientTimeout(total=self._corp.rules["verify_timeout_s"])
        request = self.session.get(url, params={**query, "echostr": encrypt}, timeout=timeout)
        try:
            async with request as answer:
                right = await answer.read() == echo.encode()
                return answer.status, answer.status == 200 and right
        except (aiohttp.ClientError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            raise CannotAct(f"{url} did not answer the verification: {why}") from error

    def push(self, payload: str, agent_id: int | None = None, member: str = "") -> None:
        """Send the callback to every address that wants it; returns at once.

        Args:
            agent_id: it concerns one app; None, it concerns all.
            member: whose customer it is about: apps that do not see them are not told (doc 96360).
        """
        for callback in self.callbacks.values():
            if None not in (agent_id, callback.agent_id) and callback.agent_id != agent_id:
                continue
            app = self._corp.apps.get(callback.agent_id or 0)
            if app and member and not app.sees(member):
                continue
            fault = self._corp.faults.strike("callback")
            if fault.drop:
                self.log(callback.url, payload, 1, 0, b"")
                self._corp.bell.ring()
            elif fault.reorder:
                self._held.append((callback, payload))
            else:
                for _ in range(2 if fault.double else 1):
                    self.start(self._deliver(callback, payload, fault.latency_s))

    def release_held(self) -> None:
        """Release what a `reorder` fault holds back, even though nothing has overtaken it."""
        held, self._held = self._held, []
        for callback, payload in held:
            self.start(self._deliver(callback, payload, 0))

    async def settled(self) -> None:
        """Wait until nothing is on its way; what waits for the clock does not count."""
        await self._idle.wait()

    def reset(self) -> None:
        """Forget what would still be redelivered."""
        self._held.clear()
        for task in self._tasks:
            task.cancel()

    def _opened(self) -> tuple[asyncio.TaskGroup, aiohttp.ClientSession]:
        if self._open is None:
            raise RuntimeError("nobody delivers callbacks: enter `async with MockServer(corp)`")
        return self._open

    @property
    def session(self) -> aiohttp.ClientSession:
        return self._opened()[1]

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the server; `settled` waits for it, except while it is in `wait`."""
        if self._open is None:
            work.close()
        task = self._opened()[0].create_task(work)
        self._count(1)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._count(-1))

    def _count(self, change: int) -> None:
        self._busy += change
        if self._busy:
            self._idle.clear()
        else:
            self._idle.set()

    async def _deliver(self, callback: Callback, payload: str, latency_s: float) -> None:
        await self.wait(latency_s)
        rules = self._corp.rules
        for attempt in range(1, rules["push_retries"] + 2):
            if attempt > 1:
                await self.wait(rules["push_retry_gap_s"])
            async with self._slots:
                status, body = await self._post(callback, payload)
            self.log(callback.url, payload, attempt, status, body)
            self._corp.bell.ring()
            self.release_held()
            if status == 200:
                return

    async def wait(self, seconds: float) -> None:
        """Sleep on the corp's clock, inside what `start` runs."""
        if seconds:
            self._count(-1)
            try:
                await self._corp.clock.sleep(seconds)
            finally:
                self._count(1)

    async def _post(self, callback: Callback, payload: str) -> tuple[int, bytes]:
        encrypt, query = self.seal(callback.envelope, payload)
        agent = "" if callback.agent_id is None else callback.agent_id
        body = (
            f"<xml><ToUserName><![CDATA[{self._corp.corp_id}]]></ToUserName>"
            f"<AgentID><![CDATA[{agent}]]></AgentID><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        )
        timeout = aiohttp.ClientTimeout(total=self._corp.rules["push_timeout_s"])
        try:
            async with self.session.post(
                callback.url,
                params=query,
                data=body.encode(),
                headers={"Content-Type": "text/xml; charset=UTF-8"},
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return 0, b""

    def seal(self, envelope: Envelope, plain: str) -> tuple[str, dict[str, str]]:
        """The body, and the query that signs it."""
        timestamp, nonce = str(int(self._corp.timestamp())), self._corp.new_id("", 10)
        encrypt, signed = envelope.seal(plain.encode(), timestamp, nonce)
        return encrypt, {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce}

    def log(self, url: str, payload: str, attempt: int, status: int, body: bytes) -> None:
        push = Push(
            at=self._corp.clock.now(), url=url, payload=payload,
            attempt=attempt, status=status, body=body,
        )  # fmt: skip
        self._corp.pushed.append(push)
