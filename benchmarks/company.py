"""A mock company whose people keep asking, and the count of what each of them heard."""

import asyncio
import random
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.envelopes import AES_KEY, AGENT, APP_PATH, CORP, SECRET, TOKEN
from benchmarks.workspace import examples
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.store.database import open_database
from bot.store.models import EventState, MessageState
from bot.store.sql import Database

PATIENCE_S = 60.0
PEOPLE = 60  # who write on one channel at the same time
ACCOUNT, SERVICER = "wkBench", "liming"
SCRIPTS = 20  # each asks every question once, so that an answer tells which one it answers
SENDS = {
    "kf": "kf/send_msg",
    "app": "message/send",
    "contact": "externalcontact/send_welcome_msg",
}
Asked = tuple[str, str, int]  # channel, person, number of the question; -1 stands for a welcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The books, when everything is over. Empty where nothing went wrong."""

    asked: Counter[str]  # by channel
    lost: tuple[Asked, ...]  # neither answered nor listed for a person
    twice: tuple[Asked, ...]
    overtaken: tuple[str, ...]  # customers of 微信客服 who were answered in another order
    doubtful: tuple[Asked, ...]  # listed in the table as such
    arrived: int  # so many of them were heard
    for_people: tuple[str, ...]  # customers whose welcome became a to-do
    too_late: int  # so many of them came in when their code was good for nothing any more
    refused: tuple[Asked, ...]  # beyond WeCom's five of a long outage: a person is told
    unfinished: int  # events and messages that are still to be dealt with
    misuse: tuple[str, ...]  # what WeCom would not understand


class Company:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.corp = MockCorp(CORP, clock=SystemClock(), seed=seed)
        self.corp.add_app(AGENT, SECRET)
        self.corp.add_member(SERVICER, "李明")
        self.corp.add_kf_account(ACCOUNT, "小助手", [SERVICER])
        # A callback that nobody accepts comes again until somebody does.
        self.corp.rules.set("push_retries", 1000)
        self.corp.rules.set("push_retry_gap_s", 1)
        self._asked: dict[str, dict[str, int]] = {"kf": {}, "app": {}, "contact": {}}
        self._added: dict[str, float] = {}  # customers, with the moment at which they were
        self._events: dict[str, Asked] = {}  # by our event id, where the mock tells it
        self._waiting: dict[str, deque[str]] = {"kf": deque(), "app": deque()}
        self._texts = examples(SCRIPTS)

    def listen(self, url: str) -> None:
        self.corp.set_callback("app", url + APP_PATH, TOKEN, AES_KEY)

    async def somebody_acts(self) -> None:
        """A question to 微信客服 or to the app, or a new customer."""
        match self._random.choice(("kf", "app", "contact")):
            case "kf":
                customer, number = self._turn("kf")
                item = await self.corp.customer_writes_kf(customer, ACCOUNT, self._texts[number])
                self._events[f"kf:{item}"] = ("kf", customer, number)
            case "app":
                member, number = self._turn("app")
                msgid = await self.corp.member_writes_app(member, AGENT, self._texts[number])
                self._events[f"app:{msgid}"] = ("app", member, number)
            case _:
                customer = self.corp.add_customer()
                self._asked["contact"][customer] = 0
                self._added[customer] = self.corp.timestamp()
                await self.corp.customer_adds_member(customer, SERVICER)

    def _turn(self, channel: str) -> tuple[str, int]:
        """Who asks next, and the number of their question."""
        people = self._waiting[channel]
        # They take turns: in an outage hardly anybody asks more than the five questions that
        # WeCom lets us answer.
        person = people.popleft() if len(people) == PEOPLE else self._newcomer(channel)
        number = self._asked[channel].get(person, -1) + 1
        self._asked[channel][person] = number
        if number < SCRIPTS - 1:
            people.append(person)
        return person, number

    def _newcomer(self, channel: str) -> str:
        if channel == "kf":
            return self.corp.add_customer()
        member = f"member{len(self.corp.members)}"
        self.corp.add_member(member, "同事")
        return member

    async def settled(self, database: str) -> None:
        """Wait until nobody waits for an answer; give up after a while."""
        await self.somebody_acts()  # 微信客服 tells of what is new, and so of what was missed
        await self.until(database, lambda books: not books.lost and not books.unfinished)

    async def until(self, database: str, holds: Callable[[Account], bool]) -> None:
        for _ in range(int(PATIENCE_S / 0.2)):
            await asyncio.sleep(0.2)
            if holds(await self.account(database)):
                return

    async def account(self, database: str) -> Account:
        """
        Args:
            database: its URL.
        """
        heard = self._heard()
        times = Counter(heard)
        books = await asyncio.to_thread(asyncio.run, _books(database))
        doubtful = tuple(self._events[row] for (row,) in books["doubtful"] if row in self._events)
        todos = {customer for (customer,) in books["todos"]}
        for_people = {("contact", customer, -1) for customer in todos & self._added.keys()}
        refused = tuple(
            one
            for (row,) in books["dead"]
            if (one := self._events.get(row)) and one[0] == "kf" and one[1] in todos
        )
        excused = for_people.union(doubtful, refused)
        return Account(
            asked=Counter(channel for channel, _, _ in self._expected()),
            lost=tuple(one for one in self._expected() if not times[one] and one not in excused),
            twice=tuple(one for one, count in times.items() if count > 1),
            overtaken=tuple(self._overtaken(heard)),
            doubtful=doubtful,
            arrived=sum(times[one] > 0 for one in doubtful),
            too_late=sum(self._came_too_late(*row) for row in books["added"]),
            for_people=tuple(customer for _, customer, _ in for_people),
            refused=refused,
            unfinished=len(books["events"]) + len(books["messages"]),
            misuse=tuple(f"{one.api}: {one.problem}" for one in self.corp.refusals),
        )

    def _came_too_late(self, conversation: str, received_at: float) -> bool:
        added_at = self._added[conversation.rpartition(":")[2]]
        return received_at - added_at > self.corp.rules["welcome_code_s"]

    def _expected(self) -> Iterable[Asked]:
        for channel, people in self._asked.items():
            for person, last in people.items():
                if channel == "contact":
                    yield channel, person, -1
                else:
                    yield from ((channel, person, number) for number in range(last + 1))

    def _heard(self) -> list[Asked]:
        return [
            (one.channel, one.to, int(found[1]) if found else -1)
            for one in self.corp.deliveries
            for found in [re.search(r"答复 (\d+)", one.text)]
            if one.api in SENDS.values() and one.to != SERVICER
        ]

    def _overtaken(self, heard: Iterable[Asked]) -> Iterable[str]:
        answers: dict[str, list[int]] = defaultdict(list)
        for channel, person, number in heard:
            if channel == "kf":
                answers[person].append(number)
        return (person for person, numbers in answers.items() if numbers != sorted(numbers))


BOOKS = {
    "doubtful": f"SELECT event_id FROM message WHERE state = {MessageState.DOUBTFUL:d}",
    "dead": f"SELECT event_id FROM message WHERE state = {MessageState.DEAD:d}",
    "todos": "SELECT customer FROM todo",
    "added": "SELECT conversation, received_at FROM event WHERE kind = 'CustomerAdded'",
    "events": f"SELECT id FROM event WHERE state = {EventState.WAITING:d}",
    "messages": f"SELECT id FROM message WHERE state <= {MessageState.CLAIMED:d}",
}


async def _books(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What the database says, by what is asked for there."""
    async with open_database(url) as connection:
        return {
            name: [tuple(row.values()) for row in await Database(connection).rows(text)]
            for name, text in BOOKS.items()
        }
