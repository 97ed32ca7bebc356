"""Fields of a customer's profile: their value, from whom, and what they agreed to."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.errors import Declined
from bot.profile.fields import (
    CONSENTS,
    DATE,
    LONGEST,
    SOURCES,
    Consent,
    FieldRule,
    Source,
    fitting,
    options,
    told,
)
from bot.store.customers.fields import Known
from bot.store.desk.staff import Role
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.visit import Visit

PEOPLE = (Source.CUSTOMER, Source.MEMBER)  # from whom a member may know something


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/customer/fields/{name}", keep, Role.MEMBER)


async def fields(visit: Visit, subject: Subject, overtaken_at: str = "") -> dict[str, Any]:
    """Values of `customer/fields.html`.

    Args:
        overtaken_at: the name of a field that somebody changed before the form was sent.
    """
    rules = visit.office.profiles.book.rules.fields
    known = await visit.office.profiles.fields.of(subject.id)
    values = {name: one.value for name, one in known.items()}
    for name in values.keys() & rules.keys():
        with suppress(ValueError):
            values[name] = visit.t(*told(rules[name], values[name]))
    return {
        "fields": rules, "known": known, "values": values, "consents": CONSENTS,
        "sources": SOURCES, "people": PEOPLE, "overtaken_at": overtaken_at,
        "seen": lambda name: mark(_asked(known.get(name))),
        "options": {name: options(rule) for name, rule in rules.items()},
    }  # fmt: skip


async def keep(visit: Visit) -> web.Response:
    """Store a value, and whether they agree to its use; an empty value deletes it."""
    subject = await subject_of(visit, "customer")
    rule = visit.office.profiles.book.rules.fields.get(visit.part("name"))
    if rule is None:
        raise Declined("没有这一项资料，请刷新。", "There is no such field: reload.", 404)
    value = fitting(rule, visit.asked("value"))
    if value is None:
        raise _unfit(rule, visit.asked("value")[:20])
    now = (await visit.office.profiles.fields.of(subject.id)).get(rule.id)
    late = overtaken(visit, _asked(now))
    if not late:
        await _keep(visit, subject, rule, value)
    return visit.html(
        "customer/fields.html", subject=subject, names=await visit.office.names(),
        **await fields(visit, subject, rule.id if late else ""),
        status=409 if late else 200, trigger="" if late else "customer:changed",
    )  # fmt: skip


def _asked(one: Known | None) -> object:
    """What the form asks for, including consent, which a colleague may have noted meanwhile."""
    return one and (one.value, str(one.source), int(one.consent))


async def _keep(visit: Visit, subject: Subject, rule: FieldRule, value: str) -> None:
    table, at, me = visit.office.profiles.fields, visit.office.clock.timestamp(), visit.me.id
    before = (await table.of(subject.id)).get(rule.id)
    source = _source(visit.asked("source"), before.source if before else "")
    if before and before.value != value and source not in PEOPLE:
        source = Source.MEMBER  # others told another value
    now = visit.number("consent") if visit.asked("consent") else int(Consent.NOT_ASKED)
    consent = Consent(now) if now in {*Consent} else Consent.NOT_ASKED
    asked = before is None or before.consent != consent
    if asked and not value and consent is Consent.WITHDRAWN:  # and out with it: it stays known
        await table.agree(subject.id, rule.id, consent, rule.purpose, me, at)
    if before is None or not before.source or (before.value, before.source) != (value, source):
        await table.put(subject.id, rule.id, value, source, me, at)
    if asked and value:
        await table.agree(subject.id, rule.id, consent, rule.purpose, me, at)
    await visit.note("customer.field", subject.id, details=_told(rule, value, consent))


def _told(rule: FieldRule, value: str, consent: Consent) -> str:
    """For the audit log: a line of Chinese, a line of English."""
    if not value:
        return f"{rule.title}：—\n{rule.title}: —"
    zh, en = told(rule, value)
    agreed = CONSENTS[consent]
    return f"{rule.title}：{zh}，{agreed[0]}\n{rule.title}: {en}, {agreed[1]}"


def _source(asked: str, before: str) -> Source:
    """Who told it; unchanged unless the form says otherwise."""
    known = asked if asked in {*Source} else before
    return Source(known) if known else Source.MEMBER


def _unfit(rule: FieldRule, given: str) -> Declined:
    if rule.kind == "birthday":
        return Declined(
            f"「{given}」不是一个日子。生日写成 5月17日 或 05-17；农历写 农历5月17日。",
            f"“{given}” is no day. Write a birthday as 05-17, a lunar one as L05-17.",
        )
    if rule.kind == DATE:
        return Declined("日期写成 2027-05-17。", "Write a date as 2027-05-17.")
    if options(rule):
        return Declined("请从列表里选。", "Choose one of the list.")
    return Declined(f"最多 {LONGEST} 个字。", f"At most {LONGEST} characters.")
