"""Who counts for whom, and what it brings: a small model against the tables."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import background
from bot.clock import ManualClock
from bot.errors import Complaint
from bot.events import CustomerAdded, CustomerLost, Event
from bot.referral.book import ReferralBook, read_referral
from bot.referral.counting import Counting
from bot.referral.rule import Verdict
from bot.store.customers import people
from bot.store.customers.erasing import erase
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.plans.plans import PlanTable
from bot.store.referral.referrals import ReferralStore
from bot.store.referral.views import ReferralViews
from bot.store.sql import Database
from bot.store.states import InvitationState, PlanState
from bot.touch import mass_outcomes
from tests import databases
from tests.databases import BOTH
from tests.starter import LIBRARY

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR = 60.0, 3600.0
WAIT_H, PER_HOUR = 2, 2
BEGIN = datetime(2026, 3, 2, 2, tzinfo=UTC)
FILE = """
[referral.spring]
title = "春季老带新"
from = 2026-03-01
until = 2026-03-31
members = ["liming"]
wait_h = 2
per_hour = 2
not_for = ["员工"]
thresholds = [{ count = 2, script = "faq/ship_when" }, { count = 5, script = "faq/refund_how" }]
"""


class Happening(NamedTuple):
    """`inviter` "" is a plain add; `lost` undoes one."""

    at: float
    invitee: str
    member: str
    inviter: str = ""
    lost: bool = False
    source: str = ""


class Campaign(NamedTuple):
    journal: Journal
    database: Database
    store: ReferralStore
    counting: Counting
    clock: ManualClock

    async def hear(self, one: Happening) -> None:
        at, state = BEGIN + timedelta(seconds=one.at), f"ref-{one.inviter}" if one.inviter else ""
        event: Event = CustomerAdded(
            id="x", at=at, conversation="x", member=one.member, customer=one.invitee, state=state
        )
        if one.lost:
            event = CustomerLost(
                id="x", at=at, conversation="x", member=one.member, customer=one.invitee,
                by_customer=True, source=one.source,
            )  # fmt: skip
        await self.journal.write(Write(more=people.follow(event)))

    async def at(self, seconds: float) -> None:
        await self.clock.advance(max(0.0, seconds - self.clock.timestamp() + BEGIN.timestamp()))
        await self.counting.sweep()

    async def states(self) -> dict[tuple[str, str], tuple[str, str]]:
        rows = await self.database.rows("SELECT * FROM invitation")
        return {
            (row["inviter"], row["invitee"]): (InvitationState(row["state"]).name, row["reason"])
            for row in rows
        }

    async def rewards(self) -> list[tuple[str, str]]:
        text = "SELECT customer, slot FROM touch WHERE plan = 'referral:spring' ORDER BY 1, 2"
        return [(row["customer"], row["slot"]) for row in await self.database.rows(text)]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Campaign]:
    """With codes of A and B, called ref-A and ref-B."""
    (folder / "config").mkdir()
    (folder / "config/referral.toml").write_text(FILE, "utf-8")
    async with open_database(f"sqlite://{folder}/a.db") as connection:
        journal, database = Journal(connection), Database(connection)
        store, book, clock = ReferralStore(database), ReferralBook(folder), ManualClock(BEGIN)
        book.open()
        counting = Counting(
            store, book, journal, clock, ZONE, library=lambda: LIBRARY, staff=lambda: ["boss"]
        )
        async with background(journal.run):
            for inviter in "AB":
                await store.ask(f"ref-{inviter}", "spring", inviter, "", 0.0)
                await journal.write(Write(more=people.met(inviter)))
            yield Campaign(journal, database, store, counting, clock)


@pytest.fixture
async def campaign(tmp_path: Path) -> AsyncIterator[Campaign]:
    async with opened(tmp_path) as found:
        yield found


# ---- the model


def left_at(invitee: str, since: float, story: Sequence[Happening]) -> float | None:
    """When nobody had them any more for the first time."""
    had: set[str] = set()
    for one in story:
        if one.invitee == invitee:
            (had.discard if one.lost else had.add)(one.member)
            if one.lost and not had and one.at >= since:
                return one.at
    return None


def reference(
    story: Sequence[Happening], heard: Sequence[tuple[float, int, Happening]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """
    Args:
        heard: when each was heard of, in that order; after each it is looked at what is due.
    """
    adds = [one for one in story if not one.lost]
    brought: dict[tuple[str, str], float] = {}
    for one in adds:
        if one.inviter:
            brought.setdefault((one.inviter, one.invitee), one.at)
    found = {}
    for (inviter, invitee), at in brought.items():
        due = at + WAIT_H * HOUR
        judged = next((n for n, (when, *_) in enumerate(heard, 1) if when >= due), len(heard))
        known = {one for *_, one in heard[:judged]}  # who was rewarded by then stays so
        gone = left_at(invitee, at, [one for one in story if one in known])
        before = [
            then for (who, _), then in brought.items() if who == inviter and at - HOUR < then < at
        ]
        if any(one.invitee == invitee and one.at < at for one in adds):
            found[inviter, invitee] = ("REFUSED", "known")
        elif gone is not None and gone < due:
            found[inviter, invitee] = ("REFUSED", "left")
        elif len(before) >= PER_HOUR:
            found[inviter, invitee] = ("HELD", "burst")
        else:
            found[inviter, invitee] = ("COUNTS", "")
    return found


Drawn = tuple[int, str, str, str, bool, int]
ONE = st.tuples(
    st.integers(2, 50),  # minutes after the one before
    st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6"]),
    st.sampled_from(["liming", "wangfang"]),
    st.sampled_from(["A", "A", "A", "B", ""]),
    st.booleans() | st.just(False),
    st.integers(0, 40),  # minutes until we hear of it
)


@settings(max_examples=20, deadline=None)
@given(st.lists(ONE, min_size=1, max_size=14))
def test_whatever_comes_in_whatever_order_counts_as_in_the_model(told: list[Drawn]) -> None:
    asyncio.run(play(told))


async def play(told: list[Drawn]) -> None:
    story, heard, now = list[Happening](), list[tuple[float, int, Happening]](), 0.0
    last: dict[str, float] = {}
    for gap, invitee, member, inviter, lost, delay in told:
        now += gap * MINUTE
        one = Happening(now, invitee, member, inviter, lost)
        story.append(one)
        # What is told of one customer comes in its order.
        arrives = last[invitee] = max(last.get(invitee, 0.0), now + delay * MINUTE)
        heard.append((arrives, len(heard), one))
    with TemporaryDirectory() as folder:
        async with opened(Path(folder)) as campaign:
            for arrives, _, one in sorted(heard):
                await campaign.hear(one)
                await campaign.at(arrives)
            for hours in (1, 2, 3):
                await campaign.at(now + HOUR + hours * HOUR)
            states = await campaign.states()
            assert states == reference(story, sorted(heard))
            rewards = await campaign.rewards()
            assert len(set(rewards)) == len(rewards), "none twice"
            rows = await campaign.database.rows(
                "SELECT inviter FROM invitation WHERE state = 1 AND left_at IS NULL"
            )
            counts = Counter(row["inviter"] for row in rows)
            for inviter, number in counts.items():
                for step in (2, 5):
                    assert number < step or (inviter, str(step)) in rewards


# ---- single rules


async def brings(campaign: Campaign, *invitees: str, inviter: str = "A", at: float = 0.0) -> None:
    for number, invitee in enumerate(invitees):
        await campaign.hear(Happening(at + number * HOUR, invitee, "liming", inviter))


async def test_nobody_counts_who_is_no_new_customer(campaign: Campaign) -> None:
    journal = campaign.journal
    await brings(campaign, "A", "boss", "worker", "twin", "self2", "late", "friend")
    await journal.write(Write(more=people.tagged("worker", ["员工"], 0.0)))
    old = BEGIN.timestamp() - 86_400
    await journal.write(Write(more=people.contact("old", "liming", old)))
    for one, unionid in (("old", "u1"), ("twin", "u1"), ("A", "u2"), ("self2", "u2")):
        await journal.write(Write(more=people.described(one, unionid=unionid)))
    await campaign.hear(Happening(40 * 86_400, "late", "liming", "B"))
    await campaign.at(41 * 86_400)
    assert await campaign.states() == {
        ("A", "A"): ("REFUSED", "self"), ("A", "self2"): ("REFUSED", "self"),
        ("A", "boss"): ("REFUSED", "staff"), ("A", "worker"): ("REFUSED", "staff"),
        ("A", "twin"): ("REFUSED", "same"), ("B", "late"): ("REFUSED", "over"),
        ("A", "late"): ("COUNTS", ""), ("A", "friend"): ("COUNTS", ""),
    }  # fmt: skip


async def test_what_no_callback_told_is_made_good_when_customers_are_compared(
    campaign: Campaign,
) -> None:
    at = BEGIN.timestamp() + HOUR
    for told in (at + 1, at):  # WeCom tells it once more, a second earlier
        more = people.contact("p1", "liming", told, "ref-A")
        await campaign.journal.write(Write(more=more))
    await campaign.at(3 * HOUR)
    assert await campaign.states() == {("A", "p1"): ("COUNTS", "")}
    await campaign.journal.write(Write(more=people.lost("p1", "liming", at + 9 * HOUR)))
    rows = await campaign.database.rows("SELECT added_at, left_at FROM invitation")
    assert rows == [{"added_at": at, "left_at": at + 9 * HOUR}]


async def test_the_code_of_somebody_who_is_forgotten_is_nobodys(campaign: Campaign) -> None:
    await campaign.store.made("ref-A", "c1", "https://p", "d")
    await brings(campaign, "p1")
    await erase(campaign.database, "A", 0.0)
    await brings(campaign, "p2", at=HOUR)
    assert await campaign.states() == {}
    assert await campaign.store.code("spring", "A") is None
    (orphan,) = await campaign.store.orphans(9)
    assert (orphan.customer, orphan.config_id) == ("ref-A", "c1")
    await campaign.store.gone(orphan.state, 1.0)
    assert await campaign.store.orphans(9) == []


async def test_a_handed_over_friend_has_not_left(campaign: Campaign) -> None:
    await brings(campaign, "p1")
    await campaign.hear(Happening(HOUR, "p1", "liming", lost=True, source="DELETE_BY_TRANSFER"))
    await campaign.at(3 * HOUR)
    assert await campaign.states() == {("A", "p1"): ("WAITING", "")}
    await campaign.hear(Happening(3 * HOUR, "p1", "wangfang"))
    await campaign.at(4 * HOUR + 1)
    assert await campaign.states() == {("A", "p1"): ("COUNTS", "")}


async def test_what_comes_too_fast_waits_for_a_person(campaign: Campaign) -> None:
    for number in range(4):
        await campaign.hear(Happening(number * MINUTE, f"p{number}", "liming", "A"))
    await campaign.at(3 * MINUTE)
    rows = await campaign.database.rows("SELECT seq FROM invitation WHERE state = 3 ORDER BY seq")
    first, second = (row["seq"] for row in rows)
    store, now = campaign.store, campaign.clock.timestamp()
    assert await store.decide("spring", first, accept=True, who="boss", why="店庆", now=now)
    assert await store.decide("spring", second, accept=False, who="boss", why="小号", now=now)
    assert not await store.decide("spring", second, accept=True, who="boss", why="", now=now)
    await campaign.at(3 * HOUR)
    states = Counter((await campaign.states()).values())
    assert states == {("COUNTS", ""): 3, ("REFUSED", "burst"): 1}


async def test_a_reward_comes_once_whatever_happens_to_it(campaign: Campaign) -> None:
    """Also when a brake holds it, when it is paused, and when its touch is forgotten."""
    journal, database = campaign.journal, campaign.database
    now = campaign.clock.timestamp()
    await journal.write(Write(more=people.braked("A", now)))
    await brings(campaign, "p1", "p2")
    await campaign.at(4 * HOUR)
    assert await campaign.rewards() == [], "a complaint holds it"
    await PlanTable(database).steer("referral:spring", PlanState.PAUSED, "boss", now)
    await database.change("UPDATE customer SET braked_at = NULL")
    await campaign.at(5 * HOUR)
    assert await campaign.rewards() == [], "paused"
    await PlanTable(database).steer("referral:spring", PlanState.ACTIVE, "boss", now)
    for hours in (6, 7):
        await campaign.at(hours * HOUR)
        assert await campaign.rewards() == [("A", "2")]
    refused = "UPDATE touch SET state = 4, rule = $1, zh = $2, settled_at = 1 WHERE state <> 4"
    complaint, opt_out = mass_outcomes.BEFORE[:2]  # as a mass says it
    for hours, held, tries in ((8, complaint, "2.2"), (9, opt_out, "2.3")):
        await database.change(refused, held.rule, held.zh)
        await campaign.at(hours * HOUR)
        assert ("A", tries) in await campaign.rewards(), "when it was lifted"
    await database.change("UPDATE touch SET state = 2, settled_at = 9 WHERE slot = '2.3'")
    await campaign.at(10 * HOUR)
    await database.change("DELETE FROM touch")
    (row,) = await database.rows("SELECT seq, state, tries FROM referral_reward")
    assert (row["state"], row["tries"]) == (2, 3)
    assert not await campaign.store.want("spring", row["seq"]), "it was sent"
    await campaign.hear(Happening(11 * HOUR, "p1", "liming", lost=True))
    await campaign.at(12 * HOUR)
    assert await campaign.rewards() == []
    (left,) = await database.rows("SELECT left_at FROM invitation WHERE invitee = 'p1'")
    assert left["left_at"] == BEGIN.timestamp() + 11 * HOUR


@pytest.mark.parametrize("kind", BOTH)
async def test_both_databases_judge_reward_and_tell_alike(kind: str, tmp_path: Path) -> None:
    async with databases.opened(kind, tmp_path) as connection:
        database = Database(connection)
        store, views = ReferralStore(database), ReferralViews(database)
        for one, added in (("A", 1.0), ("p1", 5000.0), ("p2", 5000.0), ("p3", 5000.0)):
            await database.change(
                "INSERT INTO customer (id, name, tags, fetched_at, spread, added_at, friends) "
                "VALUES ($1, $3, '[]', 0, 0, $2, 1)", one, added, one,
            )  # fmt: skip
        await store.ask("ref-A", "spring", "A", "", 1.0)
        await store.made("ref-A", "c1", "https://p", "d")
        for number in (1, 2, 3):
            await database.change(
                "INSERT INTO invitation (campaign, code, inviter, invitee, member, added_at, "
                "due_at) VALUES ('spring', 'ref-A', 'A', $1, 'liming', $2, $2)",
                f"p{number}", 5000.0 + number,
            )  # fmt: skip
        due = await store.due("spring", 6000.0, 9)
        assert [(one.invitee, one.earlier, one.known) for _, one in due] == [
            ("p1", 0, False), ("p2", 1, False), ("p3", 2, False),
        ]  # fmt: skip
        first, second, third = (seq for seq, _ in due)
        counts, held = Verdict(InvitationState.COUNTS), Verdict(InvitationState.HELD, "burst")
        await store.judged([(first, counts), (second, counts), (third, held)], 6000.0)
        assert [row["invitee"] for row in await views.held("spring", 9)] == ["p3"]
        assert await store.decide("spring", third, accept=False, who="boss", why="x", now=1.0)
        assert [await store.reached("spring", 2, 7.0) for _ in range(2)] == [1, 0]
        (ripe,) = await store.ripe("spring", 9)
        assert (ripe.inviter, ripe.step, ripe.tries) == ("A", 2, 0)
        await store.follow()
        assert not await store.want("spring", ripe.seq)
        assert not await store.paused("referral:spring")
        numbers = (await views.numbers())["spring"]
        assert (numbers.codes, numbers.invited, numbers.counts, numbers.due) == (1, 3, 2, 1)
        assert numbers.refused == {"burst": 1}
        (best,) = await views.ranking("spring", 5)
        assert (best["name"], best["counts"], best["refused"]) == ("A", 2, 1)
        assert [bool(one["rewarded"]) for one in await views.page("spring", 9)] == [False] * 3
        assert [one["step"] for one in await views.rewards("spring", 9)] == [2]
        by = await views.invited_by("p1")
        assert by is not None
        assert (by["inviter"], by["state"]) == ("A", 1)
        own = (await views.own("A"))["spring"]
        assert (own.link, own.invited, own.counts, own.waiting) == ("https://p", 3, 2, 0)
        assert [one.state for one in await store.outdated("spring", "other", 9)] == ["ref-A"]
        assert len(await store.standing("spring", 9)) == await store.number("spring") == 1
        assert (await store.wishes(9), await views.paused()) == ([], {})


def test_mistakes_in_the_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    wrong = (
        FILE.replace("2026-03-31", "2026-02-01").replace("5,", "2,")
        + '[referral.no-good]\ntitle = "x"\n'
    )
    (tmp_path / "config/referral.toml").write_text(wrong, "utf-8")
    complaints: list[Complaint] = []
    assert read_referral(tmp_path, complaints) == {}
    keys = [one.key for one in complaints]
    assert keys == [
        "referral.spring.until", "referral.spring.thresholds", "referral.no-good",
    ]  # fmt: skip
    (tmp_path / "config/referral.toml").write_text(FILE, "utf-8")
    complaints.clear()
    (spring,) = read_referral(tmp_path, complaints, ["faq/ship_when"]).values()
    assert [one.key for one in complaints] == ["referral.spring.thresholds[1].script"]
    assert spring.runs(date(2026, 3, 31))
    assert len(spring.new_state()) <= 30
