"""A workspace with its own plans and customers, whose bot runs through days on the mock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock, ManualClock
from bot.mockwecom.corp import MockCorp
from bot.plans.planner import next_night
from bot.store.database import open_database
from bot.store.plans.by_itself import next_at
from bot.store.plans.spread import spread_of
from bot.store.sql import Database, given
from bot.store.touch.ledger import FREE, Claim, Ledger
from bot.touch.present import present
from tests.databases import store_url
from tests.engine import ROOT, TRIED
from tests.stage import SHOP, Stage, company

ZONE = ZoneInfo("Asia/Shanghai")
RULES = ("touch.toml", "caps.toml", "calendar.toml")
CUSTOMERS = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, added_at, friends,
                          heard_at, opted_out_at, braked_at, best_from, best_to)
    SELECT value ->> 0, value ->> 1, '[]', 1, CAST(value ->> 2 AS INTEGER), value ->> 3,
           value ->> 4, CAST(value ->> 5 AS DOUBLE PRECISION), CAST(value ->> 6 AS INTEGER),
           CAST(value ->> 7 AS DOUBLE PRECISION), CAST(value ->> 8 AS DOUBLE PRECISION),
           CAST(value ->> 9 AS DOUBLE PRECISION), CAST(value ->> 10 AS INTEGER),
           CAST(value ->> 11 AS INTEGER)
    FROM given($1)"""
CONTACTS = """
    INSERT INTO contact (customer, member, added_at)
    SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS DOUBLE PRECISION) FROM given($1)"""
TAGS = """
    INSERT INTO customer_tag (tag, customer)
    SELECT value ->> 0, value ->> 1 FROM given($1)"""
CURSOR = "INSERT INTO cursor (account, cursor) VALUES ($1, '')"
SESSIONS = """
    INSERT INTO session (
        conversation, heard_at, changed_at, sent, staffed, servicer, said, offered)
    SELECT value ->> 0, at, at, 1, FALSE, '', '', '' FROM (
        SELECT value, CAST(value ->> 1 AS DOUBLE PRECISION) AS at FROM given($1)) AS heard"""
DUE = "SELECT min(due_at) AS at FROM touch WHERE state = 0"
OPEN = "SELECT count(*) AS n FROM mass_task WHERE state < 3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    member: str = "liming"  # "" = nobody has them
    tags: tuple[str, ...] = ()
    zone: str = ""
    added_at: datetime
    heard_at: datetime | None = None
    opted_out_at: datetime | None = None
    braked_at: datetime | None = None
    best: tuple[int, int] | None = None
    got: tuple[datetime, ...] = ()  # touches before
    wrote_at: datetime | None = None  # to 微信客服


def lay_out(
    root: Path, segments: str, plans: Mapping[str, str], profile: str = "2025", more: str = ""
) -> None:
    (root / "config/plans").mkdir(parents=True)
    for name in RULES:
        (root / "config" / name).write_bytes((ROOT / "config" / name).read_bytes())
    caps = root / "config/caps.toml"
    caps.write_text(caps.read_text("utf-8") + more, "utf-8")
    switch(root, profile)
    (root / "config/segments.toml").write_text(segments, "utf-8")
    for name, text in plans.items():
        (root / f"config/plans/{name}.toml").write_text(text, "utf-8")


def switch(root: Path, profile: str) -> None:
    caps = root / "config/caps.toml"
    text = caps.read_text("utf-8")
    old = next(line for line in text.splitlines() if line.startswith("profile ="))
    caps.write_text(text.replace(old, f'profile = "{profile}"'), "utf-8")


def store_of(root: Path) -> str:
    """The URL of the database of a stage in `root`."""
    return store_url(root, kind=TRIED) if TRIED else f"sqlite://{root}/var/huashu.db"


async def fill(root: Path, people: Sequence[Person]) -> None:
    """Fill the database as a bot would in some months."""
    async with open_database(store_of(root)) as connection:
        database, ledger = Database(connection), Ledger(Database(connection))
        await database.rows(CURSOR, SHOP)
        await database.rows(CUSTOMERS, given(_row(one) for one in people))
        contacts = [(one.id, one.member, one.added_at.timestamp()) for one in people if one.member]
        await database.rows(CONTACTS, given(contacts))
        wrote = [(one.id, one.wrote_at.timestamp()) for one in people if one.wrote_at]
        await database.rows(SESSIONS, given((f"kf:{SHOP}:{name}", at) for name, at in wrote))
        await database.rows(TAGS, given((tag, one.id) for one in people for tag in one.tags))
        got: dict[datetime, list[str]] = {}
        for one in people:
            for at in one.got:
                got.setdefault(at, []).append(f"c:{one.id}")
        for at, subjects in got.items():
            claims = [Claim(key=key, limits={it: FREE}) for key, it in enumerate(subjects)]
            await ledger.reserve(claims, at.timestamp(), present(at, ZONE))


def _row(one: Person) -> tuple[object, ...]:
    begin, end = one.best or (None, None)
    moments = (one.heard_at, one.opted_out_at, one.braked_at)
    return (
        one.id, f"客户{one.id}", spread_of(one.id), one.zone, one.member,
        one.added_at.timestamp(), int(bool(one.member)),
        *(at and at.timestamp() for at in moments), begin, end,
    )  # fmt: skip


async def corp_of(people: Iterable[Person], clock: Clock) -> MockCorp:
    """The same people on WeCom's side."""
    corp = company(clock)
    for one in people:
        corp.add_customer(one.id, f"客户{one.id}")
        if one.member:
            await corp.customer_adds_member(one.id, one.member, welcome=False)
        if one.wrote_at:
            corp.add_kf_session(SHOP, one.id, one.wrote_at.timestamp(), 1)
    return corp


async def forward(
    scene: Stage, until: datetime, *, members: Iterable[str] = (), look_s: int = 1
) -> None:
    """Do what a running bot does by itself; members confirm at once.

    Args:
        look_s: how far apart it looks for what is due, at the last moment of each such span.
    """
    clock = scene.clock
    assert isinstance(clock, ManualClock)
    for sweep in ("stages", "tags.segments", "plan.changed"):  # at the start
        await scene.bot.sweep(sweep)
    while clock.now() < until:
        end = min(next_night(clock.now(), ZONE), until)
        while clock.now() < end:
            due = (await scene.rows(DUE))[0]["at"]
            busy = (await scene.rows(OPEN))[0]["n"]
            own = await next_at(scene.bot.office.database)
            moments = [] if due is None else [max(_look(due, look_s), clock.timestamp())]
            moments += [] if own is None else [max(ceil(own), clock.timestamp())]
            moments += [clock.timestamp() + 60] if busy else []
            if not moments or min(moments) > end.timestamp():
                break
            await clock.jump(datetime.fromtimestamp(min(moments), ZONE))
            await tick(scene, members)
        at_night = end == next_night(clock.now(), ZONE)
        await clock.jump(end)
        if at_night:
            for sweep in ("stages", "tags.segments", "plan"):
                await scene.bot.sweep(sweep)
        await tick(scene, members)


def _look(due: float, look_s: int) -> float:
    return ceil(due) if look_s == 1 else due // look_s * look_s + look_s - 0.001


async def tick(scene: Stage, members: Iterable[str]) -> None:
    for sweep in ("handovers", "reminders", "touches"):
        await scene.bot.sweep(sweep)
    await scene.bot.quiet()
    for member in members:
        await scene.corp.member_confirms_mass(member)
    await scene.bot.sweep("mass")
    await scene.bot.quiet()
