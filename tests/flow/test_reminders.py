"""Reminders in staff's own words: understood, shown on time, ticked off, put off, repeated."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.errors import BotError
from bot.events import ReminderDue
from bot.plans.dry_run import Filed
from bot.profile.fields import Consent, FieldRule, Source
from bot.store.customers.fields import Fields
from bot.store.desk.reminders import Reminder
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.store.states import ReminderState
from bot.touch.calendar import Calendar
from bot.touch.phrases import Moment
from bot.touch.reminders import Draft, Reminders
from tests.databases import BOTH, opened
from tests.starter import LIBRARY

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
CALENDAR = Calendar()
CUSTOMER = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, friends, birthday)
    VALUES ($1, '小满', '[]', 1, 0, '', $2, 1, $3)"""


class Desk(NamedTuple):
    reminders: Reminders
    clock: ManualClock
    inbox: Filed
    journal: Journal
    database: Database
    rules: dict[str, FieldRule]  # of fields, in force

    async def told(self) -> list[str]:
        """What is told by now, once more and once more."""
        await self.reminders.tell(self.inbox, self.journal)
        assert await self.reminders.tell(self.inbox, self.journal) == 0
        events, self.inbox.events = self.inbox.events, []
        return [
            f"{one.member} {one.words or one.script}"
            for one in events
            if isinstance(one, ReminderDue)
        ]


@pytest.fixture(params=BOTH)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    async with opened(request.param, tmp_path_factory.mktemp("reminders")) as connection:
        database, clock = Database(connection), ManualClock(START)
        await database.rows(CUSTOMER, "wm1", "liming", "03-20")
        await database.rows(CUSTOMER, "wm2", "", "")
        rules: dict[str, FieldRule] = {}
        service = Reminders(
            database, clock, ZONE, calendar=lambda: CALENDAR, library=lambda: LIBRARY,
            fields=lambda: rules,
        )  # fmt: skip
        yield Desk(service, clock, Filed(), Journal(connection), database, rules)


def draft(when: str, customer: str = "wm1", **more: str) -> Draft:
    words = "" if more.get("script") else more.pop("words", "问问奶粉")
    return Draft(
        customer=customer, when=when, who="王芳", words=words, member=more.get("member", ""),
        script=more.get("script", ""),
        to="customer" if more.get("to") == "customer" else "member",
    )  # fmt: skip


def local(one: Reminder) -> str:
    return f"{datetime.fromtimestamp(one.due_at, ZONE):%m-%d %H:%M}"


async def test_it_is_told_at_its_time_and_stays_until_it_is_done(desk: Desk) -> None:
    meaning = desk.reminders.understand("明天下午三点")
    assert isinstance(meaning, Moment)
    made = await desk.reminders.create(draft("明天下午三点"))
    assert made.due_at == meaning.at.timestamp()
    assert (local(made), made.member, made.zh) == ("03-11 15:00", "liming", meaning.zh)
    assert await desk.told() == []
    assert [one.id for one in await desk.reminders.coming("liming")] == [made.id]
    await desk.clock.advance(29 * 3600)
    assert await desk.told() == ["liming 问问奶粉"]
    assert [one.id for one in await desk.reminders.due("liming")] == [made.id]
    assert await desk.reminders.due("wangfang") == await desk.reminders.coming() == []
    ended = await desk.reminders.done(made.id, "李明")
    assert (ended.state, ended.ended_by) == (ReminderState.DONE, "李明")
    assert await desk.reminders.due() == []
    with pytest.raises(BotError, match="it has ended"):
        await desk.reminders.done(made.id, "李明")


async def test_one_that_is_put_off_is_told_again(desk: Desk) -> None:
    made = await desk.reminders.create(draft("半小时后"))
    await desk.clock.advance(1800)
    assert len(await desk.told()) == 1
    assert local(await desk.reminders.later(made.id, "明天上午9点")) == "03-11 09:00"
    assert await desk.reminders.due() == []
    await desk.clock.advance(23 * 3600)
    assert len(await desk.told()) == 1
    dropped = await desk.reminders.drop(made.id, "李明")
    assert dropped.state is ReminderState.DROPPED


async def test_what_recurs_comes_again_done_or_not(desk: Desk) -> None:
    made = await desk.reminders.create(draft("每月1号"))
    assert local(made).startswith("04-01")
    await desk.clock.advance(22 * 86_400)
    assert len(await desk.told()) == 1
    again = await desk.reminders.done(made.id, "李明")
    assert local(again).startswith("05-01")
    assert again.state is ReminderState.OPEN
    await desk.clock.advance(31 * 86_400)
    assert len(await desk.told()) == 1
    await desk.clock.advance(31 * 86_400)  # nobody has ticked it off: 1 June all the same
    assert len(await desk.told()) == 1
    [one] = await desk.reminders.due()
    assert local(one).startswith("06-01")


async def test_a_birthday_is_the_customer_s(desk: Desk) -> None:
    made = await desk.reminders.create(draft("每年生日前三天"))
    assert local(made).startswith("03-17")
    with pytest.raises(BotError, match="birthday is not known"):
        await desk.reminders.create(draft("每年生日前三天", "wm2", member="liming"))


async def test_a_birthday_without_consent_is_not_used(desk: Desk) -> None:
    rule = FieldRule(id="birthday", title="生日", kind="birthday", consent=True, purpose="祝福")
    desk.rules["birthday"] = rule
    with pytest.raises(BotError, match="have not agreed"):
        await desk.reminders.create(draft("每年生日前三天"))
    fields = Fields(desk.database)
    await fields.put("wm1", "birthday", "03-20", Source.MEMBER, "liming", 1.0)
    await fields.agree("wm1", "birthday", Consent.GIVEN, "祝福", "liming", 1.0)
    assert local(await desk.reminders.create(draft("每年生日前三天"))).startswith("03-17")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (draft("改天吧"), "is not understood"),
        (draft("明天下午三点", "wm9"), "nobody has heard of"),
        (draft("明天下午三点", "wm2"), "name the member"),
        (draft("明天下午三点", script="care/nothing"), "there is no script"),
        (draft("明天下午三点", words=" "), "one of both"),
        (draft("明天下午三点", to="customer"), "has to be a script"),
        (draft("明天下午三点", words="好" * 1001), "at most 1000"),
    ],
)
async def test_what_cannot_be_kept_is_told(desk: Desk, wrong: Draft, told: str) -> None:
    with pytest.raises(BotError, match=told):
        await desk.reminders.create(wrong)
