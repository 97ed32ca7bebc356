"""Many customers at the mock, what happens to them by chance, and whether we know all of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault

Rows = Callable[[str], Awaitable[list[dict[str, Any]]]]
Truth = dict[tuple[str, str], frozenset[str]]  # (customer, member) → names of tags
TAGS = ("高", "中", "低", "宝妈", "门店")


@dataclass(slots=True)
class Crowd:
    """One in ten customers has two members, one in three has a tag."""

    corp: MockCorp
    random: Random = field(default_factory=lambda: Random(3))
    tags: list[str] = field(default_factory=list)  # ids
    members: list[str] = field(default_factory=list)
    lost: set[tuple[str, str, str]] = field(default_factory=set)  # of which no callback came
    touched: set[str] = field(default_factory=set)  # customers that something happened to

    async def gather(self, customers: int, members: int) -> None:
        for number in range(members):
            self.members.append(f"seller{number:03}")
            self.corp.add_member(self.members[-1], f"导购{number}")
        self.tags = [await self.corp.console_adds_tag("标签", name) for name in TAGS]
        for number in range(customers):
            await self._comes(number)

    async def _comes(self, number: int, state: str = "shop") -> str:
        one = f"wm{number:06}"
        self.corp.add_customer(one, f"客户{number}")
        some = self.random.sample(self.members, 2 if number % 10 == 0 else 1)
        for member in some:
            await self.corp.customer_adds_member(one, member, state=state, welcome=False)
            if number % 3 == 0:
                await self.corp.member_tags_customer(one, member, add=self._some_tags())
        return one

    def _some_tags(self) -> list[str]:
        return self.random.sample(self.tags, 2)

    async def live(self, changes: int, lost: float) -> None:
        """So many customers get, lose or retag a member; a share of the callbacks is lost."""
        pairs = sorted(self.corp.contacts.relations)
        for member, customer in self.random.sample(pairs, changes):
            if customer in self.touched:
                continue
            self.touched.add(customer)
            silent = self.random.random() < lost
            if silent:
                self.corp.faults.add(Fault(api="callback", drop=True))
            kind = await self._happens(customer, member)
            self.corp.faults.clear()
            if silent:
                self.lost.add(kind)

    async def _happens(self, customer: str, member: str) -> tuple[str, str, str]:
        relation = self.corp.contacts.relations[member, customer]
        match self.random.choice(("remove", "tag", "add")):
            case "remove":
                await self.corp.member_removes_customer(customer, member)
                return customer, member, "lost"
            case "tag":
                new = [tag for tag in self.tags if tag not in relation.tags][:1]
                old = relation.tags[:1]
                await self.corp.member_tags_customer(customer, member, add=new, remove=old)
                return customer, member, "tags"
        others = [
            one for one in self.members if (one, customer) not in self.corp.contacts.relations
        ]
        other = self.random.choice(others)
        await self.corp.customer_adds_member(customer, other, welcome=False)
        return customer, other, "added"

    def truth(self) -> Truth:
        names = self.corp.tags.named()
        return {
            (customer, member): frozenset(names[tag][1] for tag in relation.tags)
            for (member, customer), relation in self.corp.contacts.relations.items()
        }


async def known(rows: Rows) -> Truth:
    """What the bot has of it. (It has heard of all tags, so none is NULL.)"""
    found = await rows("SELECT customer, member, tags FROM contact WHERE lost_at IS NULL")
    return {
        (row["customer"], row["member"]): frozenset(orjson.loads(row["tags"])) for row in found
    }


async def bears(rows: Rows) -> dict[str, frozenset[str]]:
    """Who has which tags, as scripts and plans see it; customers without tags are left out."""
    found = await rows("SELECT id, tags FROM customer WHERE tags <> '[]' AND friends > 0")
    return {row["id"]: frozenset(orjson.loads(row["tags"])) for row in found}


def borne(truth: Truth) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for (customer, _), tags in truth.items():
        if tags:
            found[customer] = found.get(customer, frozenset()) | tags
    return found


async def finds(rows: Rows, round_: int) -> set[tuple[str, str, str]]:
    found = await rows(
        f"SELECT customer, member, kind FROM sync_find WHERE round = {round_} AND kind <> 'missed'"
    )
    return {(row["customer"], row["member"], row["kind"]) for row in found}
