"""`huashu touch preflight`: whom a plan reaches on its day, whom later, whom not, and why."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import Root, day_told, plainly, print_lines, print_objects
from bot.cli.records import AsJson, store_url
from bot.cli.touch import SCENARIOS, open_shop, told_at
from bot.clock import SystemClock
from bot.plans.plan import Programme
from bot.plans.preflight import Preflight, Trial
from bot.store.plans.dry_run import Group
from bot.store.states import TouchState
from bot.telling.rules import told_of


def preflight(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="config/plans/PLAN.toml.")],
    root: Root = Path(),
    as_json: AsJson = False,
) -> None:
    """Who will get the plan's next message, and when; who will not, and why. Nothing is sent."""
    with plainly():
        shop = open_shop(root)
        trial = Trial(
            shop.settings.root, store_url(shop.settings), library=shop.library,
            policy=shop.policy, zone=shop.zone,
        )  # fmt: skip
        found = asyncio.run(trial.preflight(plan, SystemClock().now()))
        if as_json:
            print_objects(row(found))
        else:
            print_lines(*told(found, shop.zone))


def told(found: Preflight, zone: ZoneInfo) -> Iterator[str]:
    """Lines that tell it to people."""
    plan = found.plan
    yield f"{plan.title} {plan.id}，{SCENARIOS[plan.scenario]}，规则 profile「{found.profile}」"
    begins, deadline = told_at(found.begins, zone), told_at(found.deadline, zone)
    one_day = len(found.days) == 1
    of = "位客户 customers" if one_day else "条消息 messages"
    of = "个客户群 groups" if isinstance(plan, Programme) else of
    yield f"{begins} 开始 from, 到 until {deadline}，共 {found.messages} {of}"
    yield ""
    days = sorted(found.days.values())
    day = f"{day_told(date.fromisoformat(days[0]))} 当天" if one_day else "当天"
    yield f"✓ {found.on_time:>7}  {day}收到 get it on the day"
    for day, groups in found.later.items():
        number = sum(one.number for one in groups)
        yield f"… {number:>7}  {day_told(date.fromisoformat(day))} 才收到 get it later, because"
        yield from _reasons(groups, later=True)
    never = found.never
    yield f"✗ {sum(one.number for one in never):>7}  这次收不到 do not get it" + (
        ", because" if never else ""
    )
    yield from _reasons(never)
    yield from _beside(found)


def _beside(found: Preflight) -> Iterator[str]:
    if found.beside:
        yield ""
        yield "同一天两个计划都排了，按频次上限只发一个 of two plans that day, caps let one by"
    for one in found.beside:
        figures = f"{one.takes} 收到这个 get this，{one.loses} 收到那个 get that"
        yield f"    {one.title} {one.plan}：{figures}"


def _reasons(groups: list[Group], *, later: bool = False) -> Iterator[str]:
    for one in groups:
        zh, en = told_of(one.rule, one.zh, one.en, later=later)
        names = "、".join(f"{name} ({who})" if name else who for who, name in one.examples)
        yield f"    {one.number:>5}  {one.rule or _STATES[one.state]}：{zh}"
        if en:
            yield f"           {en}"
        yield f"           例如 e.g. {names}"


_STATES = {
    TouchState.WAITING: "waiting 还在等",
    TouchState.TAKEN: "taken 在路上",
    TouchState.CLAIMED: "waiting 还在等",
    TouchState.SENT: "spread 排在这一天",
    TouchState.DROPPED: "dropped 作罢",
    TouchState.REFUSED: "refused 不发",
}


def row(found: Preflight) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "plan": found.plan.id,
        "title": found.plan.title,
        "scenario": found.plan.scenario.value,
        "days": dict(found.days),
        "profile": found.profile,
        "begins": found.begins.isoformat(),
        "deadline": found.deadline.isoformat(),
        "messages": found.messages,
        "on_time": found.on_time,
        "later": {day: _objects(groups) for day, groups in found.later.items()},
        "never": _objects(found.never),
        "beside": [asdict(one) for one in found.beside],
    }


def _objects(groups: list[Group]) -> list[dict[str, Any]]:
    return [
        {
            "rule": one.rule,
            "zh": one.zh,
            "en": one.en,
            "number": one.number,
            "examples": [{"customer": who, "name": name} for who, name in one.examples],
        }
        for one in groups
    ]
