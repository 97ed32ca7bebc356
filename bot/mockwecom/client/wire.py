"""The wire log: each callback, API call, call by a page and sign-in, with its meaning."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from bot.mockwecom.jsapi import JsCall
from bot.mockwecom.oauth import SignIn
from bot.mockwecom.record import Call, Push
from bot.mockwecom.rules import RULES, TEXTS

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp


class Meaning(NamedTuple):
    zh: str
    en: str
    doc: int  # number of WeCom's documentation page; 0: none


TABLES = tomllib.loads(Path(__file__).with_name("meanings.toml").read_text("utf-8"))
MEANINGS = {
    kind: {name: Meaning(**words) for name, words in table.items()}
    for kind, table in TABLES.items()
}
NOTHING = Meaning("", "", 0)
DOCS = {rule.errcode: rule.doc for rule in RULES.values() if rule.errcode}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    at: datetime
    kind: str  # push | call | page | signin
    name: str
    ok: bool
    outcome: str  # HTTP 200, errcode 0, getContext:ok
    said: Any  # what was sent
    answer: Any
    zh: str
    en: str
    doc: int  # number of the documentation page; 0: none is named
    error: str  # what an errcode means
    error_doc: int


def since(corp: "MockCorp", calls: int, pushed: int, pages: int, signins: int) -> dict[str, Any]:
    """All entries after the first so many of each, in order, and how many there are now."""
    entries = [
        *map(of_push, corp.pushed[pushed:]),
        *map(of_call, corp.calls[calls:]),
        *map(of_page, corp.jsapi.log[pages:]),
        *map(of_sign_in, corp.oauth.log[signins:]),
    ]
    return {
        "items": sorted(entries, key=lambda entry: entry.at),
        "calls": len(corp.calls),
        "pushed": len(corp.pushed),
        "pages": len(corp.jsapi.log),
        "signins": len(corp.oauth.log),
    }


def entry(
    at: datetime, kind: str, name: str, meaning: Meaning, *, ok: bool, outcome: str, said: Any,
    answer: Any = None, errcode: int = 0,
) -> Entry:  # fmt: skip
    return Entry(
        at=at, kind=kind, name=name, ok=ok, outcome=outcome, said=said, answer=answer,
        zh=meaning.zh, en=meaning.en, doc=meaning.doc,
        error=TEXTS.get(errcode, ""), error_doc=DOCS.get(errcode, 90313 if errcode > 0 else 0),
    )  # fmt: skip


def of_call(call: Call) -> Entry:
    said = {**({"query": call.query} if call.query else {}), "body": plain(call.body)}
    return entry(
        call.at, "call", call.api, MEANINGS["call"].get(call.api, NOTHING), ok=call.errcode == 0,
        outcome=f"errcode {call.errcode}", said=said, errcode=call.errcode,
    )  # fmt: skip


def of_push(push: Push) -> Entry:
    name = event_of(push.payload)
    again = f" · {push.attempt}" if push.attempt > 1 else ""
    outcome = f"HTTP {push.status}" if push.status else "no answer"
    body = push.body.decode(errors="replace")
    return entry(
        push.at, "push", name, MEANINGS["push"].get(name, NOTHING), ok=push.status == 200,
        outcome=outcome + again, said=push.payload, answer=body or None,
    )  # fmt: skip


def of_page(call: JsCall) -> Entry:
    ok = str(call.result["err_msg"]).endswith(":ok")
    errcode = call.result.get("err_code", 0)
    return entry(
        call.at, "page", call.name, MEANINGS["page"].get(call.name, NOTHING), ok=ok,
        outcome=str(call.result["err_msg"]),
        said={"url": call.url, "params": call.params, "member": call.member, "chat": call.chat},
        answer=call.result, errcode=errcode if isinstance(errcode, int) else 0,
    )  # fmt: skip


def of_sign_in(sign_in: SignIn) -> Entry:
    said = {"query": sign_in.query, "member": sign_in.member}
    return entry(
        sign_in.at, "signin", sign_in.way, MEANINGS["page"][sign_in.way], ok=not sign_in.errcode,
        outcome=f"errcode {sign_in.errcode}", said=said, answer=sign_in.errmsg,
        errcode=sign_in.errcode,
    )  # fmt: skip


def event_of(payload: str) -> str:
    """MsgType, Event and ChangeType of a callback, joined; a smart bot's callback is JSON."""
    if payload.lstrip().startswith("{"):
        return "aibot"
    try:
        root = ElementTree.fromstring(payload)
    except ElementTree.ParseError:
        return "xml"
    return "/".join(names(root)) or "xml"


def names(root: ElementTree.Element) -> Iterator[str]:
    kind = root.findtext("MsgType", "")
    if kind != "event":
        yield f"message/{kind}"
        return
    for tag in ("Event", "ChangeType"):
        if text := root.findtext(tag, ""):
            yield text


def plain(body: Any) -> Any:
    """The body in a form that can be shown; of a file only the name."""
    filename = getattr(body, "filename", None)
    return {"file": filename} if filename is not None else body
