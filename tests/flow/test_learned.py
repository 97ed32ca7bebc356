"""What customers pick from menus is remembered, and counts once several agree."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.events import SessionChanged, StaffReplied
from bot.store.journal import Write
from bot.store.models import Source
from bot.store.scripts import learned
from bot.store.scripts.learned import Evidence, Lessons, agreed, evidence, learned_row
from bot.store.scripts.versions import Act
from tests.engine import Engine, asked, engine
from tests.stage import SHOP, Stage, stage

MENU = "怎么退换货"  # leads to a menu
DAY_S = 86_400


async def say(parts: Engine, customer: str, *texts: str, **more: Any) -> list[str]:
    """What `customer` was offered last."""
    for text in texts:
        number = len(await parts.rows("SELECT id FROM event"))
        await parts.put(asked(number, text, parts.clock, customer=customer, **more))
        await parts.settled(number + 1)
    return list(parts.sessions[f"kf:wk1:{customer}"].offered)


async def rows_of(parts: Engine) -> list[tuple[Any, ...]]:
    rows = await parts.rows(
        "SELECT question, script, source, who, times FROM learned ORDER BY seq"
    )
    return [tuple(row.values()) for row in rows]


async def test_a_pick_is_evidence_for_what_led_to_the_menu(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        offered = await say(parts, "wm1", f"你好，{MENU}？")
        await say(parts, "wm1", "2")
        for _ in range(2):
            await say(parts, "wm2", "包邮吗", MENU)
            await say(parts, "wm2", "…", menu_id=offered[1])  # a click, and not a number
        assert await rows_of(parts) == [
            (MENU, offered[1], Source.MENU, "wm1", 1),
            (MENU, offered[1], Source.MENU, "wm2", 2),
        ]
        assert agreed(await evidence(parts.journal)) == {MENU: offered[1]}


async def test_a_pick_after_a_restart_is_evidence_too(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        offered = await say(parts, "wm1", MENU)
    async with engine(tmp_path) as parts:
        await say(parts, "wm1", "1")
        assert [row[:2] for row in await rows_of(parts)] == [(MENU, offered[0])]


async def test_what_was_not_offered_is_no_evidence(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        offered = await say(parts, "wm1", MENU)
        assert "faq/ship_fee" not in offered
        await say(parts, "wm1", "运费", menu_id="faq/ship_fee")  # of an older menu
        await say(parts, "wm1", "2")  # there is no menu any more
        await say(parts, "wm2", "包邮吗")  # answered without one
        assert await rows_of(parts) == []


async def test_a_menu_of_some_days_ago_is_not_picked_from(tmp_path: Path) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        assert await say(parts, "wm1", MENU)
        await clock.advance(3 * DAY_S)
        await say(parts, "wm1", "2")
        assert await rows_of(parts) == []


async def test_when_a_person_was_there_the_menu_is_past(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        assert await say(parts, "wm1", MENU)
        about: Any = {"at": parts.clock.now(), "conversation": "kf:wk1:wm1", "account": "wk1"}
        taken = StaffReplied(id="s", customer="wm1", servicer="liming", **about)
        ended = SessionChanged(id="e", customer="wm1", change=3, **about)
        await parts.put(taken, ended)
        await parts.settled(3)
        assert await say(parts, "wm1", "2") == []
        assert await rows_of(parts) == []
        assert await parts.rows("SELECT asked FROM session") == [{"asked": ""}]


async def test_a_long_question_is_not_kept(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        assert await say(parts, "wm1", MENU)
        session = parts.sessions["kf:wk1:wm1"]
        assert session.asked == MENU
        await say(parts, "wm2", "我上个月在你们家买的那件外套" * 4 + MENU)
        assert parts.sessions["kf:wk1:wm2"].asked == ""


async def test_in_time_evidence_is_forgotten_and_what_was_approved_is_not(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, top="inbox.keep_days = 1") as play:
        for customer in ("wm1", "wm2"):
            await play.corp.customer_writes_kf(customer, SHOP, MENU)
        await play.quiet()
        await play.corp.customer_writes_kf("wm1", SHOP, "1")
        await play.quiet()
        chief = Act(who="王主管", at=clock.timestamp())
        await learned.approve(play.bot.journal, "退货", "faq/return", chief)
        for left in (2, 1):
            await clock.advance(0.6 * DAY_S)
            await forget(play, clock)
            assert len(await play.rows("SELECT seq FROM learned")) == left
        assert await play.rows("SELECT asked FROM session WHERE asked <> ''") == []


async def forget(play: Stage, clock: ManualClock) -> None:
    """It rests in between, so the clock has to go on."""
    async with asyncio.TaskGroup() as tasks:
        forgetting = tasks.create_task(play.bot.sweep("forget"))

        async def forgotten() -> bool:
            await clock.advance(0.1)
            return forgetting.done()

        await play.until(forgotten)


def lesson(script: str, people: int = 0, approved_at: float | None = None) -> Evidence:
    return Evidence(
        question="q",
        script=script,
        people=people,
        times=people,
        approved_at=approved_at,
        last_at=0.0,
    )


@pytest.mark.parametrize(
    ("found", "script"),
    [
        ([lesson("a", 2)], "a"),
        ([lesson("a", 1)], None),
        ([lesson("a", 4), lesson("b", 2)], "a"),
        ([lesson("a", 3), lesson("b", 2)], None),
        ([lesson("a", 0, approved_at=1.0)], "a"),
        ([lesson("a", 9), lesson("b", 0, approved_at=1.0)], "b"),
        ([lesson("a", 0, approved_at=2.0), lesson("b", 0, approved_at=1.0)], "a"),
        ([], None),
    ],
)
def test_who_decides(found: list[Evidence], script: str | None) -> None:
    assert agreed(found).get("q") == script


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), unique_by=lambda one: one[0])
)
def test_without_an_operator_a_clear_majority_decides(votes: Sequence[tuple[str, int]]) -> None:
    chosen = agreed(lesson(script, people) for script, people in votes).get("q")
    people, total = dict(votes), sum(number for _, number in votes)
    winners = [one for one in people if people[one] >= 2 and 3 * people[one] >= 2 * total]
    assert chosen == (winners[0] if winners else None)
    assert len(winners) <= 1


async def test_evidence_is_read_in_pages(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        act = Act(who="wm1", at=1.0)
        rows = [
            learned_row(f"问{number}", f"s{script}", Source.MENU, act)
            for number in range(400)
            for script in range(3)
        ]
        await parts.journal.write(Write(learned=rows))
        found = await evidence(parts.journal)
        assert {(one.question, one.script) for one in found} == {row[:2] for row in rows}
        assert len(found) == len(rows)


async def test_an_approval_is_news_and_evidence_waits_for_the_night(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        journal, chief = parts.journal, Act(who="王主管", at=1.0)
        lessons = Lessons(journal)
        assert not await lessons.refresh()
        picks = [
            learned_row("几天到", "faq/ship_time", Source.MENU, Act(who=one, at=1.0))
            for one in ("wm1", "wm2")
        ]
        await parts.journal.write(Write(learned=picks))
        assert not await lessons.refresh()
        assert await lessons.refresh(all_of_it=True)
        assert lessons.agreed == {"几天到": "faq/ship_time"}
        await learned.approve(journal, "几天到", "faq/ship_area", chief)
        assert await lessons.refresh()
        assert lessons.agreed == {"几天到": "faq/ship_area"}
        assert await learned.unlearn("几天到") == 3
        assert await lessons.refresh()
        assert lessons.agreed == {}


async def test_the_next_edition_knows_what_was_learned(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        offered = await say(parts, "wm1", MENU)
        for customer in ("wm1", "wm2"):
            await say(parts, customer, "包邮吗", MENU, "2")
        await parts.editions.sweep()
        assert parts.editions.edition.number == 1  # by day evidence waits
        await parts.editions.relearn()
        await parts.editions.sweep()
        assert parts.editions.edition.learned == {MENU: offered[1]}
        chief = Act(who="王主管", at=1.0)
        await learned.approve(parts.journal, MENU, offered[0], chief)
        await parts.editions.sweep()
        assert parts.editions.edition.learned == {MENU: offered[0]}
        assert parts.editions.edition.number == 3
    async with engine(tmp_path) as parts:  # a restart
        assert parts.editions.edition.learned == {MENU: offered[0]}
