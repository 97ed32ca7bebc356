"""Brakes: put on by what customers write, lifted by people, with a record of who did what."""

from collections.abc import AsyncIterator

import pytest

from bot.reasons import in_english
from bot.store.customers.erasing import erase
from bot.store.customers.serving import Reach
from bot.store.customers.views import CustomerViews, Wanted
from bot.store.desk import audit_names
from bot.store.desk.todos import in_sight
from bot.store.sql import Database
from bot.store.touch.brakes import FORGOTTEN, BrakeKind, Brakes, BrakeStep
from tests.databases import BOTH, opened

CUSTOMER = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, friends)
    VALUES ($1, $2, '[]', 1, 0, '', '', 1)"""
HEARD = """
    INSERT INTO brake_step (customer, kind, active, who, why, at, sounds)
    VALUES ($1, 'complaint', 1, '', '还没影', $2, 1)"""
CONTACT = "INSERT INTO contact (customer, member, added_at) VALUES ('wm1', 'liming', 1)"
COMPLAINT, OPT_OUT = BrakeKind.COMPLAINT, BrakeKind.OPT_OUT


@pytest.fixture(params=BOTH)
async def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    async with opened(request.param, tmp_path_factory.mktemp("brakes")) as connection:
        found = Database(connection)
        for number in (1, 2, 3):
            await found.rows(CUSTOMER, f"wm{number}", f"客户{number}")
        yield found


def step(
    customer: str, at: float, *, kind: BrakeKind = COMPLAINT, on: bool = True, sounds: bool = False
) -> BrakeStep:
    return BrakeStep(
        customer=customer, kind=kind, active=on, who="李明", why=f"于 {at:g}", at=at, sounds=sounds
    )  # fmt: skip


async def test_who_put_it_on_and_who_lifted_it_is_kept(database: Database) -> None:
    brakes = Brakes(database)
    assert await brakes.turn(step("wm1", 10.0))
    assert not await brakes.turn(step("wm1", 11.0))  # it is on
    [one] = await brakes.standing()
    assert (one.customer, one.name, one.since, one.who, one.why) == (
        "wm1", "客户1", 10.0, "李明", "于 10",
    )  # fmt: skip
    assert await brakes.turn(step("wm1", 12.0, on=False))
    assert not await brakes.turn(step("wm1", 13.0, on=False))
    assert await brakes.standing() == []
    kept = await brakes.steps(customer="wm1")
    assert [(one.at, one.active) for one in kept] == [(12.0, False), (10.0, True)]
    rows = await database.rows("SELECT braked_at FROM customer WHERE id = 'wm1'")
    assert rows == [{"braked_at": None}]


async def test_a_page_said_complaint_of_whoever_only_sounded_so(database: Database) -> None:
    """About four of a hundred who did not mean it are taken so; nobody saw which to look at."""
    brakes = Brakes(database)
    for customer, kind in (("wm1", COMPLAINT), ("wm1", OPT_OUT), ("wm2", COMPLAINT)):
        assert await brakes.turn(step(customer, 10.0, kind=kind, sounds=customer == "wm1"))
    unsure = await brakes.standing(sounds=True)
    assert [(one.customer, one.kind) for one in unsure] == [("wm1", COMPLAINT), ("wm1", OPT_OUT)]
    assert [one.sounds for one in await brakes.standing(customer="wm2")] == [False]
    page = {row["id"]: row for row in await CustomerViews(database).page(None, Wanted())}
    shown = [(one["complaint_sounds"], one["opt_out_sounds"]) for one in page.values()]
    assert (shown, [*page]) == ([(1, 1), (0, 0), (0, 0)], ["wm1", "wm2", "wm3"])
    assert await brakes.turn(step("wm1", 11.0))  # confirmed
    assert not await brakes.turn(step("wm1", 12.0))
    [said, out] = await brakes.standing(customer="wm1")
    assert (said.kind, said.sounds, said.since, said.why) == (COMPLAINT, False, 10.0, "于 11")
    assert (out.kind, out.sounds) == (OPT_OUT, True)
    await database.rows(HEARD, "wm1", 13.0)
    assert not (await brakes.standing(kind=COMPLAINT, customer="wm1"))[0].sounds
    assert await brakes.turn(step("wm1", 14.0, on=False))
    assert await brakes.turn(step("wm1", 15.0, sounds=True))
    assert (await brakes.standing(kind=COMPLAINT, customer="wm1"))[0].sounds, "of a year ago"
    assert await brakes.turn(step("wm1", 16.0, kind=OPT_OUT, on=False))
    assert not await brakes.turn(step("wm1", 17.0, kind=OPT_OUT, on=False))
    page = {row["id"]: row for row in await CustomerViews(database).page(None, Wanted())}
    assert (page["wm1"]["complaint_sounds"], page["wm1"]["opt_out_sounds"]) == (1, 0)


async def test_who_has_a_name_in_a_group_alone_is_called_by_it(database: Database) -> None:
    """The list and the to-dos spoke of a customer without a name."""
    await database.rows(CUSTOMER, "wm4", "")
    inside = """
        INSERT INTO chat_group_member (chat_id, userid, customer, name, nickname, joined_at)
        VALUES ($1, 'wm4', TRUE, $2, $3, $4)"""
    for member in (("wr1", "珍珍", "", 1.0), ("wr2", "珍珍", "阿珍", 2.0), ("wr3", "", "", 3.0)):
        await database.rows(inside, *member)
    await database.rows(
        "INSERT INTO todo (id, member, customer, conversation, why, words, created_at) "
        "VALUES ('t1', 'liming', 'wm4', '', '', '', 1)"
    )
    await Brakes(database).turn(step("wm4", 10.0))
    assert [one.name for one in await Brakes(database).standing()] == ["阿珍"]
    todos = await in_sight(database, None, on_duty=True, first=0, number=9)
    assert [todo.name for todo in todos] == ["阿珍"]
    assert await audit_names.names(database, ["wm4"]) == {"wm4": "阿珍"}


async def test_nobody_is_stopped_whom_nobody_knows(database: Database) -> None:
    assert await Brakes(database).turn(step("wm9", 1.0)) is None
    assert await Brakes(database).steps() == []


async def test_they_are_read_page_by_page_the_newest_first(database: Database) -> None:
    brakes = Brakes(database)
    for customer, at, kind in (
        *(("wm1", 5.0, COMPLAINT), ("wm2", 7.0, COMPLAINT), ("wm3", 5.0, COMPLAINT)),
        *(("wm1", 5.0, OPT_OUT), ("wm3", 9.0, OPT_OUT)),
    ):
        assert await brakes.turn(step(customer, at, kind=kind))
    found, after = [], None
    while page := await brakes.standing(after=after, number=2):
        found += [(one.customer, one.kind) for one in page]
        after = page[-1].place
    assert found == [
        ("wm3", OPT_OUT),
        ("wm2", COMPLAINT),
        ("wm1", COMPLAINT),
        ("wm1", OPT_OUT),
        ("wm3", COMPLAINT),
    ]
    assert [one.customer for one in await brakes.standing(kind=OPT_OUT)] == ["wm3", "wm1"]
    assert [len(await brakes.steps(number=number)) for number in (2, 9)] == [2, 5]


async def test_pages_of_a_leader_were_cut_before_it_was_asked_whom_they_see(
    database: Database,
) -> None:
    brakes = Brakes(database)
    for customer, at in (("wm1", 5.25), ("wm2", 5.75), ("wm3", 6.0)):
        await brakes.turn(step(customer, at))
        await brakes.turn(step(customer, at + 1, kind=OPT_OUT))
        await brakes.turn(step(customer, at + 2, kind=OPT_OUT, on=False))
    await database.change(
        "INSERT INTO contact (customer, member, added_at, state)"
        " VALUES ('wm1', 'liming', 1, ''), ('wm2', 'liming', 1, '')"
    )
    reach = Reach(sight=("liming", "wangfang"))
    [first] = await brakes.standing(number=1, reach=reach)
    rest = await brakes.standing(number=9, after=first.place, reach=reach)
    assert [one.customer for one in (first, *rest)] == ["wm2", "wm1"]
    assert await brakes.standing(customer="wm3", reach=reach) == []
    lifted = await brakes.steps(number=2, lifted=True, reach=reach)
    assert [(one.customer, one.active) for one in lifted] == [("wm2", False), ("wm1", False)]


async def test_who_was_forgotten_was_out_for_no_reason_that_a_page_could_tell(
    database: Database,
) -> None:
    """And the next message that sounded so made it one that a leader may take for none."""
    brakes = Brakes(database)
    await database.rows(CONTACT)
    assert await brakes.turn(step("wm1", 10.0, kind=OPT_OUT, sounds=True))
    assert await erase(database, "wm1", 20.0) == 1
    (out,) = await brakes.standing(customer="wm1")
    assert (out.kind, out.since, out.who, out.why, out.sounds) == (
        OPT_OUT,
        20.0,
        "",
        FORGOTTEN,
        False,
    )
    await database.rows(HEARD.replace("complaint", "opt_out"), "wm1", 30.0)
    assert await brakes.standing(sounds=True) == []
    assert in_english(FORGOTTEN) == "they asked to be forgotten"
