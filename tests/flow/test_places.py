"""What touches hold of the caps: whatever becomes of them, those that were sent, or may have been,
hold their places, and no others do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import background
from bot.errors import BotError
from bot.store.customers.people import settled
from bot.store.journal import Journal, Write
from bot.store.models import MessageState
from bot.store.records import resolve
from bot.store.sql import Database, Source
from bot.store.states import TaskState, TouchState
from bot.store.touch.ledger import Claim, Ledger, Limit
from bot.store.touch.mass import MassTable, MassTask
from bot.store.touch.places import place
from bot.store.touch.touches import Due, Taken, Touches, event_of, touch_of
from bot.touch.mass_outcomes import OVER_QUOTA, SENT, UNCONFIRMED, MassOutcomes
from bot.touch.policy import Refuse, Wait
from bot.touch.present import Present, present
from tests.databases import BOTH, opened

ZONE = ZoneInfo("Asia/Shanghai")
SUNDAY = datetime(2026, 8, 30, 18, tzinfo=ZONE).timestamp()  # a week, and a month, end soon
HOUR = 3600.0
WHY = Refuse("window", "现在不行", "not now")
PUT = """
    INSERT INTO touch (plan, customer, slot, scenario, script, member, due_at, deadline, state)
    VALUES ('p', $1, $2, 3, 's', 'liming', $3, $4, 5) RETURNING *"""
SAY = """
    INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at,
                         due_at, attempts, state)
    VALUES ($1, $2, 'kf:wk:c', 'service_session', 's', '{}', $3, 0, 0, 0, $4) RETURNING id"""
FEW = Limit(day=2, week=3, gap_s=2 * HOUR)
NUMBERS = count()


def at(now: float) -> Present:
    return present(datetime.fromtimestamp(now, UTC), ZONE)


@dataclass(slots=True)
class One:
    """A touch, as the model has it."""

    due: Due
    mass: bool
    subjects: set[str]  # that it holds
    moment: float  # in whose periods
    until: float  # when it was sent, at the latest
    open: bool = True
    perhaps: bool = False


@dataclass(slots=True)
class Shop:
    database: Database
    journal: Journal
    now: float = SUNDAY
    limit: Limit = FEW  # of one customer
    stopped: str = ""  # by this statement, while it is judged
    all: list[One] = field(default_factory=list)
    touches: Touches = field(init=False)
    ledger: Ledger = field(init=False)
    outcomes: MassOutcomes = field(init=False)

    def __post_init__(self) -> None:
        self.touches, self.ledger = Touches(self.database), Ledger(self.database)
        self.outcomes = MassOutcomes(self.journal, self.database, at)

    async def take(self, customer: str, *, mass: bool, more: str = "") -> bool:
        number = f"{next(NUMBERS)}"
        (row,) = await self.database.rows(PUT, customer, number, self.now, self.now + 9e6)
        due = Due(row["seq"], touch_of(row))
        limits = {f"c:{customer}": self.limit} | ({more: Limit()} if more else {})
        limits |= {f"q:{customer}": Limit(week=2)} if mass else {f"c:{customer}:holiday": Limit()}
        taken = Taken(
            due.seq, "liming", number if mass else event_of(due), place(limits, at(self.now)), ""
        )

        async def within(source: Source, _: frozenset[int]) -> None:
            await self.touches.take(source, [taken], self.now)

        if self.stopped:
            await self.database.change(self.stopped)
        claim = Claim(key=due.seq, limits=limits)
        granted = await self.ledger.reserve([claim], self.now, at(self.now), within)
        if granted:
            self.all.append(One(due, mass, {*limits}, self.now, self.now))
        return bool(granted)

    async def end(self, one: One, state: TouchState, *, perhaps: bool = False) -> None:
        """As by its message, or by its handler."""
        touch = one.due.touch
        which = touch.customer, touch.plan, touch.slot
        more = settled(*which, state, "x", "x", "x", self.now, perhaps=perhaps)
        await self.journal.write(Write(more=more))

    async def put_back(self, one: One) -> None:
        until = datetime.fromtimestamp(self.now + HOUR, UTC)
        await self.touches.put_back(one.due, Wait(until, "later", "以后", "later"))

    def task(self, one: One) -> MassTask:
        return MassTask(
            id=one.due.touch.slot, plan="p", slot=one.due.touch.slot, member="liming", chunk=0,
            msgid="", state=TaskState.CREATED, created_at=None, confirmed_at=None, reminders=0,
            reminded_at=None, remind_at=None, closes_at=None, deadline=None, script=None,
            receiver=None, stopped=False, paused=False, leaving=False, declined=False,
        )  # fmt: skip

    async def holds(self) -> None:
        """The tables say what the model says."""
        subjects = {s for one in self.all for s in (*one.subjects, f"c:{one.due.touch.customer}")}
        for subject, tally in (await self.ledger.tallies(subjects, at(self.now))).items():
            held = [one for one in self.all if subject in one.subjects]
            now = at(self.now)
            for span in ("hour", "day", "week", "month"):
                number = sum(getattr(at(one.moment), span) == getattr(now, span) for one in held)
                assert getattr(tally, span) == number, (subject, span)
            if any(one.perhaps for one in self.all):
                continue
            assert (tally.last_at is None) == (not held)
            if tally.last_at is not None:
                last = tally.last_at.timestamp()
                assert max(o.moment for o in held) <= last <= max(o.until for o in held)


Deed = Callable[[Shop, One], Awaitable[None]]


async def sent(shop: Shop, one: One) -> None:
    await shop.end(one, TouchState.SENT)
    await shop.end(one, TouchState.REFUSED)  # what was sent is sent
    one.until = shop.now


async def refused(shop: Shop, one: One) -> None:
    await shop.end(one, TouchState.REFUSED)
    await shop.end(one, TouchState.REFUSED)
    one.subjects = set()


async def perhaps(shop: Shop, one: One) -> None:
    await shop.end(one, TouchState.REFUSED, perhaps=True)
    await shop.end(one, TouchState.REFUSED)
    one.perhaps = True


async def put_off(shop: Shop, one: One) -> None:
    await shop.put_back(one)
    one.subjects = set()


async def raced(shop: Shop, one: One) -> None:
    """By everybody at once."""
    await asyncio.gather(
        shop.end(one, TouchState.REFUSED),
        shop.put_back(one),
        shop.touches.refuse([(one.due.seq, WHY)], shop.now),
        shop.put_back(one),
        shop.touches.refuse([(one.due.seq, WHY)], shop.now),
    )
    one.subjects = set()


async def arrived(shop: Shop, one: One) -> None:
    task, customer = shop.task(one), one.due.touch.customer
    await shop.outcomes.settle(task, [customer], SENT, shop.now)
    await shop.outcomes.settle(task, [customer], UNCONFIRMED, shop.now)
    one.moment = one.until = shop.now


async def unconfirmed(shop: Shop, one: One) -> None:
    await shop.outcomes.settle(shop.task(one), [one.due.touch.customer], UNCONFIRMED, shop.now)
    one.subjects = set()


async def over_quota(shop: Shop, one: One) -> None:
    await shop.outcomes.settle(shop.task(one), [one.due.touch.customer], OVER_QUOTA, shop.now)
    one.subjects = {subject for subject in one.subjects if subject.startswith("q:")}
    one.until = shop.now


async def handed_over(shop: Shop, one: One) -> None:
    table, customer = MassTable(shop.database), one.due.touch.customer
    slot, why = one.due.touch.slot, ("", "", "")
    again = (table.reopen(slot, [customer], why, shop.now) for _ in range(2))
    await asyncio.gather(*again)
    one.subjects = set()


SINGLE: tuple[Deed, ...] = (sent, refused, perhaps, put_off, raced)
MASS: tuple[Deed, ...] = (arrived, unconfirmed, over_quota, handed_over)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "end"]), st.integers(0, 9), st.integers(0, 9 * 3600)
    ),
    min_size=4, max_size=14,
)  # fmt: skip


@pytest.fixture(params=BOTH)
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(request.param, tmp_path) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            yield Shop(Database(connection), journal)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_what_was_sent_or_may_have_been_holds_its_place_and_nothing_else(
    shop: Shop, steps: list[tuple[str, int, int]]
) -> None:
    shop, example = replace(shop, now=SUNDAY, all=[]), next(NUMBERS)
    for step, number, later_s in steps:
        shop.now += later_s
        if step == "take":
            await shop.take(f"wm{example}_{number % 2}", mass=number > 5)
        elif going := [one for one in shop.all if one.open]:
            one = going[number % len(going)]
            deeds = MASS if one.mass else SINGLE
            await deeds[number % len(deeds)](shop, one)
            one.open = False
        await shop.holds()


async def test_places_that_are_taken_and_given_back_at_once_are_all_counted(shop: Shop) -> None:
    async def one(number: int) -> int:
        customer = f"wm{number % 4}"
        if not await shop.take(customer, mass=False, more=f"m:{number % 2}"):
            return 0
        mine = shop.all[-1]  # nobody else comes in between
        if number % 3:
            await raced(shop, mine)
            return 0
        await shop.end(mine, TouchState.SENT)
        return 1

    shop.limit = Limit()
    sent = sum(await asyncio.gather(*(one(number) for number in range(24))))
    assert sent == 8
    for subjects in (["m:0", "m:1"], [f"c:wm{number}" for number in range(4)]):
        tallies = await shop.ledger.tallies(subjects, at(shop.now))
        assert sum(tally.day for tally in tallies.values()) == sent


async def test_a_touch_of_several_messages_holds_its_place_while_one_may_have_arrived(
    shop: Shop,
) -> None:
    dead, sent, doubtful, waits = 3, 2, 4, 0
    for number, other in enumerate((dead, sent, doubtful, waits)):
        await shop.take(f"wm{number}", mass=False)
        for part, state in enumerate((dead, other)):
            event = event_of(shop.all[-1].due)
            await shop.database.rows(SAY, f"{number}.{part}", event, False, state)
        await shop.end(shop.all[-1], TouchState.REFUSED)
    subjects = [f"c:wm{number}" for number in range(4)]
    tallies = await shop.ledger.tallies(subjects, at(shop.now))
    assert [tallies[one].day for one in subjects] == [0, 1, 1, 1]
    await shop.database.change("UPDATE message SET state = 3 WHERE id = '3.1'")
    await shop.end(shop.all[-1], TouchState.REFUSED)
    assert (await shop.ledger.tallies(subjects, at(shop.now)))["c:wm3"].day == 0


async def test_a_touch_that_a_person_drops_or_sends_again_holds_what_it_should(
    shop: Shop,
) -> None:
    async def look(customer: str) -> tuple[int, int]:
        rows = await shop.database.rows("SELECT state FROM touch WHERE customer = $1", customer)
        tallies = await shop.ledger.tallies([f"c:{customer}"], at(shop.now))
        return rows[0]["state"], tallies[f"c:{customer}"].day

    async def by_hand(message: str, state: MessageState, was: MessageState) -> None:
        await resolve(message, state, "因为", shop.now, ZONE, among=(was,))

    waiting, doubtful = MessageState.WAITING, MessageState.DOUBTFUL
    states = {"wm1": waiting, "wm2": waiting, "wm3": doubtful, "wm4": doubtful}
    for customer, state in states.items():
        await shop.take(customer, mass=False)
        await shop.database.rows(SAY, customer, event_of(shop.all[-1].due), False, int(state))
    await shop.database.change("UPDATE message SET attempts = 1 WHERE id = 'wm2'")
    for customer, state in states.items():
        done = MessageState.SENT if customer == "wm4" else MessageState.DEAD
        await by_hand(customer, done, state)
    refused, sent = int(TouchState.REFUSED), int(TouchState.SENT)
    assert await look("wm1") == (refused, 0)
    assert await look("wm2") == (refused, 1), "a try may have arrived"
    assert await look("wm3") == await look("wm4") == (sent, 1)
    with pytest.raises(BotError):
        await by_hand("wm1", waiting, doubtful)
    shop.now += 24 * HOUR
    await by_hand("wm1", waiting, MessageState.DEAD)
    assert await look("wm1") == (int(TouchState.TAKEN), 1)


async def test_what_was_stopped_while_it_was_judged_went_out_and_its_place_was_lost(
    shop: Shop,
) -> None:
    shop.stopped = "UPDATE touch SET state = 3 WHERE customer = 'wm1'"
    assert not await shop.take("wm1", mass=False)
    shop.stopped = ""
    assert await shop.take("wm1", mass=False)
    assert (await shop.ledger.tallies(["c:wm1"], at(shop.now)))["c:wm1"].day == 1
