"""`/_mock/…`: control over HTTP, for demos and for tests in other languages.

Whoever reaches this port can do everything; the mock is meant for one's own machine
(from_here.py).
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from bot.clock import ManualClock, MovableClock
from bot.mockwecom.faults import Fault

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

ADDS = ("add_member", "add_customer", "add_app", "add_kf_account", "add_group", "add_group_day")
ACTS = (
    "customer_adds_member",
    "customer_removes_member",
    "member_removes_customer",
    "customer_chats",
    "customer_scans",
    "member_remarks_customer",
    "member_tags_customer",
    "console_adds_tag",
    "console_renames_tag",
    "console_deletes_tag",
    "console_orders_tags",
    "create_group",
    "people_join_group",
    "people_leave_group",
    "writes_in_group",
    "group_is_renamed",
    "group_gets_notice",
    "group_gets_admins",
    "group_changes_owner",
    "group_owner_resigns",
    "group_is_dismissed",
    "member_resigns",
    "customer_refuses_transfer",
    "member_confirms_mass",
    "member_sends_mass",
    "member_posts_moment",
    "customer_comments_moment",
    "member_answers_comment",
    "customer_enters_kf",
    "customer_writes_kf",
    "kf_send_fails",
    "kf_happens",
    "kf_empty_pages",
    "servicer_writes_kf",
    "servicer_takes",
    "servicer_ends_session",
    "servicer_receives",
    "member_writes_app",
    "member_opens_page",
    "push_raw",
    "expire_tokens",
    "invalidate_tokens",
    "set_trusted_ips",
    "set_trusted_domain",
    "add_toolbar",
    "customer_writes_member",
    "member_writes_customer",
    "open_archive",
    "customer_refuses_archive",
    "customer_agrees_archive",
)
PLAIN = (str, int, bool)  # the annotations against which JSON can be checked
_MAY_MOVE = (ManualClock, MovableClock)


class Control:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        named = {name: getattr(corp, name) for name in (*ADDS, *ACTS)}
        self._acts: dict[str, Callable[..., Any]] = {
            **named,
            **corp.bots.act,
            "set_rule": corp.rules.set,
            "release_held": corp.pushes.release_held,
            "settled": corp.settled,
        }

    def routes(self) -> list[web.RouteDef]:
        corp = self._corp
        table = {
            ("POST", "act"): self._act,
            ("GET", "deliveries"): lambda request: self._since(request, corp.deliveries),
            ("GET", "calls"): lambda request: self._since(request, corp.calls),
            ("GET", "pushed"): lambda request: self._since(request, corp.pushed),
            ("GET", "refusals"): lambda request: self._since(request, corp.refusals),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "reset"): self._reset,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._advance,
            ("POST", "callbacks"): self._set_callback,
            ("GET", "state"): self._state,
            ("GET", "counts"): self._counts,
            ("POST", "archive"): self._archive,
        }
        routes = [
            web.route(method, f"/_mock/{path}", _mended(answer))
            for (method, path), answer in table.items()
        ]
        known = ", ".join(f"{method} /_mock/{path}" for method, path in table)
        return [*routes, web.route("*", "/_mock{rest:.*}", _mended(_nothing(known)))]

    async def _act(self, request: web.Request) -> Any:
        """{"do": name, …arguments} → {"result": what the act returns}."""
        arguments = await _body(request)
        name = arguments.pop("do", None)
        if name not in self._acts:
            raise ValueError(f'"do" is one of: {", ".join(self._acts)}')
        result = await _run(self._acts[name], arguments)
        self._corp.bell.ring()
        return {"result": result}

    async def _since(self, request: web.Request, log: list[Any]) -> Any:
        """?since=N leaves out the first N; ask next with the `next` that comes back."""
        since = int(request.query.get("since", "0"))
        return {"items": log[max(since, 0) :], "next": len(log)}

    async def _add_fault(self, request: web.Request) -> Any:
        arguments = await _body(request)
        names = [field.name for field in fields(Fault)]
        unknown = arguments.keys() - names
        if unknown:
            raise ValueError(f"a fault has no {min(unknown)!r}, it has: {', '.join(names)}")
        fault = Fault(**arguments)
        self._corp.faults.add(fault)
        return {"added": asdict(fault)}

    async def _clear_faults(self, _: web.Request) -> Any:
        self._corp.faults.clear()
        return {}

    async def _reset(self, _: web.Request) -> Any:
        self._corp.reset()
        return {}

    async def _clock(self, _: web.Request) -> Any:
        clock = self._corp.clock
        return {"now": clock.now(), "manual": isinstance(clock, _MAY_MOVE)}

    async def _advance(self, request: web.Request) -> Any:
        clock = self._corp.clock
        if not isinstance(clock, _MAY_MOVE):
            raise ValueError("the mock runs on the system's clock; start it with a ManualClock")
        seconds = (await _body(request)).get("advance_s")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise ValueError('write {"advance_s": seconds}, at least 0')
        await clock.advance(seconds)
        self._corp.bell.ring()
        return await self._clock(request)

    async def _archive(self, request: web.Request) -> Any:
        """What WeCom's native SDK would tell: {"seq", "limit"}, the secret as bearer."""
        secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
        told = {"secret": secret, **await _body(request)}
        return await _run(self._corp.archive.get_chat_data, told)

    async def _set_callback(self, request: web.Request) -> Any:
        await _run(self._corp.set_callback, await _body(request))
        return {}

    async def _state(self, _: web.Request) -> Any:
        return self._corp.state()

    async def _counts(self, request: web.Request) -> Any:
        """?to=ID for one receiver."""
        return self._corp.counts(request.query.get("to", ""))


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


async def _run(act: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    signature = inspect.signature(act)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise ValueError(f"{error}; it takes {signature}") from error
    for name, value in arguments.items():
        kind = signature.parameters[name].annotation if name in signature.parameters else None
        if kind in PLAIN and type(value) is not kind:
            raise ValueError(f"{name} must be {kind.__name__}, not {value!r}")
    result = act(**arguments)
    return await result if isinstance(result, Awaitable) else result


def _nothing(known: str) -> Callable[[web.Request], Awaitable[Any]]:
    async def answer(request: web.Request) -> Any:
        raise ValueError(f"no {request.method} {request.path}; there are: {known}")

    return answer


def _mended(
    answer: Callable[[web.Request], Awaitable[Any]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answers in JSON; a mistake gets a 400 that says how to correct it."""

    async def respond(request: web.Request) -> web.Response:
        try:
            status, body = 200, await answer(request)
        except (ValueError, TypeError) as error:
            status, body = 400, {"error": str(error)}
        data = orjson.dumps(body, default=plain)
        return web.Response(status=status, body=data, content_type="application/json")

    return respond


def plain(value: object) -> object:
    """For values that JSON has no form for."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError
