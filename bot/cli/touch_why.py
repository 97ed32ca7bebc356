"""`huashu touch why`: may I write to this customer now, and if not, when and why."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer

from bot.cli.plain import Root, plainly, print_lines
from bot.cli.records import AsJson, ask_store
from bot.cli.touch import SCENARIOS, WAYS, Shop, no_such, open_shop, told_at
from bot.clock import SystemClock
from bot.errors import Declined, nobody
from bot.members.names import Names
from bot.plans.condition import Condition, Node, OfStores
from bot.plans.occasions import Occasions
from bot.plans.plan import Addressed, own_date, scripts_of
from bot.scripts.wording import words_of
from bot.store.database import opened
from bot.store.plans.replanning import whom_it_means
from bot.store.plans.results import PlanResults
from bot.store.sql import Database
from bot.store.states import TouchState
from bot.store.touch.records import TouchRecord, name_of
from bot.telling.plans import event
from bot.touch.advice import WORTH, Advice, Adviser
from bot.touch.phrases import Moment, understand
from bot.touch.policy import Allow, Refuse
from bot.touch.touch import Receiver, Scenario, Touch

_STATES = {
    TouchState.WAITING: "等待 waiting",
    TouchState.CLAIMED: "正在判断 being judged",
    TouchState.TAKEN: "在路上 on its way",
    TouchState.SENT: "已发出 sent",
    TouchState.DROPPED: "已作罢 dropped",
    TouchState.REFUSED: "不发 refused",
}
_SPANS = {"hour": "这小时 hour", "day": "当天 day", "week": "当周 week", "month": "当月 month"}
_SUBJECTS = {"customer": "这位客户 customer", "mass": "企业群发 mass"}


class Outside(NamedTuple):
    """Why a plan leaves a customer out: one of these, or none if it does not."""

    segment: str = ""  # they are not in it
    stores: tuple[str, ...] = ()  # they are not theirs
    date: str = ""  # the plan counts from it, and theirs is not known


def why(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")],
    script: Annotated[str, typer.Option(help="What one would say, by the id of its script.")],
    scenario: Annotated[
        Scenario | None, typer.Option(help="Needed where no plan says the script.")
    ] = None,
    at: Annotated[
        str, typer.Option(help='When: 2026-03-10T15:00, "明天下午三点"; else now.')
    ] = "",
    root: Root = Path(),
    as_json: AsJson = False,
) -> None:
    """May I write to them now; and if not, when and why. Nothing is sent."""
    with plainly():
        shop = open_shop(root)
        now = SystemClock().now()
        moment = _moment(at, now, shop) if at else now
        touch = _asked(customer, script, scenario, moment, shop)

        async def ask() -> tuple[str, Advice, Outside]:
            database = opened()
            name = await name_of(database, customer)
            if name is None:
                raise nobody(customer)
            advice = await Adviser(database, shop.policy, now).advise(touch, moment)
            return name, advice, await _outside(database, touch, shop)

        name, advice, outside = ask_store(shop.settings, ask)
        if as_json:
            told = {"outside": outside.segment, "outside_stores": outside.stores}
            told |= {"undated": outside.date}
            row = {**_row(advice, name), **told}
            typer.echo(orjson.dumps(row, default=str).decode())
        else:
            print_lines(*_told(advice, name, outside, shop))


def _asked(
    customer: str, script: str, scenario: Scenario | None, at: datetime, shop: Shop
) -> Touch:
    """The touch to be judged: of the first plan that says the script, if one does.

    Raises:
        Declined: there is no such script, or no plan says it and no scenario is given.
    """
    if script not in shop.library:
        raise no_such("这条话术", "script", script, [one.id for one in shop.library])
    plans = [plan for plan in shop.book.plans if isinstance(plan, Addressed)]
    said = [plan for plan in plans if script in scripts_of(plan)]
    plan = next((one for one in said if scenario in (None, one.scenario)), None)
    meant = plan.scenario if plan else scenario
    if meant is None:
        names = "、".join(SCENARIOS.values())
        raise Declined(
            f"没有计划用到 {script}：请写 --scenario（{names}）",
            f"no plan says {script}: add --scenario ({names})",
        )
    to: Receiver = plan.to if plan else "customer"
    return Touch(
        plan=plan.id if plan else "", slot="", customer=customer, scenario=meant, script=script,
        words=words_of(shop.library[script]), to=to, due_at=at, deadline=at + WORTH,
    )  # fmt: skip


async def _outside(database: Database, touch: Touch, shop: Shop) -> Outside:
    today = Occasions(shop.calendar, shop.zone).today(touch.due_at.astimezone(shop.zone).date())

    async def means(whom: Node) -> bool:
        return bool(await whom_it_means(database, whom.sql(today), [touch.customer]))

    for plan in shop.book.plans:
        if isinstance(plan, Addressed) and plan.id == touch.plan and not await means(plan.whom):
            elsewhere = plan.stores and not await means(OfStores(plan.stores))
            return Outside(stores=plan.stores) if elsewhere else Outside(segment=plan.segment)
        date = own_date(plan) if plan.id == touch.plan else ""
        whom = Condition("c.id = ?", (touch.customer,))
        if date and not (await PlanResults(database).dated(whom, date, 0))[0]:
            return Outside(date=date)
    return Outside()


def _moment(text: str, now: datetime, shop: Shop) -> datetime:
    """The moment that `text` means: an ISO time, in the company's zone if it names none, or a
    phrase like 明天下午三点.

    Raises:
        Declined: it is neither, or means no single moment.
    """
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=shop.zone)
    except ValueError:
        meant = understand(text, now=now, zone=shop.zone, calendar=shop.calendar)
    if isinstance(meant, Moment):
        return meant.at
    zh, en = getattr(meant, "zh", ""), getattr(meant, "en", "")
    raise Declined(f"--at {text!r}：请写一个时刻。{zh}", f"--at {text!r}: write one moment. {en}")


def _told(advice: Advice, name: str, outside: Outside, shop: Shop) -> Iterator[str]:
    touch = advice.touch
    title = shop.library[touch.script].title
    plan = f"，计划 plan {touch.plan}" if touch.plan else ""
    yield f"{name or '-'} ({touch.customer}) ← {title} {touch.script}"
    yield f"{SCENARIOS[touch.scenario]}{plan}，规则 profile「{advice.profile}」"
    if outside.stores:
        stores = "、".join(outside.stores)
        yield f"    不是门店 {stores} 的客户，这个计划不会发给 TA"
        yield f"    not of the stores {stores}: the plan itself sends them nothing"
    if outside.segment:
        yield f"    不在人群 {outside.segment} 里，这个计划不会发给 TA"
        yield f"    outside the segment {outside.segment}: the plan itself sends them nothing"
    if outside.date:
        zh, en = event(outside.date, titles=shop.book.segments.words.date_titles)
        yield f"    TA 没有「{zh}」这一天，这个计划不会发给 TA"
        yield f"    no day of theirs is known for {en}: the plan itself sends them nothing"
    yield ""
    yield from _answer(advice, shop)
    yield ""
    last = f"，上一条 last {told_at(advice.last_at, shop.zone)}" if advice.last_at else ""
    yield f"已经收到 received{last}"
    yield from _usage(advice)
    yield from _list("已计划 planned", advice.planned, shop)
    yield from _list("最近的结果 what became of the last", advice.ended, shop)


def _answer(advice: Advice, shop: Shop) -> Iterator[str]:
    when = told_at(advice.at, shop.zone)
    if isinstance(advice.verdict, Allow):
        yield f"✓ 可以发 yes: {when}"
    elif advice.allowed_at is not None:
        later = told_at(advice.allowed_at, shop.zone)
        yield f"… {when} 不行，{later} 起可以 not then, but from {later}"
    else:
        yield f"✗ 不能发 no: {when}"
    for one in advice.held:
        yield f"    {one.rule}: {one.zh}"
        yield f"      {one.en}"
    if advice.way is not None:
        name = Names(shop.settings.members).of(advice.member)
        who = f"：{name} {advice.member}" if advice.member else ""
        yield f"    怎么发 which way: {WAYS[advice.way]}{who}"


def _usage(advice: Advice) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for one in advice.used:
        cap = one.cap
        subject = SCENARIOS[cap.scenario] if cap.scenario else _SUBJECTS[cap.subject]
        figure = f"{_SPANS[cap.span or 'day']} {one.used}/{cap.most}"
        rows.setdefault(subject, []).append(figure)
    for subject, figures in rows.items():
        yield f"    {subject}: {'，'.join(figures)}"


def _list(title: str, records: tuple[TouchRecord, ...], shop: Shop) -> Iterator[str]:
    if not records:
        return
    yield ""
    yield title
    for one in records:
        touch = one.touch
        ended = one.state in (TouchState.SENT, TouchState.DROPPED, TouchState.REFUSED)
        at = one.settled_at if ended and one.settled_at else touch.due_at
        whence = f"{touch.plan}/{touch.slot}"
        state = "计划已暂停 its plan is paused" if one.paused else _STATES[one.state]
        yield f"    {told_at(at, shop.zone)}  {state}  {touch.script}  {whence}"
        if one.rule:
            yield f"        {one.rule}: {one.zh}"
            yield f"          {one.en}"


def _row(advice: Advice, name: str) -> Mapping[str, Any]:
    touch, verdict = advice.touch, advice.verdict
    answer = "allow" if isinstance(verdict, Allow) else "wait" if advice.allowed_at else "refuse"
    reasons = [
        {"rule": one.rule, "zh": one.zh, "en": one.en}
        | ({} if isinstance(one, Refuse) else {"until": one.until.isoformat()})
        for one in advice.held
    ]
    return {
        "customer": touch.customer,
        "name": name,
        "script": touch.script,
        "scenario": touch.scenario.value,
        "plan": touch.plan,
        "profile": advice.profile,
        "at": advice.at.isoformat(),
        "verdict": answer,
        "allowed_at": advice.allowed_at and advice.allowed_at.isoformat(),
        "way": advice.way and advice.way.value,
        "member": advice.member,
        "reasons": reasons,
        "used": [
            {"subject": one.cap.key, "span": one.cap.span, "used": one.used, "most": one.cap.most}
            for one in advice.used
        ],
        "last_at": advice.last_at and advice.last_at.isoformat(),
        "planned": [_record(one) for one in advice.planned],
        "ended": [_record(one) for one in advice.ended],
    }


def _record(one: TouchRecord) -> Mapping[str, Any]:
    told = {name: value for name, value in asdict(one.touch).items() if name != "customer"}
    told |= {"state": one.state.name.lower(), "rule": one.rule, "zh": one.zh, "en": one.en}
    told |= {"paused": one.paused}
    moments = {"due_at": one.touch.due_at, "deadline": one.touch.deadline}
    moments |= {"settled_at": one.settled_at} if one.settled_at else {}
    return told | {key: at.isoformat() for key, at in moments.items()}
