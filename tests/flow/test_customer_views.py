"""Customers page by page: each once, the newest first, and only those whom one may see."""

from pathlib import Path

import pytest

from bot.clock import moment
from bot.store.customers.serving import look_for
from bot.store.customers.views import CustomerViews, Place, Wanted
from bot.store.desk import audit
from bot.store.groups.views import GroupFilter, GroupViews
from bot.store.sql import Database
from bot.web.console.scripts.preview import find_people
from tests.databases import BOTH, opened

PUT = """
INSERT INTO customer (id, name, tags, fetched_at, added_at, stage, phone)
VALUES ($1, $2, '[]', 0, $3, $4, $5)"""
CONTACT = "INSERT INTO contact (customer, member, added_at, lost_at) VALUES ($1, $2, 0, $3)"
TAG = "INSERT INTO customer_tag (tag, customer) VALUES ($1, $2)"


@pytest.mark.parametrize("kind", BOTH)
async def test_pages_hold_everybody_once_and_nobody_out_of_sight(
    kind: str, tmp_path: Path
) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        for number in range(23):
            added = None if number % 5 == 0 else float(number // 2)  # several at one moment
            one = f"wm{number:02}"
            stage = "老客户" if number % 2 else ""
            await database.change(PUT, one, f"客户_{number}%", added, stage, f"1380000{number:04}")
            member = "liming" if number % 3 else "wangfang"
            await database.change(CONTACT, one, member, 9.0 if number == 7 else None)
            if number % 4 == 0:
                await database.change(TAG, "VIP", one)
        views = CustomerViews(database)

        async def whole(sight: tuple[str, ...] | None, wanted: Wanted) -> list[str]:
            found: list[str] = []
            after = None
            while rows := await views.page(sight, wanted, after=after, number=4):
                found += [row["id"] for row in rows]
                after = Place(rows[-1]["place"], rows[-1]["id"])
            assert len(found) == len(set(found)) == await views.count(sight, wanted)
            return found

        assert await views.tags() == ["VIP"]
        assert await views.members() == ["liming", "wangfang"]
        everybody = await whole(None, Wanted())
        assert len(everybody) == 23
        assert everybody[0] == "wm22"
        mine = await whole(("liming",), Wanted())
        assert set(mine) == {f"wm{n:02}" for n in range(23) if n % 3 and n != 7}
        assert await whole((), Wanted()) == []
        assert set(await whole(None, Wanted(tag="VIP"))) == {f"wm{n:02}" for n in range(0, 23, 4)}
        assert await whole(None, Wanted(words="户_3%")) == ["wm03"]
        assert await whole(None, Wanted(words="_")) == everybody  # no joker of LIKE
        assert await whole(None, Wanted(words="13800000011")) == ["wm11"]
        assert set(await whole(None, Wanted(stage="老客户", member="wangfang"))) == {
            "wm03", "wm09", "wm15", "wm21",
        }  # fmt: skip
        for sight, seen in ((("liming",), []), (("wangfang",), []), (None, ["wm07"])):
            # Whom nobody has any more was shown to who had them last.
            assert [one.id for one in await find_people(database, "wm07", sight)] == seen
            assert [one["id"] for one in await look_for(database, "wm07", sight)] == seen
        assert [one.id for one in await find_people(database, "wm08", ("liming",))] == ["wm08"]


async def test_each_search_by_a_part_of_a_name_had_a_rule_of_its_own(database: Database) -> None:
    """Deeds and groups took % and _ for any letters; on PostgreSQL Anna was not found by anna."""
    for one, name in (("wm1", "Anna_5%"), ("wm2", "Bea")):
        await database.change(PUT, one, name, 0.0, "", "")
        await audit.note(database, [audit.Deed(who="boss", act="customer.tag", subject=one)], 1.0)
        await database.change("INSERT INTO chat_group (chat_id, name) VALUES ($1, $2)", one, name)
    for words in ("anna_5%", "_", "%"):
        assert [row["id"] for row in await look_for(database, words, None)] == ["wm1"]
        assert [row["subject"] for row in await audit.page(database, None, words=words)] == ["wm1"]
        groups = await GroupViews(database).page(moment(1.0), GroupFilter(name=words))
        assert [one.chat_id for one in groups.items] == ["wm1"]
    assert [one.id for one in await find_people(database, "anna_", None)] == ["wm1"]
