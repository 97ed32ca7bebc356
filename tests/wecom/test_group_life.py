"""What becomes of groups: figures of 180 days, joins told together, welcome material in step."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.demo.groups import GROWING, NEW, QUIET, STEADY, gather
from bot.events import Event, GroupJoined
from bot.groups.figures import FigureBook
from bot.groups.joins import Joins
from bot.groups.rules import GroupBook
from bot.groups.sync import GroupSync
from bot.groups.welcome import WelcomeMaterial
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.store.groups.board import board
from bot.store.groups.figures import GroupFigures
from bot.store.groups.groups import Groups
from bot.store.groups.news import GroupNews
from bot.store.groups.views import GroupViews
from bot.store.sql import Database
from bot.wecom.group_chats import GroupChats
from bot.wecom.media import Media
from tests.databases import opened
from tests.wecom.double import client_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = 86_400
SCRIPTS = """
[[script]]
id = "group/welcome"
title = "进群"
category = "news"
say = ["欢迎{{ customer.name or '您' }}来{{ company.name }}"]
attachments = [{ type = "link", title = "群规", url = "https://example.com/" }]
"""


@dataclass(slots=True)
class Scene:
    corp: MockCorp
    clock: ManualClock
    root: Path
    database: Database
    sync: GroupSync
    figures: FigureBook
    book: GroupBook
    welcome: WelcomeMaterial
    put_again: bool = False  # the inbox forgets, as after a crash
    filed: list[GroupJoined] = field(default_factory=list)

    async def put(self, events: Sequence[Event], /) -> object:
        for event in events:
            assert isinstance(event, GroupJoined)
            if event.id not in {one.id for one in self.filed}:
                self.filed.append(event)
        if self.put_again:
            raise KeyboardInterrupt
        return None

    def joins(self) -> Joins:
        return Joins(GroupNews(self.database), self, self.book, self.clock)

    def write(self, text: str) -> None:
        (self.root / "config/groups.toml").write_text(text, "utf-8")
        self.book.look()

    def asked(self, api: str) -> int:
        return sum(call.api.endswith(api) for call in self.corp.calls)

    async def rows(self, text: str) -> list[dict[str, Any]]:
        return await self.database.rows(text)


@pytest.fixture
async def scene(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Scene]:
    corp = MockCorp(clock=clock)
    for member in ("liming", "wangfang"):
        corp.add_member(member, member)
    for number in range(1, 30):
        corp.add_customer(f"wm{number}", f"客户{number}")
    corp.add_app(1000002, "APP-SECRET")
    (tmp_path / "config").mkdir()
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "a.toml").write_text(SCRIPTS, "utf-8")
    async with (
        MockServer(corp) as server,
        opened("sqlite", tmp_path) as connection,
        client_at(server.url, clock) as client,
    ):
        database, chats = Database(connection), GroupChats(client)
        library = Library.load(scripts)
        book = GroupBook(tmp_path, lambda: [one.id for one in library])
        yield Scene(
            corp, clock, tmp_path, database,
            GroupSync(client, Groups(database), clock),
            FigureBook(chats, GroupFigures(database), book, clock, SHANGHAI),
            book,
            WelcomeMaterial(
                chats, GroupNews(database), book, Media(scripts, client, clock), clock,
                library=lambda: library, renderer=Renderer({"company": {"name": "小店"}}),
                folder=scripts,
            ),
        )  # fmt: skip


async def test_figures_of_half_a_year_and_then_of_each_day(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1", "wm2"])
    for _ in range(40):
        await scene.corp.writes_in_group(chat, "wm1", times=3)
        await scene.clock.advance(DAY)
    await scene.sync.reconcile()
    assert await scene.figures.fetch() == 180
    assert scene.asked("group_by_day") == 6, "30 days a question"
    await scene.figures.judge()
    views, now = GroupViews(scene.database), scene.clock.now()
    one = await views.one(chat, now)
    assert one is not None
    assert one.figures is not None
    assert (one.figures.messages, one.figures.speakers, one.kind) == (3, 1, "")
    days = [now.astimezone(SHANGHAI) - timedelta(days=back) for back in (2, 1)]
    assert [day.messages for day in await views.days(chat, days)] == [3, 3]
    await scene.clock.advance(DAY)
    assert await scene.figures.fetch() == 4, "the last three days once more, and the new one"
    sums = await board(scene.database, "2026-01-01", "2026-12-31")
    assert sum(day.messages for day in sums.days.values()) == 120
    await scene.clock.advance(8 * DAY)
    await scene.figures.fetch()
    await scene.figures.judge()
    one = await views.one(chat, scene.clock.now())
    assert one is not None
    assert (one.stage, one.zh) == ("silent", "连续 9 天没有人说话")
    assert scene.corp.refusals == []


async def test_figures_of_several_groups_are_of_none_alone(scene: Scene) -> None:
    one, _ = [await scene.corp.create_group("liming", name) for name in ("甲", "乙")]
    await scene.corp.writes_in_group(one, "liming")
    await scene.clock.advance(DAY)
    await scene.sync.reconcile()
    scene.corp.faults.add(
        Fault(api="externalcontact/groupchat/statistic_group_by_day", errcode=60011, times=1)
    )
    assert await scene.figures.fetch() == 0, "one owner whom we may not see stops nothing"
    assert await scene.figures.fetch() == 180
    assert await scene.rows("SELECT chat_id FROM group_day WHERE chat_id <> ''") == []


async def test_those_who_join_within_a_while_are_told_of_together(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1"])
    await scene.sync.reconcile()
    for customer in ("wm2", "wm3", "wm4"):
        await scene.corp.people_join_group(chat, [customer])
        await scene.clock.advance(10)
    await scene.sync.reconcile()
    assert scene.filed == []
    await _again(scene, chat)
    joins = scene.joins()
    await joins.sweep()
    assert scene.filed == [], "the while is not over"
    await scene.clock.advance(40)
    scene.put_again = True
    with pytest.raises(KeyboardInterrupt):
        await joins.sweep()
    scene.put_again = False
    await scene.joins().sweep()
    (event,) = scene.filed
    assert event.customers == ("wm2", "wm3", "wm4")
    assert (event.group, event.member, event.welcomed) == ("福利群", "liming", False)
    await scene.clock.advance(100)
    await scene.joins().sweep()
    assert len(scene.filed) == 1


async def _again(scene: Scene, chat: str) -> None:
    """Within the hour a reconciliation asks for nothing twice; this does."""
    await scene.database.rows("UPDATE chat_group SET fetched_at = 1 WHERE chat_id = $1", chat)
    await scene.sync.reconcile()


async def test_welcome_material_is_made_once_and_kept_in_step(scene: Scene) -> None:
    scene.write("[welcomes.all]\nscript = 'group/welcome'\n")
    await asyncio.gather(scene.welcome.sweep(), scene.welcome.sweep())  # the start's, the hour's
    (material,) = scene.corp.group_welcomes.materials.values()
    assert material.content["text"] == {"content": "欢迎%NICKNAME%来小店"}
    assert material.content["link"]["title"] == "群规"
    assert not material.notified
    assert scene.asked("template/add") == 1
    await scene.rows("UPDATE group_welcome SET digest = 'of other words'")
    await scene.welcome.sweep()
    assert (scene.asked("template/add"), scene.asked("template/edit")) == (1, 1)
    scene.write("")
    await scene.welcome.sweep()
    assert scene.corp.group_welcomes.materials == {}
    assert await scene.rows("SELECT id FROM group_welcome") == []


async def test_material_that_wecom_refused_is_tried_again(scene: Scene) -> None:
    scene.write("[welcomes.all]\nscript = 'group/welcome'\n")
    scene.corp.rules.set("group_welcomes", 0)
    await scene.welcome.sweep()
    assert await scene.rows("SELECT id FROM group_welcome") == []
    scene.corp.rules.set("group_welcomes", 100)
    await scene.welcome.sweep()
    assert len(scene.corp.group_welcomes.materials) == 1


async def test_the_demo_s_groups_are_in_four_stages(scene: Scene) -> None:
    gather(scene.corp, busy="liming", quiet="wangfang")
    await scene.sync.reconcile()
    await scene.figures.fetch()
    await scene.figures.judge()
    page = await GroupViews(scene.database).page(scene.clock.now())
    assert {one.chat_id: one.stage for one in page.items} == {
        NEW: "new", STEADY: "mature", GROWING: "growing", QUIET: "silent",
    }  # fmt: skip
    early = "SELECT userid FROM chat_group_member WHERE joined_at < 1e9"
    assert await scene.rows(early) == [], "owners had joined in 1970"
    assert scene.corp.refusals == []
