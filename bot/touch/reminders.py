"""Reminders that staff set: when, in their own words; about whom; and what to say then.

When its time comes, a reminder becomes a to-do of the member, with the customer and the words
ready; or it goes to the customer, if and when the rules of touches allow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import orjson

from bot.clock import Clock, moment
from bot.errors import Declined, nobody
from bot.events import ReminderDue
from bot.inbox import EventSink
from bot.outbox import todo_of
from bot.profile.fields import BIRTHDAY, Consent, FieldRule
from bot.scripts.library import Library
from bot.scripts.wording import words_of
from bot.store.customers.fields import consents_of
from bot.store.customers.people import planned
from bot.store.desk.reminders import Reminder, ReminderTable
from bot.store.journal import Write, Writes
from bot.store.sql import Database
from bot.store.states import ReminderState
from bot.touch.calendar import Calendar
from bot.touch.phrases import Meaning, Moment, Recurrence, Unclear, understand
from bot.touch.phrases.following import following
from bot.touch.touch import Receiver, Scenario, Touch

BATCH = 200
LONGEST = 1000  # characters of free words
WORTH = timedelta(days=2)  # to a customer: what could not be sent by then is dropped
PLAN = "reminder:"  # touch.plan of what goes to customers, before the id
EVER = 1e18


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person wants to be reminded of."""

    customer: str  # external_userid
    when: str  # in their words
    member: str = ""  # userid; "" = who talked to the customer last
    script: str = ""  # an id…
    words: str = ""  # …or free words
    to: Receiver = "member"
    who: str  # makes it
    why: str = ""  # of a note, or a to-do that is put off: the words are for the member


