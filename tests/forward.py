"""A workspace with plans and customers of its own, and its bot taken through days on the mock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock, ManualClock
from bot.mockwecom.corp import MockCorp
from bot.store.database import open_database
from bot.store.ledger import FREE, Claim, Ledger
from bot.store.spread import spread_of
from bot.store.sql import Database
from bot.touch.present import present
from tests.engine import ROOT
from tests.stage import SHOP, Stage, company

ZONE = ZoneInfo("Asia/Shanghai")
RULES = ("touch.toml", "caps.toml", "calendar.toml")
CUSTOMER = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, added_at, friends,
                          heard_at, opted_out_at, braked_at, best_from, best_to)
    VALUES ($1, $2, '[]', 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
CONTACT = "INSERT INTO contact (customer, member, added_at) VALUES ($1, $2, $3)"
TAG = "INSERT INTO customer_tag (tag, customer) VALUES ($1, $2)"
CURSOR = "INSERT INTO cursor (account, cursor) VALUES ($1, '')"
SESSION = """
    INSERT INTO session (
        conversation, heard_at, changed_at, sent, staffed, servicer, said, offered)
    VALUES ($1, $2, $2, 1, 0, '', '', '')"""
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


async def fill(root: Path, people: Iterable[Person]) -> None:
    """The database, as a bot of some months would have it."""
    async with open_database(f"sqlite://{root / 'var/huashu.db'}") as connection:
        database, ledger = Database(connection), Ledger(Database(connection))
        await database.rows(CURSOR, SHOP)
        for one in people:
            begin, end = one.best or (None, None)
            moments = (one.heard_at, one.opted_out_at, one.braked_at)
            stamps = [at and at.timestamp() for at in moments]
            await database.rows(
                CUSTOMER, one.id, f"客户{one.id}", spread_of(one.id), one.zone, one.member,
                one.added_at.timestamp(), int(bool(one.member)), *stamps, begin, end,
            )  # fmt: skip
            if one.member:
                await database.rows(CONTACT, one.id, one.member, one.added_at.timestamp())
            if one.wrote_at:
                name = f"kf:{SHOP}:{one.id}"
                await database.rows(SESSION, name, one.wrote_at.timestamp())
            for tag in one.tags:
                await database.rows(TAG, tag, one.id)
            for at in one.got:
                claim = Claim(key=1, limits={f"c:{one.id}": FREE})
                await ledger.reserve([claim], at.timestamp(), present(at, ZONE))


async def corp_of(people: Iterable[Person], clock: Clock) -> MockCorp:
    """The same on WeCom's side."""
    corp = company(clock)
    for one in people:
        corp.add_customer(one.id, f"客户{one.id}")
        if one.member:
            await corp.customer_adds_member(one.id, one.member, welcome=False)
        if one.wrote_at:
            corp.add_kf_session(SHOP, one.id, one.wrote_at.timestamp(), 1)
    return corp


async def forward(scene: Stage, until: datetime, *, members: Iterable[str] = ()) -> None:
    """What a running bot does by itself; members confirm at once."""
    clock = scene.clock
    assert isinstance(clock, ManualClock)
    await scene.bot.sweep("plan")
    while clock.now() < until:
        local = clock.now().astimezone(ZONE)
        night = datetime.combine(local.date(), time(1, 13), ZONE)
        night += timedelta(days=local >= night)
        end = min(night, until)
        while clock.now() < end:
            due = (await scene.rows(DUE))[0]["at"]
            busy = (await scene.rows(OPEN))[0]["n"]
            moments = [max(ceil(due), clock.timestamp())] if due is not None else []
            moments += [clock.timestamp() + 60] if busy else []
            if not moments or min(moments) > end.timestamp():
                break
            await clock.jump(datetime.fromtimestamp(min(moments), ZONE))
            await tick(scene, members)
        await clock.jump(end)
        if end == night:
            await scene.bot.sweep("plan")
        await tick(scene, members)


async def tick(scene: Stage, members: Iterable[str]) -> None:
    await scene.bot.sweep("touches")
    await scene.bot.quiet()
    for member in members:
        await scene.corp.member_confirms_mass(member)
    await scene.bot.sweep("mass")
    await scene.bot.quiet()
