"""Many versions at once, where scripts stand, and how often they helped; on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tortoise.connection import get_connection

from bot.errors import BotError
from bot.scripts.version import Kind, Version
from bot.store.models import VersionState
from bot.store.scripts import imports
from bot.store.scripts import script_states as states
from bot.store.scripts.answers import answers
from bot.store.scripts.figures import Figures
from bot.store.scripts.unanswered import AT_ONCE, aside, put_aside, unanswered
from bot.store.scripts.uses import FAILED, LATELY_DAYS, NEVER, USES, Use, uses_of
from bot.store.scripts.versions import Act
from bot.store.sql import Database, Rows, given
from tests.databases import plan_of

NOW = 1_800_000_000.0
ACT = Act(who="writer", at=NOW, note="导入")
PUT_MESSAGE = """
INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                     attempts, state)
VALUES ($1, 'e', $2, 'kf', $3, '{}', $5, $4, $4, 0, 2)"""
PUT_EVENT = """
INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
VALUES ($1, 'MessageReceived', 'kf:a:b', $2, $3, 1, $4, $3)"""
BODY = '{"text": "%s", "channel": "kf"}'
MANY = """
INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
SELECT CAST(value ->> 0 AS TEXT), 'MessageReceived', 'kf:a:b', CAST($2 AS TEXT), 1.0, 1,
       CAST(value ->> 1 AS TEXT), 1.0 FROM given($1)"""
SAID, CALLED = '{"said":[{"script":"faq/a"}]}', '{"handed_over":"x"}'
DECIDED = '{"match":{"zh":"没有合适的话术","band":"handover"},"handed_over":"没有合适的话术"}'


async def test_many_versions_come_whole_or_not_at_all(database: Database) -> None:
    mark = await states.mark(database)
    contents = [(f"faq/{number}", "{}") for number in range(50)]
    done = await states.put_many(database, contents, ACT, state=VersionState.SUBMITTED, since=mark)
    assert done == 50
    waiting = await states.open_versions(database)
    assert {(one.script, one.submitted, one.author) for one in waiting} == {
        (script, True, "writer") for script, _ in contents
    }
    boss = Act(who="boss", at=NOW + 1)
    pairs = [(one.script, one.version) for one in waiting]
    assert await states.approve_many(database, pairs, boss) == 50
    assert await states.approve_many(database, pairs, boss) == 0  # once
    assert await states.open_versions(database) == []
    with pytest.raises(BotError, match="approved scripts meanwhile"):
        await states.put_many(
            database, contents[1:], ACT, state=VersionState.APPROVED, since=mark, held=contents[:1]
        )  # those that waited stayed: the next try submitted them again
    rows = await database.rows("SELECT count(*) AS n FROM script_version")
    assert rows[0]["n"] == 50
    since = await states.mark(database)
    await states.put_many(database, contents[:1], ACT, state=VersionState.DRAFT, since=since)
    [one] = await states.open_versions(database)
    assert (one.script, one.version, one.submitted) == ("faq/0", 2, False)
    held = contents[1:3]
    done = await states.put_many(
        database, contents[3:4], ACT, state=VersionState.APPROVED, since=since, held=held
    )
    assert done == 1
    waiting = await states.open_versions(database)
    assert {one.script for one in waiting if one.submitted} == {"faq/1", "faq/2"}


async def test_a_script_after_which_a_person_is_wanted_did_not_help(database: Database) -> None:
    """They are counted as they come: all messages of 30 days were read into memory for it."""
    said = [
        ("c1", "faq/a", NOW), ("c1", "", NOW + 30), ("c1", "system/handover", NOW + 60),
        ("c1", "system/complaint", NOW + 90),
        ("c2", "faq/a", NOW), ("c2", "system/handover", NOW + 3600),
        ("c3", "faq/b", NOW),
        ("c4", "system/handover", NOW),
    ]  # fmt: skip
    figures, today = Figures(database, ZoneInfo("UTC")), datetime.fromtimestamp(NOW, UTC).date()
    for number, (conversation, script, at) in enumerate(said):
        await database.change(PUT_MESSAGE, str(number), conversation, script, at, False)
        await figures.count()
    scripts = ["faq/a", "faq/b", "faq/c", "system/handover"]
    uses = await uses_of(database, scripts, today)
    assert (uses["faq/a"].times, uses["faq/a"].success) == (2, 0.5)
    assert (uses["faq/b"].times, uses["faq/b"].success) == (1, 1.0)
    assert (uses["system/handover"].times, NEVER.success) == (3, None)
    assert "faq/c" not in uses
    await database.change(PUT_MESSAGE, "late", "c3", "faq/b", NOW + 86_400, False)
    await figures.count()
    later = await uses_of(database, scripts, today + timedelta(days=LATELY_DAYS))
    assert later == {"faq/b": Use(times=1)}
    values = (given([today.isoformat()]), given(["faq/a"]))
    how = await plan_of(database, USES, *values)
    assert "(day=? AND name=? AND key=?)" in how or "uid_figure_day" in how
    assert "message_in" in await plan_of(database, FAILED, 0, 9, *values)


async def test_where_nothing_was_asked_yet_nothing_is_found(database: Database) -> None:
    """The page of answers failed on the first day of a company."""
    assert await answers(database, 0.0, NOW) == []


async def test_questions_are_found_until_they_are_put_aside(database: Database) -> None:
    for number, text in enumerate(("能开直播吗", "招人吗", "太早了")):
        at = NOW - (100 if number == 2 else 0) + number
        await database.change(PUT_EVENT, str(number), BODY % text, at, DECIDED)
    found = await unanswered(database, NOW - 10, 100)
    assert [one.text for one in found] == ["能开直播吗", "招人吗"]
    assert [one.text for one in await unanswered(database, NOW - 10, 1)] == ["招人吗"]
    for _ in range(2):
        await put_aside(database, ["招人吗？", "招人吗"], ACT)
    assert await aside(database) == {"招人吗"}


class Watched(Database):
    """Tells how many events each statement of a page may have looked through."""

    spans: tuple[int, ...] = ()

    async def rows(self, text: str, *values: Any) -> Rows:
        if "seq < $2" in text:
            self.spans += (values[1] - values[0],)
        return await super().rows(text, *values)


async def test_who_looks_for_a_rare_answer_holds_no_other_page_up(database: Database) -> None:
    """One statement went through a year of events for it, 16 seconds, and on SQLite no console
    and no sidebar could read anything meanwhile."""
    rows = given([str(n), SAID if n else CALLED] for n in range(2 * AT_ONCE + 5))
    await database.rows(MANY, rows, BODY % "在吗")
    watched = Watched(get_connection("default"))
    (found,) = await answers(watched, 0.0, NOW, only="handed_over")
    assert found.became == "handed_over"
    assert len(watched.spans) == 3
    assert max(watched.spans) == AT_ONCE


async def test_an_import_is_taken_back_as_one_deed(database: Database) -> None:
    async def put(contents: dict[str, str], act: Act, state: VersionState) -> None:
        since = await states.mark(database)
        await states.put_many(database, [*contents.items()], act, state=state, since=since)

    old, new = '{"title": "旧"}', '{"title": "新"}'
    await put({"faq/old": old}, ACT, VersionState.APPROVED)
    act = Act(who="writer", at=NOW + 1, note=f"{imports.BY}a.xlsx")
    await put({"faq/old": new, "faq/new": new}, act, VersionState.APPROVED)
    waits = Act(who="writer", at=NOW + 2, note=f"{imports.BY}b.xlsx")
    await put({"faq/waits": new, "faq/edited": new}, waits, VersionState.SUBMITTED)
    await put({"faq/edited": old}, Act(who="boss", at=NOW + 3), VersionState.DRAFT)
    second, first = await imports.latest(database, 5)
    assert (first.file, first.number, second.file) == ("a.xlsx", 2, "b.xlsx")
    assert await imports.brought(database, first.seq - 1) == ("", [])  # no import
    _, [changed, fresh] = await imports.brought(database, first.seq)
    assert changed.before is not None
    assert (changed.before.content, changed.later, fresh.before) == (old, None, None)
    _, [waiting, edited] = await imports.brought(database, second.seq)
    assert (waiting.state, waiting.later, edited.later) == (VersionState.SUBMITTED, None, "")

    back = Act(who="boss", at=NOW + 4, note=f"{imports.BACK}a.xlsx")
    gone = Version(script="faq/new", number=0, kind=Kind.RETIRED)
    since = await states.mark(database)
    with pytest.raises(BotError, match="approved scripts meanwhile"):
        await imports.take_back(database, [gone], [], back, since=since - 1)
    await imports.take_back(
        database, [changed.before, gone], [waiting.version], back, since=since
    )  # fmt: skip
    assert [one.script for one in await states.open_versions(database)] == ["faq/edited"]
    assert await states.retired(database) == ["faq/new"]
    _, done = await imports.brought(database, first.seq)
    assert {one.later for one in done} == {back.note}
    rows = await database.rows(
        "SELECT content FROM script_version WHERE script = 'faq/old' ORDER BY version"
    )
    assert [row["content"] for row in rows] == [old, new, old]
