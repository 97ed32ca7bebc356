"""Cases of complaints on both databases."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.customers.cases import Case, Cases, Place
from bot.store.customers.wake_up import counts
from bot.store.desk.staff import Role, Staff, put
from bot.store.sql import Database
from bot.store.touch.brakes import BrakeKind, Brakes
from bot.web.templates import TEMPLATES
from tests.databases import BOTH, opened

CUSTOMER = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, friends, braked_at)
    VALUES ($1, '小满', '[]', 1, 0, '', 'liming', 1, 100)"""
CASE = """
    INSERT INTO complaint_case (customer, channel, conversation, member, words, at, heard_at,
                                times, waiting_since)
    VALUES ($1, 'kf', 'kf:wk1', 'liming', '投诉', $2, $2, 1, $2)"""
HEARD = """
    INSERT INTO brake_step (customer, kind, active, who, why, at, sounds)
    VALUES ($1, 'complaint', 1, '', '还没影', $2, $3)"""
CONTACT = "INSERT INTO contact (customer, member, added_at) VALUES ('wm2', 'wangfang', 1)"


@pytest.mark.parametrize("kind", BOTH)
async def test_cases_are_told_answered_and_closed(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        cases = Cases(database)
        for number in (1, 2, 3):
            await database.rows(CUSTOMER, f"wm{number}")
            await database.rows(CASE, f"wm{number}", 100.0 * number)
        await database.rows(CONTACT)
        liming = Staff(
            id="liming", name="李明", role=Role.MEMBER, leader="boss", active=True, sight=()
        )
        for one in (liming, replace(liming, id="boss", leader="")):
            await put(database, one, 1.0)
        first, *others = await cases.open(None)
        assert [one.customer for one in others] == ["wm2", "wm3"]
        assert await cases.open(None, after=Place(first.at, first.seq), number=1) == others[:1]
        assert await cases.open(("wangfang",)) == others[:1]  # they have this customer too
        assert [(one.responsible, one.leader, one.told) for one in await cases.waiting()] == [
            ("李明", "boss", False)
        ] * 3
        await cases.told(first.seq, 130.0)
        assert [one.told for one in await cases.waiting()] == [True, False, False]
        await cases.escalated(first.seq, 140.0, "boss")
        assert len(await cases.waiting()) == 2
        assert await cases.answer(first.seq, "liming", 160.0)
        assert await cases.close(first.seq, "boss", "退款", 200.0, lift=True)
        assert not await cases.close(first.seq, "boss", "退款", 200.0, lift=True)
        assert not await cases.answer(first.seq, "liming", 260.0)
        (closed,) = await cases.closed(("liming",))
        assert (closed.answered_at, closed.closed_by, closed.braked) == (160.0, "boss", False)
        assert await cases.closed(None, before=Place(closed.at, closed.seq)) == []
        assert await Brakes(database).standing(kind=BrakeKind.COMPLAINT, customer="wm1") == []
        found = await cases.answering(("liming",), 50.0)
        assert (found.cases, found.open, found.late, found.answered) == (3, 2, 1, 1)
        assert (found.answer_s, found.close_s) == (60.0, 100.0)
        assert (await cases.answering(None, 150.0)).cases == 2
        await database.rows("UPDATE customer SET source = 'practice_1' WHERE id = 'wm3'")
        practised = "a complaint with which members practise is open, and not counted"
        assert (await cases.answering(None, 150.0)).cases == 1, practised
        assert [one.customer for one in await cases.open(None)] == ["wm2", "wm3"]
        # told of by telephone
        seq = await cases.begin("wm1", "wangfang", "等了一周", 300.0)
        assert seq is not None
        assert await cases.begin("wm1", "wangfang", "还没有退", 310.0) == seq
        assert await cases.begin("nobody", "wangfang", "等了一周", 300.0) is None
        told = await cases.of("wm1")
        assert told is not None
        assert (told.member, told.channel, told.words, told.times, told.braked) == (
            "liming", "phone", "还没有退", 2, True,
        )  # fmt: skip
        assert told.waiting_since == 300.0
        # nobody serves them, or who did has left: whoever is on duty hears of it
        await database.rows(CUSTOMER.replace("'liming'", "''"), "wm9")
        seq = await cases.begin("wm9", "boss", "没人管", 400.0)
        await put(database, replace(liming, active=False), 2.0)
        waiting = {one.customer: one for one in await cases.waiting()}
        assert {one.member for one in waiting.values()} == {""}
        assert (waiting["wm9"].seq, waiting["wm9"].told) == (seq, False)
        assert waiting["wm1"].responsible == "李明"


@pytest.mark.parametrize("kind", BOTH)
async def test_what_only_sounds_so_was_counted_as_a_complaint(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        cases = Cases(database)
        for number, sounds in ((1, 1), (2, 0), (3, 1)):
            await database.rows(CUSTOMER, f"wm{number}")
            await database.rows(CASE, f"wm{number}", 100.0 * number)
            await database.rows(HEARD, f"wm{number}", 100.0 * number, sounds)
        found = await cases.answering(None, 50.0)
        assert (found.cases, found.sounding, found.open) == (3, 2, 3)
        listed = await counts(database)
        assert (listed.total, listed.complained, listed.displeased, listed.out) == (3, 1, 2, 0)
        both = await cases.unanswered(None)
        assert "<b>1 件投诉还没人回 · 疑似不满 2 件</b>" in (page := _first_page(both, 0))
        assert page.index("complaints/2") < page.index("complaints/1"), "what was said comes first"
        assert "<b>1 complaint waits for an answer · 2 sound displeased</b>" in _first_page(
            both, 1
        )
        page = _first_page([one for one in both if one.sounds], 0)
        assert "<b>2 件疑似不满还没人回</b>" in page
        assert "note warn" in page, "it is no alarm"
        assert "疑似" not in _first_page([one for one in both if not one.sounds], 0)


def _first_page(waiting: list[Case], side: int) -> str:
    def t(*words: str) -> str:
        return words[side]

    return str(TEMPLATES.get_template("macros.html").module.complaints(waiting, True, str, t))  # type: ignore[attr-defined]  # Jinja makes it
