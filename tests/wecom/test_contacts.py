"""The bot brings what it knows of customers into line with WeCom, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import background
from bot.clock import ManualClock
from bot.customers.customers import Customers
from bot.events import CustomerEdited
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.profile.fields import FieldRule, Source
from bot.store.customers import people
from bot.store.customers.fields import Fields
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.sql import Database
from bot.wecom.client import WeComClient
from bot.wecom.contacts import Contacts
from bot.wecom.profiles import Profiles
from tests.wecom.double import WeCom, client_at, refusal

NOTED = (
    FieldRule(id="called", title="备注名", wecom="remark"),
    FieldRule(id="likes", title="偏好", wecom="description"),
    FieldRule(id="company", title="公司", wecom="remark_corp_name"),
    FieldRule(id="phones", title="电话", wecom="remark_mobiles"),
    FieldRule(id="size", title="尺码"),
)


@dataclass
class Scene:
    corp: MockCorp
    clock: ManualClock
    journal: Journal
    customers: Customers
    contacts: Contacts
    database: Database

    async def rows(self, query: str) -> list[dict[str, Any]]:
        await self.journal.drain()
        return await self.journal.rows(query)

    async def tags(self) -> list[tuple[str, str]]:
        rows = await self.rows("SELECT tag, customer FROM customer_tag ORDER BY 2, 1")
        return [(row["customer"], row["tag"]) for row in rows]


@pytest.fixture
async def scene(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Scene]:
    corp = MockCorp(clock=clock)
    for member in ("liming", "wangfang", "chen"):
        corp.add_member(member, member)
    corp.add_app(1000002, "APP-SECRET")
    async with (
        MockServer(corp) as server,
        open_database(f"sqlite://{tmp_path}/a.db") as connection,
        client_at(server.url, clock) as client,
    ):
        journal = Journal(connection)
        customers = Customers(journal, clock)
        async with background(journal.run):
            contacts = Contacts(
                client, journal, Database(connection), customers, clock, lambda: NOTED
            )
            yield Scene(corp, clock, journal, customers, contacts, Database(connection))
    assert corp.refusals == [], "the mock saw what no correct client does"


async def friends(scene: Scene, customer: str, *members: str) -> None:
    if customer not in scene.corp.customers:
        name, unionid = f"客户{customer}", f"o{customer}"
        scene.corp.add_customer(customer, name, unionid=unionid)
    for member in members:
        await scene.corp.customer_adds_member(customer, member, state="shop", welcome=False)
    await scene.clock.advance(60)


async def test_everything_is_asked_for_at_the_first_start(scene: Scene) -> None:
    for number in range(130):
        await friends(scene, f"wm{number:03}", "liming")
    await friends(scene, "wm000", "wangfang")
    high, shop = [await scene.corp.console_adds_tag("标签", name) for name in ("高", "门店")]
    await scene.corp.member_tags_customer("wm000", "liming", add=[high])
    await scene.corp.member_tags_customer("wm000", "wangfang", add=[shop])
    await scene.corp.member_remarks_customer("wm000", "wangfang", "", ["13800000001"])
    await scene.contacts.begin()
    assert (await scene.rows("SELECT count(*) AS n FROM contact"))[0]["n"] == 131
    assert (await scene.rows("SELECT count(*) AS n FROM customer"))[0]["n"] == 130
    (row,) = await scene.rows("SELECT * FROM customer WHERE id = 'wm000'")
    told = [row[name] for name in ("name", "unionid", "phone", "source", "friends", "tags")]
    assert told == ["客户wm000", "owm000", "13800000001", "shop", 2, '["门店","高"]']
    assert await scene.tags() == [("wm000", "门店"), ("wm000", "高")]
    calls = len(scene.corp.calls)
    await scene.contacts.begin()
    assert len(scene.corp.calls) == calls, "only if nothing is known yet"


async def test_what_members_note_fills_fields_that_nobody_told_otherwise(scene: Scene) -> None:
    note = scene.corp.member_remarks_customer
    query = "SELECT name, value, source, who FROM customer_field ORDER BY name"

    async def known() -> list[tuple[str, str, str, str]]:
        await scene.contacts.look_up("wm1")
        return [tuple(row.values()) for row in await scene.rows(query)]

    await friends(scene, "wm1", "liming", "wangfang")
    assert await known() == []  # the remark is the name, as WeCom has it
    await note("wm1", "liming", "老张", ["13800000001"], description="喜欢 浅色", company="好物")
    await note("wm1", "wangfang", description="先来的算", company="另一家")
    told = [
        ("called", "老张", "wecom", "liming"), ("company", "好物", "wecom", "liming"),
        ("likes", "喜欢 浅色", "wecom", "liming"), ("phones", "13800000001", "wecom", "liming"),
    ]  # fmt: skip
    assert await known() == told
    await scene.contacts.reconcile()  # the pages say the same
    fields = Fields(scene.database)
    await fields.put("wm1", "likes", "深色", Source.CUSTOMER, "chen", 1.0)
    await note("wm1", "liming", description="改了", company="好物集团")
    assert await known() == [
        ("company", "好物集团", "wecom", "liming"), ("likes", "深色", "customer", "chen"),
        ("phones", "13800000001", "wecom", "liming"),
    ]  # fmt: skip


async def test_what_has_changed_is_seen_at_night(scene: Scene) -> None:
    for customer in ("wm1", "wm2", "wm3"):
        await friends(scene, customer, "liming")
    high = await scene.corp.console_adds_tag("标签", "高")
    low = await scene.corp.console_adds_tag("标签", "低")
    await scene.corp.member_tags_customer("wm1", "liming", add=[high])
    await scene.contacts.reconcile()
    await scene.journal.write(Write(more=people.tagged("wm1", ["买过奶粉"], 1.0)))
    await scene.clock.advance(3600)
    await scene.corp.member_tags_customer("wm1", "liming", add=[low], remove=[high])
    await scene.corp.member_removes_customer("wm2", "liming")
    await scene.corp.customer_removes_member("wm3", "liming")
    await scene.journal.write(Write(more=people.lost("wm3", "liming", scene.clock.timestamp())))
    await friends(scene, "wm4", "chen")
    await scene.contacts.reconcile()
    assert await scene.tags() == [("wm1", "买过奶粉"), ("wm1", "低")], "ours stay"
    dates = await scene.rows("SELECT customer, name, at FROM customer_date ORDER BY name")
    assert [(row["customer"], row["name"]) for row in dates] == [
        ("wm1", "tag:买过奶粉"),
        ("wm1", "tag:低"),
    ], "what they had when they were met first began nobody knows when"
    assert [row["at"] for row in dates] == [1.0, scene.clock.timestamp()]
    lost = await scene.rows("SELECT customer FROM contact WHERE lost_at IS NOT NULL ORDER BY 1")
    assert [row["customer"] for row in lost] == ["wm2", "wm3"], "a list does not bring wm3 back"
    friends_left = await scene.rows("SELECT id FROM customer WHERE friends > 0 ORDER BY id")
    assert [row["id"] for row in friends_left] == ["wm1", "wm4"]
    await scene.corp.customer_adds_member("wm2", "liming", welcome=False)
    await scene.clock.advance(60)
    await scene.contacts.reconcile()
    friends_left = await scene.rows("SELECT id FROM customer WHERE friends > 0 ORDER BY id")
    assert [row["id"] for row in friends_left] == ["wm1", "wm2", "wm4"]


async def test_who_removed_the_member_in_the_second_of_the_adding_came_back(scene: Scene) -> None:
    """WeCom counts by seconds: the next look-up took the adding that it tells for another one."""
    scene.corp.add_customer("wm1", "客户1")
    await scene.corp.customer_adds_member("wm1", "liming", welcome=False)
    await scene.contacts.look_up("wm1")
    at = scene.clock.timestamp()
    await scene.corp.customer_removes_member("wm1", "liming")
    await scene.journal.write(Write(more=people.lost("wm1", "liming", at)))
    await scene.contacts.look_up("wm1")
    await scene.contacts.reconcile()
    assert await scene.rows("SELECT lost_at FROM contact") == [{"lost_at": at}]
    assert await scene.rows("SELECT kind FROM sync_find WHERE kind = 'added'") == []


async def test_who_is_added_while_we_read_is_not_lost(scene: Scene) -> None:
    await friends(scene, "wm1", "liming")
    scene.corp.faults.add(Fault(api="externalcontact/batch/get_by_user", latency_s=90, times=1))
    async with background(scene.contacts.begin):
        while not any(call.api.endswith("contact/list") for call in scene.corp.calls):
            await scene.clock.advance(0)
        await scene.clock.advance(1)
        await friends(scene, "wm9", "liming")
        new = people.contact("wm9", "liming", scene.clock.timestamp())
        await scene.journal.write(Write(more=new))
        while not await scene.rows("SELECT id FROM customer WHERE id = 'wm1' AND fetched_at > 0"):
            await scene.clock.advance(1)
    rows = await scene.rows("SELECT lost_at FROM contact")
    assert [row["lost_at"] for row in rows] == [None, None]


async def test_whom_an_event_names_is_asked_about(scene: Scene) -> None:
    await friends(scene, "wm1", "liming", "chen")
    high = await scene.corp.console_adds_tag("标签", "高")
    await scene.corp.member_tags_customer("wm1", "chen", add=[high])
    edited = CustomerEdited(
        id="e", at=scene.clock.now(), conversation="contact:liming:wm1", member="liming",
        customer="wm1",
    )  # fmt: skip
    await scene.customers.fetch(["wm1"])
    scene.customers.observe(edited)
    await scene.contacts.refresh()
    assert scene.customers["wm1"].name == "客户wm1"
    assert scene.customers["wm1"].tags == {"高"}
    assert await scene.tags() == [("wm1", "高")]
    await scene.corp.member_tags_customer("wm1", "chen", remove=[high])
    scene.customers.observe(edited)
    await scene.contacts.refresh()
    assert await scene.tags() == []
    assert scene.customers.stale == set()


async def test_somebody_whom_nobody_has_any_more_is_not_asked_for_again(scene: Scene) -> None:
    scene.corp.add_customer("wm1", "客户1")
    scene.customers.stale.add("wm1")
    await scene.contacts.refresh()
    assert scene.customers.stale == set()


async def test_a_permission_that_is_missing_was_taken_for_nobodys_contact(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """They were off the list, without a line in the log, until the next night."""
    await friends(scene, "wm1", "liming")
    scene.corp.faults.add(Fault(api="externalcontact/get", errcode=48002, times=1))
    scene.customers.stale.add("wm1")
    await scene.contacts.refresh()
    assert "WeCom does not tell of a customer" in caplog.text
    await scene.clock.advance(601)
    await scene.contacts.refresh()
    assert [row["name"] for row in await scene.rows("SELECT name FROM customer")] == ["客户wm1"]


async def test_a_permission_that_is_missing_was_kept_as_having_no_tags(
    client: WeComClient, wecom: WeCom, clock: ManualClock, tmp_path: Path
) -> None:
    profile = {"external_userid": "wm1", "nickname": "老张"}
    wecom.answer("kf/customer/batchget", {"errcode": 0, "customer_list": [profile]})
    wecom.answer("externalcontact/get", refusal(48002))
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        async with background(journal.run):
            customers = Customers(journal, clock)
            profiles = Profiles(client, customers, tags=lambda: True)
            await customers.fetch(["wm1"])
            await profiles.learn()
            assert customers["wm1"].name == "老张"
            assert customers.unknown == set(), "not again every two seconds"
            await journal.drain()
            assert await journal.rows("SELECT id FROM customer WHERE fetched_at > 0") == []
            await profiles.ask_again()
            assert customers.unknown == {"wm1"}


async def test_an_event_during_the_look_up_is_looked_up_too(scene: Scene) -> None:
    await friends(scene, "wm1", "liming")
    scene.customers.stale.add("wm1")
    scene.corp.faults.add(Fault(api="externalcontact/get", latency_s=1, times=1))
    async with background(scene.contacts.refresh):
        while not scene.corp.calls:  # for the tags, just before
            await scene.clock.advance(0)
        scene.customers.stale.add("wm1")
        while not await scene.rows("SELECT id FROM customer WHERE fetched_at > 0"):
            await scene.clock.advance(1)
    assert scene.customers.stale == {"wm1"}


async def test_a_page_of_one_customer_waited_for_the_answer_about_another(scene: Scene) -> None:
    """Five seconds for each, one after the other, while WeCom hung. And of one who is asked about
    twice WeCom is asked once."""
    for customer in ("wm1", "wm2"):
        await friends(scene, customer, "liming")
    scene.corp.faults.add(Fault(api="externalcontact/get", latency_s=1, times=1))
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        slow = [tasks.create_task(scene.contacts.look_up("wm1")) for _ in range(2)]
        while scene.corp.faults:
            await scene.clock.advance(0)
        await scene.contacts.look_up("wm2")
        scene.customers.stale.add("wm1")
        await scene.contacts.refresh()
        assert scene.customers.stale == {"wm1"}, "the answer may be from before their event"
        assert not any(one.done() for one in slow)
        await scene.clock.advance(1)
    asked = [one.query.get("external_userid") for one in scene.corp.calls]
    assert [one for one in asked if one] == ["wm2", "wm1"]


async def test_a_page_leaves_out_of_whom_more_was_told_since(scene: Scene) -> None:
    """It may be from before the event for which these were asked about."""
    await friends(scene, "wm1", "liming")
    await scene.contacts.look_up("wm1")
    scene.corp.faults.add(Fault(api="externalcontact/batch/get_by_user", latency_s=1, times=1))
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        night = tasks.create_task(scene.contacts.reconcile())
        while scene.corp.faults:
            await scene.clock.advance(0)
        await scene.contacts.look_up("wm1")
        high = await scene.corp.console_adds_tag("标签", "高")
        await scene.corp.member_tags_customer("wm1", "liming", add=[high])
        while not night.done():
            await scene.clock.advance(1)
    assert await scene.tags() == []


async def test_a_night_is_long(scene: Scene) -> None:
    """Errors that pass cost some seconds, not the whole night's work."""
    await friends(scene, "wm1", "liming")
    scene.corp.faults.add(Fault(api="externalcontact/batch/get_by_user", errcode=45033, times=2))
    scene.corp.faults.add(Fault(api="externalcontact/get_follow_user_list", drop=True, times=1))
    async with background(scene.contacts.begin):
        while not await scene.rows("SELECT seq FROM contact"):
            await scene.clock.advance(1)
