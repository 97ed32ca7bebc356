"""WeCom's callbacks over HTTP (docs 90930, 90238, 101033): verify, store, and only then answer.

The order of the checks and what they defend against is told in THREATS.md.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import formatdate
from typing import Literal, NamedTuple
from urllib.parse import unquote

import orjson
from aiohttp import web

from bot.clock import Clock
from bot.errors import BadCallback, NotKept
from bot.events import Event
from bot.inbox import Intake
from bot.repeats import Refusals, Repeats
from bot.wecom.body import request_body
from bot.wecom.crypto import Envelope

log = logging.getLogger(__name__)

_ENCRYPT = re.compile(rb"<Encrypt>\s*+(?:<!\[CDATA\[)?([A-Za-z0-9+/=]++)(?:\]\]>)?\s*+</Encrypt>")
# Found only after the signature held, so by somebody who knows our Token: `huashu doctor`.
SIGNED = frozenset({-40005, -40007, -40008, -40010})
# A callback that looks older: WeCom tries it again for less, a welcome waits no longer.
OFF_S = 20.0


class Query(NamedTuple):
    signature: str
    timestamp: str
    nonce: str
    echostr: str  # "" unless WeCom verifies the URL


class Received(web.StreamResponse):
    """The empty 200, one object for all callbacks whose connection stays open.

    aiohttp would put the same headers together for each, a third of its work on a request.
    """

    keep_alive = True

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self._second, self._head = clock, 0, b""

    async def prepare(self, request: web.BaseRequest) -> None:
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        second = int(self._clock.timestamp())
        if second != self._second:
            date = formatdate(second, usegmt=True)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: {date}\r\n\r\n"
            self._second, self._head = second, head.encode()
        transport.write(self._head)

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to be written."""


