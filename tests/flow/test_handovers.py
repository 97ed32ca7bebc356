"""Who has what while members hand over, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import Declined
from bot.handover.handovers import Draft, Handovers
from bot.handover.stand_ins import StandIns
from bot.store.desk.reminders import Reminder, ReminderTable
from bot.store.handover.handovers import RELIEVE, End, Handover
from bot.store.sql import Database
from bot.store.states import HandoverKind, HandoverState, ItemState
from tests.databases import BOTH, opened, plan_of

CONTACT = "INSERT INTO contact (customer, member, added_at, state) VALUES ($1, $2, 1, '')"
CUSTOMER = (
    "INSERT INTO customer (id, name, tags, fetched_at, spread, member, friends)"
    " VALUES ($1, $1, '[]', 0, 0, $2, 1)"
)
TODO = (
    "INSERT INTO todo (id, member, customer, conversation, why, words, created_at)"
    " VALUES ($1, $2, $3, '', '', '', 1)"
)
COMPLAINT = (
    "INSERT INTO complaint_case (customer, channel, conversation, member, words, at, heard_at)"
    " VALUES ($1, 'kf', '', 'old', '', 1, 1)"
)
TOUCH = (
    "INSERT INTO touch (plan, customer, slot, scenario, script, member, due_at, deadline, state)"
    " VALUES ('p', $1, '1', 1, 's', $2, 1, 9e9, $3)"
)
GROUP = "INSERT INTO chat_group (chat_id, owner) VALUES ($1, $2)"


class Shop:
    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, ManualClock()
        self.handovers = Handovers(database, self.clock, lambda: ["duty"])
        self.reminders = ReminderTable(database)

    async def furnish(self) -> None:
        for customer in ("wm1", "wm2", "wm3"):
            await self.database.rows(CUSTOMER.replace("$1, $1", "$1, 'x'"), customer, "old")
            await self.database.rows(CONTACT, customer, "old")
            await self.database.rows(TODO, f"t-{customer}", "old", customer)
            await self.remind(customer, "old")
            await self.database.rows(COMPLAINT, customer)
        for customer in ("wm1", "wmA", "wmB"):
            await self.database.rows(CONTACT, customer, "knows")
        await self.database.rows(TODO, "t-nobody", "old", "wmElse")
        for customer, member, state in (("wm1", "old", 0), ("wm2", "", 0), ("wm3", "old", 5)):
            await self.database.rows(TOUCH, customer, member, state)
        await self.database.rows(GROUP, "wr1", "old")

    async def remind(self, customer: str, member: str, mark: str = "") -> None:
        one = Reminder(
            id=f"r-{customer}-{member}{mark}", customer=customer, member=member, receiver="member",
            script="", words="w", zh="", en="", again="", due_at=9e9, created_at=1.0, who="x",
        )  # fmt: skip
        await self.reminders.put(one)

    async def owned(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for table, key, still in (
            ("todo", "id", "done_at IS NULL"), ("reminder", "id", "state = 0"),
            ("complaint_case", "'c-' || customer", "closed_at IS NULL"),
            ("touch", "customer", "state IN (0, 1, 5)"),
        ):  # fmt: skip
            rows = await self.database.rows(
                f"SELECT {key} AS k, member FROM {table} WHERE {still}"
            )
            found |= {row["k"]: row["member"] for row in rows}
        return found

    async def begin(
        self, leaver: str, *takers: str, kind: HandoverKind = HandoverKind.STAYS,
        until: float | None = None,
    ) -> Handover:  # fmt: skip
        draft = Draft(leaver=leaver, kind=kind, takers=takers, who="boss", until=until)
        await self.handovers.plan(draft)
        (begun,) = await self.handovers.begin_ripe()
        return begun

    async def end(self, one: Handover, subject: str, state: ItemState) -> None:
        items = await self.handovers.table.items(one.id)
        item = next(item for item in items if item.subject == subject)
        await self.handovers.table.settle(one, [End(item, state)], self.clock.timestamp())


@asynccontextmanager
async def shop(kind: str, folder: Path) -> AsyncIterator[Shop]:
    async with opened(kind, folder) as connection:
        opened_shop = Shop(Database(connection))
        await opened_shop.furnish()
        yield opened_shop


@pytest.mark.parametrize("kind", BOTH)
async def test_everything_has_one_owner_whatever_becomes_of_it(kind: str, tmp_path: Path) -> None:
    async with shop(kind, tmp_path) as one:
        begun = await one.begin("old", "knows", "new")
        owned = await one.owned()
        items = {item.subject: item for item in await one.handovers.table.items(begun.id)}
        assert items["wm1"].taker == "knows", "who has them already"
        assert {items["wm2"].taker, items["wm3"].taker} == {"new"}, "who has less to look after"
        assert begun.holder == "duty"
        assert owned["c-wm1"] == owned["t-wm1"] == owned["r-wm1-old"] == owned["wm1"] == "knows"
        assert owned["wm2"] == owned["wm3"] == "new"
        assert owned["t-nobody"] == "duty", "a customer whom nobody takes over"
        await one.remind("wm2", "old", "2")
        assert (await one.owned())["r-wm2-old2"] == "new", "written down for the leaver since"
        serving = await one.database.rows("SELECT id, member FROM customer ORDER BY id")
        assert [row["member"] for row in serving] == ["knows", "new", "new"]
        claimed = await one.database.rows("SELECT customer FROM touch WHERE state = 5")
        assert claimed == []
        await one.end(begun, "wm2", ItemState.REFUSED)
        await one.end(begun, "wm3", ItemState.TAKEN)
        owned = await one.owned()
        assert owned["wm2"] == owned["t-wm2"] == "duty"
        assert owned["wm3"] == owned["t-wm3"] == "new"
        contacts = await one.database.rows(
            "SELECT member FROM contact WHERE customer = 'wm3' AND lost_at IS NULL"
        )
        assert contacts == [{"member": "new"}]
        # Whoever takes over leaves as well, before it is done.
        await one.begin("knows", "third")
        owned = await one.owned()
        assert owned["wm1"] == "duty"
        assert "knows" not in owned.values()
        assert await one.handovers.try_again(begun.id, "third") == 1
        assert (await one.owned())["wm2"] == "third"
        stand_ins = StandIns()
        await one.handovers.refresh(stand_ins)
        assert stand_ins.of("old", "wm2") == "third"
        assert stand_ins.of("old", "wmElse") == "duty"
        assert stand_ins.of("new", "wm2") == "new"
        with pytest.raises(Declined, match="hand over themselves"):
            await one.begin("third", "old")
        await one.handovers.cancel(begun.id)
        owned = await one.owned()
        assert owned["t-wm2"] == owned["t-nobody"] == "old", "called off"
        assert owned["t-wm3"] == "new", "what was taken over stays"


async def test_another_try_held_each_to_do_against_each_customer(tmp_path: Path) -> None:
    """With 2,000 of the first and 5,000 of the second nobody else could write for four seconds."""
    async with shop("sqlite", tmp_path) as one:
        how = await plan_of(one.database, RELIEVE, "h", 1.0)
    assert "(handover=? AND subject=?)" in how


@pytest.mark.parametrize("kind", BOTH)
async def test_leave_and_back(kind: str, tmp_path: Path) -> None:
    async with shop(kind, tmp_path) as one:
        until = one.clock.timestamp() + 3600
        begun = await one.begin("old", "knows", kind=HandoverKind.COVER, until=until)
        counts = (await one.handovers.table.counts([begun.id]))[begun.id]
        assert counts == {ItemState.COVERED: 4}
        assert {*(await one.owned()).values()} == {"knows", "duty"}
        with pytest.raises(Declined, match="already"):
            await one.begin("old", "knows")
        await one.handovers.return_ripe()
        assert "old" not in (await one.owned()).values()
        await one.clock.advance(3601)
        await one.handovers.return_ripe()
        assert {*(await one.owned()).values()} == {"old"}
        over = await one.handovers.table.get(begun.id)
        assert over is not None
        assert over.state is HandoverState.OVER
        serving = await one.database.rows("SELECT DISTINCT member FROM customer")
        assert {row["member"] for row in serving} <= {"old", "knows"}


@pytest.mark.parametrize("kind", BOTH)
async def test_what_came_up_during_a_leave_belongs_to_who_is_back(
    kind: str, tmp_path: Path
) -> None:
    """A touch was planned for whoever stood in, and refused on the first day back, as to somebody
    who is no contact of theirs. A to-do stayed in their list, though its case was given back."""
    async with shop(kind, tmp_path) as one:
        until = one.clock.timestamp() + 3600
        await one.begin("old", "new", kind=HandoverKind.COVER, until=until)
        for customer in ("wm1", "wmA"):  # the second one is nobody's whom they stand in for
            await one.database.rows(TOUCH.replace("'p'", "'during'"), customer, "new", 0)
            await one.remind(customer, "new", "-during")
            await one.database.rows(TODO, f"t-{customer}-during", "new", customer)
        await one.clock.advance(3601)
        await one.handovers.return_ripe()
        rows = await one.database.rows(
            "SELECT 'touch' AS kind, customer, member FROM touch WHERE plan = 'during' UNION ALL"
            " SELECT 'reminder', customer, member FROM reminder WHERE id LIKE '%-during' UNION ALL"
            " SELECT 'todo', customer, member FROM todo WHERE id LIKE '%-during'"
        )
        assert {(row["kind"], row["customer"]): row["member"] for row in rows} == {
            ("touch", "wm1"): "old", ("reminder", "wm1"): "old", ("todo", "wm1"): "old",
            ("touch", "wmA"): "new", ("reminder", "wmA"): "new", ("todo", "wmA"): "new",
        }  # fmt: skip
