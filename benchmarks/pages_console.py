"""The console's lists: a page of customers, wherever it lies and whatever is asked for."""

import re
from collections.abc import Iterator, Sequence
from html import unescape

from aiohttp import ClientSession, DummyCookieJar

from benchmarks.figures import Figure, below, percentile, plain
from benchmarks.pages_sidebar import get
from benchmarks.workspace import ENVIRON, workspace
from bot.app import Assistant, assistant
from bot.settings import Settings
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.plans.spread import spread_of
from bot.store.sql import Database, given
from bot.web.session import COOKIE, Session

SIZES = (1_000, 10_000, 100_000)
PAGE_MS = 50
TIMES = 20
MEMBERS = 100
AT_ONCE = 5_000
CUSTOMERS = """
INSERT INTO customer (id, name, tags, fetched_at, member, added_at, friends, spread)
SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT), '["VIP"]', 1.0,
       CAST(value ->> 2 AS TEXT), CAST(value ->> 3 AS DOUBLE PRECISION), 1,
       CAST(value ->> 4 AS INTEGER) FROM given($1)"""
CONTACTS = """
INSERT INTO contact (customer, member, added_at)
SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 2 AS TEXT),
       CAST(value ->> 3 AS DOUBLE PRECISION) FROM given($1)"""
TAGS = """
INSERT INTO customer_tag (tag, customer)
SELECT 'VIP', CAST(value ->> 0 AS TEXT) FROM given($1)
WHERE CAST(value ->> 4 AS INTEGER) % 20 = 0"""
NEXT = re.compile(r'class="pager"><a class="button" href="(\?[^"]+)"')


async def figures() -> Sequence[Figure]:
    found: list[Figure] = []
    for customers in SIZES:
        with workspace("http://127.0.0.1:9") as root:
            async with assistant(Settings.load(root, ENVIRON), ticks=False) as bot:
                await fill(bot.office.database, customers)
                found += await listed(bot, customers)
    return found


def rows(customers: int) -> Iterator[tuple[object, ...]]:
    for number in range(customers):
        one = f"wm{number * 7919 % 1_000_003:07}"
        yield one, f"客户{number}", f"member{number % MEMBERS}", 1e9 + number, spread_of(one)


async def fill(database: Database, customers: int) -> None:
    everybody = [*rows(customers)]
    for start in range(0, customers, AT_ONCE):
        some = given(everybody[start : start + AT_ONCE])
        for statement in (CUSTOMERS, CONTACTS, TAGS):
            await database.change(statement, some)


async def listed(bot: Assistant, customers: int) -> list[Figure]:
    """As an operator, who sees all; and as a member, who sees a hundredth."""
    slowest: list[float] = []
    async with browser(bot, "boss", Role.OPERATOR) as http:
        first = "/console/customers"
        page = (await get(bot, http, first))[1]
        deep = first
        for _ in range(3):  # the next page, and the next
            following = NEXT.search(page.decode())
            assert following is not None
            deep = first + unescape(following[1])
            page = (await get(bot, http, deep))[1]
        nobody = f"{first}?words=王二麻子"  # most searches find a few, or none
        middle = f"{first}?at={1e9 + customers // 2}&id=wm0"
        for path in (first, deep, middle, f"{first}?tag=VIP", f"{first}?words=客户77", nobody):
            slowest.append(percentile(await timed(bot, http, path), 0.95))
    async with browser(bot, "member7", Role.MEMBER) as http:
        slowest.append(percentile(await timed(bot, http, "/console/customers"), 0.95))
    name = f"a page of {customers:,} customers, the slowest of seven kinds, p95"
    if customers == max(SIZES):
        return [below(name, max(slowest), "ms", PAGE_MS)]
    return [plain(name, max(slowest), "ms")]


def browser(bot: Assistant, who: str, role: Role) -> "Browser":
    return Browser(bot, Staff(id=who, name=who, role=role, leader="", active=True, sight=()))


class Browser:
    """Of somebody who is logged in."""

    def __init__(self, bot: Assistant, person: Staff) -> None:
        self._bot, self._person = bot, person

    async def __aenter__(self) -> ClientSession:
        office, now = self._bot.office, self._bot.office.clock.timestamp()
        await staff.put(office.database, self._person, now)
        sealed = office.seal.close(Session(who=self._person.id, began_at=now))
        self._http = ClientSession(
            cookie_jar=DummyCookieJar(), headers={"Cookie": f"{COOKIE}={sealed}"}
        )
        return await self._http.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()


async def timed(bot: Assistant, http: ClientSession, path: str) -> list[float]:
    return [(await get(bot, http, path))[0] for _ in range(TIMES)]