class Callback:
    """One callback URL; `get` and `post` are its two handlers.

    Args:
        parse: decrypted bytes and the time of arrival → event; must not raise.
        form: "xml" for apps, "json" for smart bots.
        tolerance_s: how far the callback's timestamp may be from now; 0 switches this off.
        max_body: in bytes.
        reply: for `form="json"`, the plaintext that answers the event, or None for the empty 200.
            It keeps its own deadline: WeCom waits 5 s in all.
        old: a pair of Token and AESKey that is taken too, until the console has the new one.
    """

    def __init__(
        self,
        envelope: Envelope,
        parse: Callable[[bytes, datetime], Event],
        *,
        form: Literal["xml", "json"],
        clock: Clock,
        inbox: Intake,
        tolerance_s: float = 300,
        max_body: int = 1024 * 1024,
        reply: Callable[[Event], Awaitable[bytes | None]] | None = None,
        old: Envelope | None = None,
    ) -> None:
        if reply and form != "json":
            raise ValueError("only smart bots, form json, are answered in the HTTP response")
        self._envelope, self._parse, self._form = envelope, parse, form
        self._old = old
        self._old_at = 0.0  # when it was used last
        self._clock, self._inbox, self._reply = clock, inbox, reply
        self._tolerance_s, self._max_body = tolerance_s, max_body
        self._received = Received(clock)
        self._repeats = Repeats(clock)
        self._refusals = Refusals(clock, log, "callbacks", "callback.refused")
        self._refused: tuple[int, float] | None = None  # (code, when), since the last accepted one

    async def get(self, request: web.BaseRequest) -> web.Response:
        """URL verification: the decrypted echostr and nothing else, within 1 s (doc 90930)."""
        try:
            query = self._query(request)
            if not query.echostr:
                raise BadCallback("no echostr", status=400)
            plain = self._fitting(*query).open(*query)
        except BadCallback as refusal:
            response = self._refuse(refusal)
            if refusal.code in SIGNED:
                response.headers["Error-Code"] = str(refusal.code)
            return response
        told = "a verification of the URL was answered: %s"  # the console's, or the doctor's
        log.info(told, request.path, extra={"action": "callback.verified"})
        answer = web.Response(body=plain, content_type="text/plain")
        if self._refused:
            code, at = self._refused
            answer.headers["Last-Refusal"] = f"{code}; age={self._clock.timestamp() - at:.0f}"
        if self._old_at:
            answer.headers["Old-Pair"] = f"age={self._clock.timestamp() - self._old_at:.0f}"
        return answer

    async def post(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers 200 when, and only when, the event is stored.

        What the inbox raises becomes a 500 or a 503, and WeCom delivers again.
        """
        try:
            query = self._query(request)
            encrypt = find_encrypt(await request_body(request, self._max_body), self._form)
            old = self._old is not None
            envelope = self._fitting(*query[:3], encrypt) if old else self._envelope
            plain = envelope.open(query.signature, query.timestamp, query.nonce, encrypt)
        except BadCallback as refusal:
            return self._refuse(refusal)
        self._refused = None
        self._tell_if_off(self._age_s(query.timestamp))
        if self._inbox.trouble:
            return web.Response(status=503)
        event = self._parse(plain, self._clock.now())
        try:
            await self._inbox.put([event])
        except NotKept:
            return web.Response(status=503)
        log.debug("accepted %s %s", type(event).__name__, event.id)
        if self._reply and (answer := await self._reply(event)) is not None:
            return self._seal(envelope, answer, query.nonce)
        return self._received if request.keep_alive else web.Response()

    def _query(self, request: web.BaseRequest) -> Query:
        # Not request.query: it would turn the "+" of a base64 echostr into a blank.
        raw = request.rel_url.raw_query_string
        if not raw.isascii():  # aiohttp's own parser refuses this only where it is compiled
            raise BadCallback("the query is not URL-encoded", status=400)
        pairs = [part.partition("=") for part in raw.split("&")]
        get = {name: unquote(value) for name, _, value in pairs}.get
        query = Query(
            get("msg_signature", ""), get("timestamp", ""), get("nonce", ""), get("echostr", "")
        )
        if not (query.signature and query.timestamp and query.nonce):
            raise BadCallback("the query lacks msg_signature, timestamp or nonce", status=400)
        self._check_age(query.timestamp)
        return query

    def _check_age(self, timestamp: str) -> None:
        if not timestamp.isdecimal() or len(timestamp) > 11:
            raise BadCallback("the timestamp is no number")
        if self._tolerance_s and self._age_s(timestamp) > self._tolerance_s:
            raise BadCallback("the timestamp is too far from now; check this machine's clock")

    def _tell_if_off(self, age_s: float) -> None:
        if self._tolerance_s and age_s > OFF_S and self._repeats.due("clock"):
            told = (
                "a callback is %.0f s from now: is this machine's clock kept in step (NTP)? "
                "A welcome code is good for 20 s"
            )
            log.warning(told, age_s, extra={"action": "callback.clock"})

    def _age_s(self, timestamp: str) -> float:
        return abs(self._clock.timestamp() - int(timestamp))

    def _fitting(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> Envelope:
        """The old pair of Token and AESKey, where it alone opens this; else the new one, which
        says what is wrong."""
        if self._old is None:
            return self._envelope
        try:
            self._envelope.open(signature, timestamp, nonce, encrypt)
        except BadCallback:
            try:
                self._old.open(signature, timestamp, nonce, encrypt)
            except BadCallback:
                return self._envelope
            self._old_at = self._clock.timestamp()
            if self._repeats.due("old pair"):
                told = "a page of the console still has the old Token and EncodingAESKey"
                log.info(told, extra={"action": "callback.old_pair"})
            return self._old
        return self._envelope

    def _seal(self, envelope: Envelope, answer: bytes, nonce: str) -> web.Response:
        timestamp = int(self._clock.timestamp())
        encrypt, signature = envelope.seal(answer, str(timestamp), nonce)
        sealed = {
            "encrypt": encrypt,
            "msgsignature": signature,
            "timestamp": timestamp,  # an integer (doc 101033), though the samples emit a string
            "nonce": nonce,
        }
        return web.Response(body=orjson.dumps(sealed), content_type="application/json")

    def _refuse(self, refusal: BadCallback) -> web.Response:
        """An empty answer for the stranger; the reason is in the log."""
        self._refusals.note(refusal.reason)
        if refusal.code:
            self._refused = refusal.code, self._clock.timestamp()
        return web.Response(status=refusal.status)


def find_encrypt(body: bytes, form: Literal["xml", "json"]) -> str:
    """The sealed part of a callback's body; base64 only, so one regex is enough for XML.

    Raises:
        BadCallback: there is none (-40002).
    """
    encrypt: object = None
    if form == "xml":
        if found := _ENCRYPT.search(body):
            encrypt = found[1].decode()
    else:
        try:
            message = orjson.loads(body)
        except orjson.JSONDecodeError:
            message = None
        encrypt = message.get("encrypt") if isinstance(message, dict) else None
    if not isinstance(encrypt, str):
        reason = "the body has no encrypted part"
        if body.lstrip()[:1] == (b"{" if form == "xml" else b"<"):
            given, wanted = ("JSON", "XML") if form == "xml" else ("XML", "JSON")
            reason = (
                f"the body is {given} and this URL takes {wanted}: an app's URL is not a bot's"
            )
        raise BadCallback(reason, code=-40002, status=400)
    return encrypt
