"""`POST /api/v1/signals`: what the company's shop system tells us. Check, store, then answer.

The order of the checks and what they defend against is told in bot/wecom/THREATS.md.
"""

import hmac
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

import orjson
from aiohttp import web
from msgspec.json import encode

from bot.clock import Clock
from bot.errors import BadCallback, BadSignal
from bot.events import SignalReceived
from bot.inbox import Inbox
from bot.profile.phone import plain_phone
from bot.repeats import Refusals
from bot.settings import Settings, Signals
from bot.signals.openapi import KEY, KEY_FORM, SIGNATURE, TIMESTAMP, document
from bot.signals.signal import Accepted, Problem, Signal, read_signal
from bot.store.customers.signals import stored, who
from bot.store.journal import Journal
from bot.wecom.body import request_body

log = logging.getLogger(__name__)

_KEY = re.compile(KEY_FORM)
# Within these bounds any moment of a shop's clock can be written, compared and subtracted.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_TITLES = {
    400: "The request cannot be read",
    401: "The request is not signed by the shop",
    409: "This key stands for another signal",
    413: "The body is too large",
    415: "The body is no JSON",
    422: "The signal is not as it should be",
}


class SignalDoor:
    """The two handlers: `post` takes signals in, `get` describes how."""

    def __init__(self, settings: Settings, inbox: Inbox, journal: Journal, clock: Clock) -> None:
        """`settings.signals` is there."""
        assert isinstance(settings.signals, Signals)
        self._secret = settings.signals.secret.reveal().encode()
        self._max_body = settings.signals.max_body_kb * 1024
        self._tolerance_s = settings.server.timestamp_tolerance_s
        self._inbox, self._journal, self._clock = inbox, journal, clock
        self._refusals = Refusals(clock, log, "signals", "signal.refused")
        self._document = orjson.dumps(document(settings.server.public_url))

    async def get(self, request: web.BaseRequest) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def post(self, request: web.BaseRequest) -> web.Response:
        """Answers 202 if, and only if, the signal is on disk."""
        try:
            key, body = await self._authentic(request)
            if request.content_type != "application/json":
                raise BadSignal(
                    "content_type", 415, "Send Content-Type: application/json",
                    "请求头 Content-Type 应为 application/json", "Content-Type",
                )  # fmt: skip
            accepted = await self._take(f"signal:{key}", read_signal(body))
        except BadSignal as refusal:
            return self._refuse(refusal)
        return web.Response(status=202, body=encode(accepted), content_type="application/json")

    async def _authentic(self, request: web.BaseRequest) -> tuple[str, bytes]:
        """The key and the body, once the signature holds for both."""
        headers = request.headers
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        self._check_age(timestamp)
        key = headers.get(KEY, "")
        if not _KEY.fullmatch(key):
            raise BadSignal(
                "idempotency_key", 400,
                f"Send {KEY}: 1 to 100 letters, digits and . _ : -, another for each signal",
                f"请求头 {KEY}：1 到 100 个字母、数字或 . _ : -，每个信号各用一个", KEY,
            )  # fmt: skip
        try:
            body = await request_body(request, self._max_body)
        except BadCallback as refusal:
            large = refusal.status == 413
            most = f"{self._max_body // 1024} KB"
            raise BadSignal(
                "too_large" if large else "broken_body", refusal.status,
                f"{refusal.reason}: {most} at most",
                f"请求体过大，最多 {most}" if large else "请求体不完整", "body",
            ) from None  # fmt: skip
        said = b"\n".join((timestamp.encode(), key.encode(), body))
        right = hmac.new(self._secret, said, "sha256").hexdigest()
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogateescape")):
            raise BadSignal(
                "signature", 401,
                f"{SIGNATURE} must be the HMAC-SHA256, in hex, of {TIMESTAMP}, {KEY} and the body "
                "as sent, with line breaks between",
                f"{SIGNATURE} 应为 {TIMESTAMP}、{KEY} 与请求体原文（以换行相连）的 HMAC-SHA256，"
                "写成十六进制",
                SIGNATURE,
            )  # fmt: skip
        return key, body

    def _check_age(self, timestamp: str) -> None:
        number = timestamp if timestamp.isascii() and timestamp.isdecimal() else ""
        age_s = abs(self._clock.timestamp() - int(number)) if 0 < len(number) < 12 else None
        if age_s is None or (self._tolerance_s and age_s > self._tolerance_s):
            raise BadSignal(
                "timestamp", 401,
                f"{TIMESTAMP} must be Unix seconds within {self._tolerance_s:g} s of now",
                f"{TIMESTAMP} 应为当前的 Unix 秒，误差不超过 {self._tolerance_s:g} 秒", TIMESTAMP,
            )  # fmt: skip

    async def _take(self, name: str, signal: Signal) -> Accepted:
        event = await self._event(name, signal)
        # Put it in the table at once, where a repetition of the signal finds it.
        kept = await self._journal.write(self._inbox.write_of([event]))
        fresh = event.id in kept
        if not fresh:
            event = await self._first(event)
        return Accepted(
            id=name, customer="known" if event.customer else "unknown", duplicate=not fresh
        )

    async def _event(self, name: str, signal: Signal) -> SignalReceived:
        person = signal.customer
        external, unionid = person.external_userid or "", person.unionid or ""
        phone = plain_phone(person.phone or "")
        known = await who(self._journal, external, unionid, phone)
        digest = blake2b(f"{external}\n{unionid}\n{phone}".encode(), digest_size=12).hexdigest()
        return SignalReceived(
            id=name,
            at=self._clock.now(),
            conversation=f"signal:{known.customer or '?' + digest}",
            kind=signal.kind,
            happened_at=min(max(signal.at, _FIRST), _LAST).astimezone(UTC),
            customer=known.customer,
            member=known.member,
            external_userid=external,
            unionid=unionid,
            phone=phone,
            details=signal.details,
        )

    async def _first(self, event: SignalReceived) -> SignalReceived:
        """What first came under the same id.

        Raises:
            BadSignal: it was something else.
        """
        first = await stored(self._journal, event.id)
        if first and event == replace(
            first, at=event.at, conversation=event.conversation,
            customer=event.customer, member=event.member,
        ):  # fmt: skip
            return first
        raise BadSignal(
            "another_signal", 409, f"This {KEY} was used for another signal; take a new one",
            f"这个 {KEY} 已用于另一个信号，请换一个", KEY,
        )  # fmt: skip

    def _refuse(self, refusal: BadSignal) -> web.Response:
        self._refusals.note(refusal.code)
        problem = Problem(
            type=f"urn:huashu:signal:{refusal.code}",
            title=_TITLES[refusal.status],
            status=refusal.status,
            detail=refusal.en,
            detail_zh=refusal.zh,
            field=refusal.field,
        )
        body, kind = encode(problem), "application/problem+json"
        return web.Response(status=refusal.status, body=body, content_type=kind)
