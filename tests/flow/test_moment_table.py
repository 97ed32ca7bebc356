"""Moments in their tables, on both databases: claimed once, counted, and comments answered."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.moments.mix import Kind
from bot.moments.rules import Draft
from bot.store.moments.moments import MomentTable
from bot.store.sql import Database
from bot.store.states import PartState, PostState
from tests.databases import BOTH, opened

CONTACT = "INSERT INTO contact (customer, member, added_at) VALUES ($1, $2, 0)"
CUSTOMER = """
    INSERT INTO customer (id, name, tags, fetched_at, best_from, best_to)
    VALUES ($1, '', '[]', 0, 19, 22)"""


@pytest.mark.parametrize("kind", BOTH)
async def test_a_moment_is_claimed_once_and_followed_to_its_comments(
    kind: str, tmp_path: Path
) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        table = MomentTable(database)
        for customer, member in (("wm1", "a"), ("wm2", "a"), ("wm2", "b")):
            await database.change(CONTACT, customer, member)
        await database.change(CUSTOMER, "wm1")
        draft = Draft(members=("a", "b"), kind=Kind.PRODUCT, text="茶", day=date(2026, 3, 2))
        await table.put("p", draft, "op", 1.0)
        with pytest.raises(TypeError):  # broken off between its statements
            await table.put("p", replace(draft, members=("\ud800",)), "op", 2.0)
        assert await table.approve("p", "boss", 10.0)
        assert not await table.approve("p", "boss", 10.0)
        assert await table.coming("a", "") == [("2026-03-02", Kind.PRODUCT)]
        (post,) = await table.due(10.0, 5)
        await table.hold(post.parts[0], "先不", "not yet", 20.0)
        assert [one.id for one in await table.due(15.0, 5)] == ["p"], "b still waits"
        assert sorted(await table.claim("p", ["a", "b"], 30.0)) == ["a", "b"]
        assert await table.claim("p", ["a", "b"], 30.0) == []
        assert await table.doubts(40.0) == [("p", 30.0, ["a", "b"])]
        await table.back("p", ["b"], 50.0)
        await table.asked("p", ["a"], "job")
        assert await table.jobs(5) == [("job", "p")]
        await table.made("job", "mom1")
        assert (await table.open(60.0, 5), await table.known(0.0)) == (["mom1"], {"mom1"})
        await table.checked("mom1", 61.0)
        (part,) = await table.of_moment("mom1")
        assert await table.reminded(part, 62.0)
        assert not await table.reminded(part, 62.0)
        await table.confirm(part, 70.0, 2)
        assert await table.since("a") == 70.0
        assert await table.out("a", 0.0) == [(70.0, Kind.PRODUCT)]
        assert await table.full("b", 0.0, 1, "") == (1, 1), "wm2 was shown it by a"
        assert await table.full("a", 0.0, 1, "promotion") == (2, 0)
        shown = (await table.of_moment("mom1"))[0].asked_at
        assert await table.shown_first("b", 0.0, "") == shown
        assert await table.shown_first("a", 0.0, "promotion") == 0.0
        (audience,) = await table.audience(["a", "b"])
        assert (audience.begin, audience.customers) == (19, 1)
        assert await table.accounts(5) == ["a", "b"]
        (lately,) = await table.lately(0.0, 80.0, 5)
        await table.looked(lately, 90.0)
        await table.put_comments([("mom1", "a", "wm1", 0, 91.0), ("mom1", "a", "wm2", 0, 93.0)])
        await table.put_comments([("mom1", "a", "wm1", 0, 91.0), ("mom1", "a", "a", 1, 92.0)])
        (comment,) = await table.unanswered()
        assert (comment.author, comment.post) == ("wm2", "p")
        assert await table.done(comment.seq, "op", 95.0)
        assert await table.unanswered() == []
        await table.end("p", ["b"], PartState.MISSED, "没发", "not posted")
        await table.close()
        (ended,) = await table.between("2026-03-01", "2026-03-03", "b")
        assert ended.state is PostState.ENDED
        assert not await table.withdraw("p")