class Reminders:
    """Used by the command and the sidebar.

    Args:
        zone: in which times are meant.
        calendar, library, fields: those in force.
        called: what a member is called, by userid.
    """

    def __init__(
        self, database: Database, clock: Clock, zone: ZoneInfo, *,
        calendar: Callable[[], Calendar], library: Callable[[], Library],
        fields: Callable[[], Mapping[str, FieldRule]] = dict,
        called: Callable[[str], str] = str,
    ) -> None:  # fmt: skip
        self._fields, self._database = fields, database
        self._table, self._clock, self._zone = ReminderTable(database), clock, zone
        self._calendar, self._library, self._called = calendar, library, called

    def understand(self, text: str) -> Meaning:
        """What is meant, written out in both languages with what was assumed, to be shown before
        it is saved."""
        return understand(text, now=self._clock.now(), zone=self._zone, calendar=self._calendar())

    async def create(self, draft: Draft) -> Reminder:
        """
        Raises:
            BotError: it cannot be understood, or is not complete.
        """
        reminder = await self.ready(draft)
        await self._table.put(reminder)
        return reminder

    async def ready(self, draft: Draft) -> Reminder:
        """The reminder as `create` would save it, or its refusal."""
        meaning = self._meant(draft.when)
        facts = await self._table.facts(draft.customer)
        if facts is None:
            raise nobody(draft.customer)
        serves, birthday = facts[1], await self._birthday(draft.customer, facts[2])
        self._check(draft)
        member = draft.member or serves
        if not member:
            raise Declined(
                "这位客户没有人负责：请写由哪位同事来",
                "name the member: nobody serves this customer",
            )
        now = self._clock.now()
        at = meaning.at if isinstance(meaning, Moment) else self._next(meaning, now, birthday)
        if at is None and facts[2]:
            raise Declined(
                "客户还没同意用生日：同意了先记在客户信息里",
                "they have not agreed that their birthday is used: keep their consent first",
            )
        if at is None:
            raise Declined(
                "不知道这位客户的生日：先在客户资料里填上", "their birthday is not known"
            )
        return Reminder(
            id=uuid4().hex[:12], customer=draft.customer, member=member, receiver=draft.to,
            script=draft.script, words=draft.words.strip(), zh=meaning.zh, en=meaning.en,
            again="" if isinstance(meaning, Moment) else _again(meaning),
            due_at=at.timestamp(), created_at=now.timestamp(), who=draft.who, why=draft.why,
        )  # fmt: skip

    async def due(self, member: str = "", *, customer: str = "") -> list[Reminder]:
        """Those whose time has come and that are not done; of everybody where `member` is ""."""
        now = self._clock.timestamp()
        return await self._table.open(member, customer, -1.0, now)

    async def coming(self, member: str = "", *, customer: str = "") -> list[Reminder]:
        now = self._clock.timestamp()
        return await self._table.open(member, customer, now, EVER)

    async def find(self, reminder: str) -> Reminder | None:
        return await self._table.get(reminder)

    async def done(self, reminder: str, who: str) -> Reminder:
        """Tick it off; one that recurs comes again. Returns the reminder as it is then.

        Raises:
            BotError: there is none of this id, or it has ended.
        """
        one = await self._open(reminder)
        now = self._clock.now()
        if one.again:
            after = max(now, moment(one.due_at))
            if (at := await self._anew(one, after)) is not None:
                await self._table.tell(one, at.timestamp(), None, None)
                return await self._known(reminder)
        await self._table.end(one.id, ReminderState.DONE, now.timestamp(), who)
        return await self._known(reminder)

    async def undo(self, reminder: str) -> None:
        """It was ticked off by mistake: it is due as before."""
        await self._table.reopen(reminder)

    async def later(self, reminder: str, when: str) -> Reminder:
        """Put it off to one moment.

        Raises:
            BotError: it is none, or there is no such reminder.
        """
        one, meaning = await self._open(reminder), self._meant(when)
        if not isinstance(meaning, Moment):
            raise Declined(
                f"{when!r}：请写一个时刻，例如明天下午三点",
                f"{when!r}: write one moment, as in 明天下午三点",
            )
        zh, en = (one.zh, one.en) if one.again else (meaning.zh, meaning.en)
        await self._table.move(one.id, meaning.at.timestamp(), zh, en)
        return await self._known(reminder)

    async def drop(self, reminder: str, who: str) -> Reminder:
        """End it for good.

        Raises:
            BotError: there is none of this id, or it has ended.
        """
        one = await self._open(reminder)
        await self._table.end(one.id, ReminderState.DROPPED, self._clock.timestamp(), who)
        return await self._known(reminder)

    async def tell(self, inbox: EventSink, journal: Writes) -> int:
        """Send those on their way whose time has come; doing it twice repeats nothing.

        Returns:
            How many there were.
        """
        now = self._clock.now()
        ripe = await self._table.ripe(now.timestamp(), BATCH)
        due = [await self._due(one, now) for one in ripe]
        to_members = [self._event(one, at, now) for one, at, _ in due if one.receiver == "member"]
        if to_members:
            await inbox.put(to_members)
        if touches := [self._touch(one, at) for one, at, _ in due if one.receiver != "member"]:
            await journal.write(Write(more=planned(touches)))
        for one, at, then in due:
            if one.receiver == "member":
                await self._table.tell(one, at, then, now.timestamp())
            elif then is not None:
                await self._table.tell(one, then, None, None)
            else:
                await self._table.end(one.id, ReminderState.DONE, now.timestamp(), "")
        return len(ripe)

    # ---- inside

    async def _due(self, one: Reminder, now: datetime) -> tuple[Reminder, float, float | None]:
        """Its moment, the latest of those that are over; and the next one, if it recurs."""
        at = one.due_at if one.told_at is None or one.next_at is None else one.next_at
        then = await self._anew(one, max(now, moment(at))) if one.again else None
        return one, at, then.timestamp() if then else None

    def _event(self, one: Reminder, at: float, now: datetime) -> ReminderDue:
        return ReminderDue(
            id=_told_by(one.id, at), at=now,
            conversation=f"contact:{one.member}:{one.customer}", customer=one.customer,
            member=one.member, script=one.script, words=one.words,
            who="" if one.who == one.member else self._called(one.who), why=one.why,
        )  # fmt: skip

    def _touch(self, one: Reminder, at: float) -> Touch:
        library, due = self._library(), moment(at)
        words = words_of(library[one.script]) if one.script in library else ""
        return Touch(
            plan=f"{PLAN}{one.id}", slot=f"{at:.0f}", customer=one.customer,
            scenario=Scenario.REMINDER, script=one.script, words=words, member=one.member,
            due_at=due, deadline=due + WORTH,
        )  # fmt: skip

    def _meant(self, text: str) -> Moment | Recurrence:
        meaning = self.understand(text)
        if isinstance(meaning, Unclear):
            raise Declined(meaning.zh, meaning.en)
        return meaning

    def _check(self, draft: Draft) -> None:
        library, words = self._library(), draft.words.strip()
        if bool(draft.script) == bool(words):
            raise Declined(
                "话术和自己写的话，要选一样，也只能选一样",
                "give a script or words of your own, one of both",
            )
        if draft.script and draft.script not in library:
            raise Declined(
                f"没有这条话术：{draft.script!r}", f"there is no script {draft.script!r}"
            )
        if len(words) > LONGEST:
            raise Declined(f"最多 {LONGEST} 个字", f"at most {LONGEST} characters")
        if draft.to == "customer" and not draft.script:
            raise Declined(
                "直接发给客户的只能选话术", "what goes to a customer has to be a script"
            )

    async def _anew(self, one: Reminder, after: datetime) -> datetime | None:
        facts = await self._table.facts(one.customer)
        birthday = await self._birthday(one.customer, facts[2]) if facts else ""
        rule = orjson.loads(one.again)
        return following(
            rule["fields"], rule["occasion"], rule["days"], after=after, zone=self._zone,
            calendar=self._calendar(), birthday=birthday,
        )  # fmt: skip

    async def _birthday(self, customer: str, birthday: str) -> str:
        """ "" where they have not agreed that it is used, and have to."""
        rule = self._fields().get(BIRTHDAY)
        if not birthday or rule is None or not rule.consent:
            return birthday
        known = await consents_of(self._database, [customer])
        return birthday if known.get((customer, BIRTHDAY)) is Consent.GIVEN else ""

    def _next(self, meaning: Recurrence, after: datetime, birthday: str) -> datetime | None:
        return following(
            meaning.fields, meaning.occasion, meaning.days, after=after, zone=self._zone,
            calendar=self._calendar(), birthday=birthday,
        )  # fmt: skip

    async def _open(self, reminder: str) -> Reminder:
        one = await self._known(reminder)
        if one.state is not ReminderState.OPEN:
            raise Declined("这条提醒已经结束了，请刷新", f"{reminder}: it has ended")
        return one

    async def _known(self, reminder: str) -> Reminder:
        one = await self._table.get(reminder)
        if one is None:
            raise Declined(
                f"没有这条提醒，可能已被删除：{reminder!r}", f"there is no reminder {reminder!r}"
            )
        return one


def todo_by(one: Reminder) -> str:
    """The id of the to-do by which its member was told last; there is none before that."""
    return todo_of(_told_by(one.id, one.due_at))


def _told_by(reminder: str, at: float) -> str:
    """The id of the event."""
    return f"reminder:{reminder}:{at:.0f}"


def _again(meaning: Recurrence) -> str:
    rule = {"fields": meaning.fields, "occasion": meaning.occasion, "days": meaning.days}
    return orjson.dumps(rule).decode()
