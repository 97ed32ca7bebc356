"""Customer groups: in step with WeCom at the first start, by events, and after a lost one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import background
from bot.clock import ManualClock
from bot.events import GroupChanged
from bot.groups.sync import GroupSync
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.store.customers.people import follow
from bot.store.groups.groups import Groups
from bot.store.journal import Journal, Write
from bot.store.sql import Database
from bot.wecom.payload_xml import xml_event
from tests.databases import opened
from tests.wecom.double import client_at


@dataclass(slots=True)
class Scene:
    corp: MockCorp
    clock: ManualClock
    journal: Journal
    database: Database
    sync: GroupSync
    heard: int = 0  # of the callbacks that were pushed

    async def rows(self, text: str, *values: Any) -> list[dict[str, Any]]:
        return await self.database.rows(text, *values)

    async def hear(self, *, lose: bool = False) -> None:
        """Take in the callbacks since the last time, as the dispatcher would."""
        await self.corp.settled()
        pushed, self.heard = self.corp.pushed[self.heard :], len(self.corp.pushed)
        for push in pushed:
            event = xml_event(push.payload.encode(), self.clock.now())
            assert isinstance(event, GroupChanged)
            if not lose:
                await self.journal.write(Write(more=follow(event)))

    async def inside(self, chat: str) -> list[str]:
        rows = await self.rows(
            "SELECT userid FROM chat_group_member WHERE chat_id = $1 AND left_at IS NULL "
            "ORDER BY userid",
            chat,
        )
        return [row["userid"] for row in rows]

    def asked(self, api: str) -> int:
        return sum(call.api.endswith(api) for call in self.corp.calls)


@pytest.fixture
async def scene(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Scene]:
    corp = MockCorp(clock=clock)
    for member in ("liming", "wangfang"):
        corp.add_member(member, member)
    for number in range(1, 8):
        corp.add_customer(f"wm{number}", f"客户{number}", unionid=f"o{number}")
    corp.add_app(1000002, "APP-SECRET")
    corp.rules.set("push_retries", 0)
    corp.set_callback("app", "http://127.0.0.1:9/", "token", "a" * 43)  # we read what it sends
    async with (
        MockServer(corp) as server,
        opened("sqlite", tmp_path) as connection,
        client_at(server.url, clock) as client,
    ):
        journal, database = Journal(connection), Database(connection)
        async with background(journal.run):
            sync = GroupSync(client, Groups(database), clock)
            yield Scene(corp, clock, journal, database, sync)
    assert corp.refusals == [], "the mock saw what no correct client does"


async def test_all_groups_are_asked_for_at_the_first_start(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1", "wm2", "wangfang"])
    await scene.corp.group_gets_admins(chat, ["wangfang"])
    await scene.corp.group_gets_notice(chat, "每天十点上新")
    await scene.corp.people_join_group(chat, ["wm3"], invitor="wm1", scene=1)
    gone = await scene.corp.create_group("wangfang", "旧群")
    await scene.corp.group_owner_resigns(gone)
    await scene.sync.begin()
    (row,) = await scene.rows("SELECT * FROM chat_group WHERE chat_id = $1", chat)
    told = [row[name] for name in ("name", "owner", "notice", "admins", "members", "customers")]
    assert told == ["福利群", "liming", "每天十点上新", '["wangfang"]', 5, 3]
    (joined,) = await scene.rows("SELECT * FROM chat_group_member WHERE userid = 'wm3'")
    assert (joined["name"], joined["join_scene"], joined["invitor"]) == ("客户3", 1, "wm1")
    assert joined["news"] == "", "who was there before us is no news"
    (row,) = await scene.rows("SELECT owner_state FROM chat_group WHERE chat_id = $1", gone)
    assert row["owner_state"] == 1
    new = await scene.corp.create_group("liming", "新群")
    asked = scene.asked("groupchat/get")
    await scene.sync.begin()
    assert scene.asked("groupchat/get") == asked + 1, "only what is not known yet"
    assert await scene.inside(new) == ["liming"]
    await a_page_of_one_group_waited_for_the_answer_about_another(scene, chat, new)


async def a_page_of_one_group_waited_for_the_answer_about_another(
    scene: Scene, *chats: str
) -> None:
    scene.corp.faults.add(Fault(api="externalcontact/groupchat/get", latency_s=1, times=1))
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        pages = [tasks.create_task(scene.sync.look_up(chat)) for chat in chats]
        done, _ = await asyncio.wait(pages, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        await scene.clock.advance(1)


async def test_many_events_cost_one_question(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "秒杀群", ["wm1"])
    await scene.hear()
    await scene.sync.refresh()
    await scene.clock.advance(60)
    for customer in ("wm2", "wm3", "wm4"):
        await scene.corp.people_join_group(chat, [customer])
    await scene.corp.people_leave_group(chat, ["wm1"], removed=True)
    await scene.corp.group_is_renamed(chat, "秒杀一群")
    await scene.hear()
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == 2
    assert await scene.inside(chat) == ["liming", "wm2", "wm3", "wm4"]
    (row,) = await scene.rows("SELECT name, gaps, customers FROM chat_group")
    assert (row["name"], row["gaps"], row["customers"]) == ("秒杀一群", 0, 3)
    (left,) = await scene.rows("SELECT * FROM chat_group_member WHERE userid = 'wm1'")
    assert (left["left_at"], left["quit_scene"]) == (scene.clock.timestamp(), 1)
    news = await scene.rows("SELECT userid FROM chat_group_member WHERE news = 'new' ORDER BY 1")
    assert [row["userid"] for row in news] == ["wm2", "wm3", "wm4"]
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == 2, "nothing is left to follow"


async def test_a_lost_event_is_noticed_and_put_right(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1"])
    await scene.hear()
    await scene.sync.refresh()
    await scene.corp.people_join_group(chat, ["wm2", "wm3"])
    await scene.corp.people_leave_group(chat, ["wm1"])
    await scene.hear(lose=True)
    await scene.corp.people_join_group(chat, ["wm4"])
    await scene.hear()
    await scene.sync.refresh()
    assert await scene.inside(chat) == ["liming", "wm2", "wm3", "wm4"]
    (row,) = await scene.rows("SELECT gaps FROM chat_group")
    assert row["gaps"] == 1


async def test_an_answer_that_lags_its_event_is_asked_for_again(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1", "wm2"])
    await scene.hear()
    await scene.sync.refresh()
    scene.corp.rules.set("group_get_lag_s", 8)
    await scene.corp.people_join_group(chat, ["wm3"])
    await scene.corp.people_leave_group(chat, ["wm1"])
    await scene.hear()
    await scene.sync.refresh()
    assert await scene.inside(chat) == ["liming", "wm2"], "who left has left"
    await scene.clock.advance(10)
    await scene.sync.refresh()
    assert await scene.inside(chat) == ["liming", "wm2", "wm3"]
    calls = scene.asked("groupchat/get")
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == calls


async def test_an_event_that_came_late_tells_nothing_new(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群", ["wm1"])
    await scene.corp.people_join_group(chat, ["wm2"])
    await scene.sync.reconcile()
    calls = scene.asked("groupchat/get")
    await scene.corp.settled()
    scene.heard = 1
    await scene.hear()
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == calls


async def test_the_night_finds_what_no_event_told(scene: Scene) -> None:
    one, two = [await scene.corp.create_group("liming", name) for name in ("甲", "乙")]
    await scene.sync.reconcile()
    await scene.corp.people_join_group(one, ["wm1"])
    await scene.corp.group_is_renamed(one, "甲群")
    await scene.corp.group_is_dismissed(two)
    await scene.clock.advance(86_400)
    await scene.sync.reconcile()
    assert await scene.inside(one) == ["liming", "wm1"]
    rows = await scene.rows("SELECT name, dismissed_at FROM chat_group ORDER BY name")
    assert [(row["name"], bool(row["dismissed_at"])) for row in rows] == [
        ("乙", True),
        ("甲群", False),
    ]


async def test_what_could_not_be_had_is_asked_for_at_the_next_start(scene: Scene) -> None:
    for number in range(5):
        await scene.corp.create_group("liming", f"群{number}")
    scene.corp.faults.add(
        Fault(api="externalcontact/groupchat/get", errcode=40001, probability=0.5)
    )
    await scene.sync.begin()  # some are refused, which stops nothing
    scene.corp.faults.clear()
    known = len(await scene.rows("SELECT chat_id FROM chat_group"))
    assert 0 < known < 5
    asked = scene.asked("groupchat/get")
    await scene.sync.begin()
    assert scene.asked("groupchat/get") == asked + 5 - known
    assert len(await scene.rows("SELECT chat_id FROM chat_group")) == 5


async def test_a_dismissed_group_is_not_asked_for(scene: Scene) -> None:
    chat = await scene.corp.create_group("liming", "福利群")
    await scene.hear()
    await scene.sync.refresh()
    await scene.corp.group_is_dismissed(chat)
    await scene.hear()
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == 1
    (row,) = await scene.rows("SELECT dismissed_at FROM chat_group")
    assert row["dismissed_at"] == scene.clock.timestamp()


async def test_a_group_that_wecom_refuses_for_now_is_asked_for_again(scene: Scene) -> None:
    """What had happened in it was put away as followed."""
    chat = await scene.corp.create_group("liming", "一群")
    await scene.hear()
    scene.corp.faults.add(Fault(api="externalcontact/groupchat/get", errcode=48002, times=1))
    await scene.sync.refresh()
    await scene.sync.refresh()
    assert scene.asked("groupchat/get") == 1, "not again every five seconds"
    await scene.clock.advance(601)
    await scene.sync.refresh()
    assert "liming" in await scene.inside(chat)


async def test_broken_off_it_goes_on_where_it_was(scene: Scene) -> None:
    for number in range(6):
        await scene.corp.create_group("liming", f"群{number}")
    await scene.sync.reconcile()
    await scene.clock.advance(60)
    asked = scene.asked("groupchat/get")
    done: list[float] = []
    await scene.sync.reconcile(done.append)
    assert scene.asked("groupchat/get") == asked, "they were fetched within the hour"
    assert (len(done), done[-1]) == (6, 1.0)


async def test_many_members_are_asked_for_by_name(scene: Scene) -> None:
    for number in range(1001):
        scene.corp.add_member(f"m{number:04}", f"m{number}")
    await scene.corp.create_group("m0999", "远店")
    await scene.sync.reconcile()
    rows = await scene.rows("SELECT owner FROM chat_group")
    assert [row["owner"] for row in rows] == ["m0999"]
