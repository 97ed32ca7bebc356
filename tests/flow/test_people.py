"""What we know of customers follows what happens, on a real database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import background
from bot.clock import ManualClock
from bot.customers.customers import Customer, Customers
from bot.events import CustomerAdded, CustomerLost, Event, StaffReplied
from bot.store.customers import people
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.plans.spread import spread_of
from bot.store.touch.statements import TouchRows
from bot.touch.touch import Scenario, Touch
from tests.engine import engine

CLOCK = ManualClock()
NOW = CLOCK.timestamp()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        async with background(journal.run):
            yield journal


async def write(journal: Journal, *changes: TouchRows) -> None:
    for more in changes:
        journal.post(Write(more=more))
    await journal.drain()


async def customer(journal: Journal, customer: str = "wm1") -> dict[str, Any]:
    rows = await journal.rows("SELECT * FROM customer WHERE id = $1", customer)
    return rows[0]


def added(member: str, at_s: float, state: str = "") -> Event:
    return CustomerAdded(
        id=f"added:{member}:{at_s}", at=CLOCK.now() + timedelta(seconds=at_s),
        conversation=f"contact:{member}:wm1", member=member, customer="wm1", state=state,
    )  # fmt: skip


def lost(member: str, at_s: float) -> Event:
    return CustomerLost(
        id=f"lost:{member}:{at_s}", at=CLOCK.now() + timedelta(seconds=at_s),
        conversation=f"contact:{member}:wm1", member=member, customer="wm1", by_customer=True,
    )  # fmt: skip


async def test_a_customer_is_known_from_the_moment_that_a_member_has_them(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(added("liming", 0, "shop"), added("wangfang", 60, "fair"))
        await parts.settled(2)
        row = await customer(parts.journal)
        assert (row["friends"], row["member"], row["source"]) == (2, "wangfang", "shop")
        assert (row["added_at"], row["spread"]) == (NOW, spread_of("wm1"))
        await parts.put(lost("wangfang", 120))
        await parts.settled(3)
        row = await customer(parts.journal)
        assert (row["friends"], row["member"], row["source"]) == (1, "liming", "shop")
        assert row["name"] == ""


@pytest.mark.parametrize("at_s", [[0, 60, 120], [120, 60, 0]])
async def test_contacts_end_as_they_did_in_whatever_order_it_is_heard(
    journal: Journal, at_s: list[float]
) -> None:
    events = {0: added("liming", 0), 60: lost("liming", 60), 120: added("liming", 120)}
    await write(journal, *filter(None, (people.follow(events[int(at)]) for at in at_s)))
    rows = await journal.rows("SELECT added_at, lost_at FROM contact")
    assert rows == [{"added_at": NOW + 120, "lost_at": None}]
    assert (await customer(journal))["friends"] == 1


async def test_whoever_deleted_us_is_no_friend(journal: Journal) -> None:
    for event in (added("liming", 0), lost("liming", 60)):
        await write(journal, people.follow(event) or {})
    row = await customer(journal)
    assert (row["friends"], row["member"]) == (0, "")


async def test_consent_is_given_taken_and_given_back(journal: Journal) -> None:
    await write(journal, people.opted_out("wm1", NOW), people.braked("wm1", NOW + 1))
    row = await customer(journal)
    assert (row["opted_out_at"], row["braked_at"]) == (NOW, NOW + 1)
    await write(journal, people.opted_out("wm1", NOW + 2, again=True))
    row = await customer(journal)
    assert (row["opted_out_at"], row["braked_at"]) == (None, NOW + 1)


async def test_what_is_told_of_a_customer_leaves_the_rest(journal: Journal) -> None:
    await write(journal, people.described("wm1", birthday="05-17", phone="13800000000"))
    await write(
        journal, people.staged("wm1", "bought", "", "", NOW), people.free("wm1", NOW + 600)
    )
    row = await customer(journal)
    assert (row["birthday"], row["phone"], row["stage"]) == ("05-17", "13800000000", "bought")
    assert row["free_until"] == NOW + 600


async def test_tags_stand_where_scripts_and_where_plans_look(journal: Journal) -> None:
    await write(journal, people.tagged("wm1", ["老客", "会员"], 5.0))
    assert (await customer(journal))["tags"] == '["会员","老客"]'
    await write(journal, people.untagged("wm1", ["老客"]))
    assert (await customer(journal))["tags"] == '["会员"]'
    customers = Customers(journal, CLOCK)
    customers.learn([Customer(id="wm1", name="小满", tags=frozenset({"新客"}))])
    await journal.drain()
    rows = await journal.rows("SELECT tag FROM customer_tag ORDER BY tag")
    assert [row["tag"] for row in rows] == ["会员", "新客"], "ours are not WeCom's to take"
    assert (await customer(journal))["tags"] == '["会员","新客"]'


async def test_a_name_is_still_asked_for_when_only_the_contact_is_known(journal: Journal) -> None:
    await write(journal, people.contact("wm1", "liming", NOW))
    customers = Customers(journal, CLOCK)
    await customers.fetch(["wm1"])
    assert customers.unknown == {"wm1"}


async def test_a_touch_is_planned_once_and_ends_once(journal: Journal) -> None:
    one = Touch(
        plan="birthday", slot="2026", customer="wm1", scenario=Scenario.REMINDER,
        script="birthday/first", due_at=CLOCK.now(), deadline=CLOCK.now() + timedelta(days=1),
    )  # fmt: skip
    await write(journal, people.planned([one, one]), people.planned([one]))
    rows = await journal.rows("SELECT slot, scenario, state, rule FROM touch")
    assert rows == [{"slot": "2026", "scenario": 2, "state": 0, "rule": ""}]
    end = people.ended("wm1", "birthday", "answered", "客户已回复", "they answered", CLOCK.now())
    await write(journal, end)
    rows = await journal.rows("SELECT state, rule FROM touch")
    assert rows == [{"state": 3, "rule": "answered"}]


async def test_a_servicer_who_is_no_contact_does_not_become_the_customers_member(
    journal: Journal,
) -> None:
    """A greeting was planned through somebody who cannot send it, and was refused."""

    def answered(member: str) -> Event:
        return StaffReplied(
            id=f"answered:{member}", at=CLOCK.now(), conversation="kf:wk1:wm1", account="wk1",
            customer="wm1", servicer=member,
        )  # fmt: skip

    await write(
        journal, *(people.follow(one) or {} for one in (added("liming", 0), added("fang", 1)))
    )
    assert (await customer(journal))["member"] == "fang"
    await write(journal, people.follow(answered("liming")) or {})
    assert (await customer(journal))["member"] == "liming"
    await write(journal, people.follow(answered("wangfang")) or {})
    assert (await customer(journal))["member"] == "liming"
