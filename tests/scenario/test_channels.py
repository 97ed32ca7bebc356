"""Customers come by a channel's code: their own welcome and tags, and figures of each channel."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.errors import Complaint, Refused
from bot.events import AppEvent
from bot.mockwecom.faults import Fault
from bot.store.channels.channels import ChannelStore
from bot.store.channels.taggings import Taggings
from bot.store.customers.corp_tags import CorpTags
from bot.store.desk.staff import Role
from bot.tagging.book import read_tagging
from bot.wecom.contact_ways import ContactWays
from tests.pages import Pages, visiting
from tests.stage import SHOP, Stage, company, stage

CHANNELS = """
[channel.till]
title = "虹口店收银台"
members = ["liming", "wangfang"]
script = "welcome/store"
tags = ["门店", "没有的"]
"""
PARCEL = {"title": "快递卡", "state": "parcel", "members": "liming", "tags": "门店"}
RULES = """
[rule.shipping]
title = "问过发货"
asked = ["faq/ship_when"]
tag = ["关心发货"]
[rule.from_till]
whom = "tillers"
tag = ["到店"]
"""
SEGMENT = """
[segment.tillers]
source = ["till"]
"""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    (root / "config").mkdir()
    (root / "config/segments.toml").write_text(SEGMENT, "utf-8")
    (root / "config/channels.toml").write_text(CHANNELS, "utf-8")
    clock = ManualClock()
    corp = company(clock)
    for tag in ("门店", "关心发货"):
        await corp.console_adds_tag("标签", tag)
    async with stage(root, corp=corp, clock=clock, ticks=False) as opened:
        yield opened
    assert corp.refusals == []


async def test_a_channel_from_its_code_to_its_figures(shop: Stage) -> None:
    await a_code_is_made_once_also_if_we_go_down_in_between(shop)
    await those_who_scan_hear_their_own_welcome_and_get_its_tags(shop)
    await what_became_of_them_is_counted_by_day(shop)
    await rules_tag_those_who_asked_and_those_in_a_segment(shop)
    await tags_follow_what_becomes_of_them_at_wecom(shop)
    await tags_that_rules_give_are_made_if_we_may(shop)


async def a_code_is_made_once_also_if_we_go_down_in_between(shop: Stage) -> None:
    ways = shop.corp.ways.ways
    shop.corp.faults.add(
        Fault(api="externalcontact/add_contact_way", disconnect_after=True, times=1)
    )
    await shop.look("channels")
    assert len(ways) == 1, "made, and we do not know of it"
    await shop.look("channels", 60)
    (way,) = ways.values()
    assert (way["state"], way["user"]) == ("till", ["liming", "wangfang"])
    code = (await ChannelStore(shop.bot.office.database).codes())["till"]
    assert (code.config_id, code.picture) == (way["config_id"], way["qr_code"])
    asked = [call.api for call in shop.corp.calls if call.api.endswith("contact_way")]
    await shop.look("channels")
    again = [call.api for call in shop.corp.calls if call.api.endswith("contact_way")]
    assert again == asked, "nothing is different"


async def those_who_scan_hear_their_own_welcome_and_get_its_tags(shop: Stage) -> None:
    config_id = next(iter(shop.corp.ways.ways))
    await shop.corp.customer_adds_member("wm4", "liming")
    await shop.quiet()
    (usual,) = shop.got("wm4", "contact")
    for customer in ("wm1", "wm2", "wm3"):
        await shop.corp.customer_scans(customer, config_id)
        await shop.quiet()
    (greeting,) = shop.got("wm1", "contact")
    assert greeting.text != usual.text
    await shop.look("contacts.refresh")  # WeCom does not know of their tags yet
    # All tags were taken as told, for ever, where the app had not the right to give them.
    shop.corp.faults.add(Fault(api="externalcontact/mark_tag", errcode=48002, times=1))
    with pytest.raises(Refused):
        await shop.look("tags")
    await shop.look("tags")
    assert {one["told_at"] for one in await Taggings(shop.bot.office.database).of("wm2")} == {None}
    await shop.look("tags", 601)
    state = {(one["customer"], *one["tags"]) for one in shop.corp.state()["contacts"]}
    assert state == {("wm1", "门店"), ("wm2", "门店"), ("wm3", "门店"), ("wm4",)}
    first, second = await Taggings(shop.bot.office.database).of("wm1")
    assert (first["tag"], first["zh"]) == ("门店", "扫「虹口店收银台」的码加的")
    assert (second["tag"], second["problem"][:11]) == ("没有的", "the company")
    night = await shop.bot.office.contacts.reconcile()
    assert night.tagged == 0, "what we told WeCom ourselves is no news"
    rows = await shop.rows("SELECT tags FROM customer WHERE id = 'wm1'")
    assert json.loads(rows[0]["tags"]) == ["没有的", "门店"]


async def what_became_of_them_is_counted_by_day(shop: Stage) -> None:
    await shop.corp.customer_writes_kf("wm1", SHOP, "什么时候发货")
    await shop.quiet()
    await shop.look("hearing")
    await shop.look("contacts.refresh", 86_400)
    await shop.corp.customer_removes_member("wm3", "wangfang")
    await shop.quiet()
    office = shop.bot.office
    today = office.clock.now().astimezone(office.zone).date()
    came = (await ChannelStore(office.database).came(today, 7, office.zone))["till"]
    (_, first), (last_day, last) = sorted(came.items())
    assert (first.added, first.answered, first.silent, first.gone) == (3, 1, 2, 1)
    assert (last_day, last.added, last.lost) == (today, 0, 1)


async def rules_tag_those_who_asked_and_those_in_a_segment(shop: Stage) -> None:
    """The file is followed while we run; a mistake in it keeps the old rules."""
    config = shop.bot.office.settings.root / "config"
    (config / "tagging.toml").write_text(RULES, "utf-8")
    await shop.look("tags.rules")
    await shop.corp.customer_writes_kf("wm2", SHOP, "什么时候发货")
    await shop.quiet()
    store = Taggings(shop.bot.office.database)
    asked = (await store.of("wm2"))[-1]
    assert (asked["tag"], asked["rule"], asked["zh"]) == ("关心发货", "rule:shipping", "问过发货")
    whys = {one: [row["rule"] for row in await store.of(one)] for one in ("wm1", "wm4")}
    assert whys["wm1"] == ["channel:till", "channel:till", "rule:from_till"]
    assert whys["wm4"] == []
    await shop.look("tags.segments", 60)
    assert len(await store.of("wm1")) == 3, "once"
    await shop.look("tags")
    assert (await store.of("wm2"))[-1]["problem"] == "", "the catalogue has it"
    relations = shop.corp.contacts.relations
    assert len(relations["liming", "wm2"].tags) == 2
    (config / "tagging.toml").write_text(RULES.replace("tillers", "nobody"), "utf-8")
    await shop.look("tags.rules")
    assert len(shop.bot.desk.tag_book.tagging.rules) == 2
    complaints: list[Complaint] = []
    read_tagging(config.parent, complaints, ["faq/delivery_time"])
    assert [one.key for one in complaints] == ["rule.from_till.whom", "rule.shipping.asked"]
    assert complaints[-1].cure == "Write the id of one, or faq/* for several"


async def tags_follow_what_becomes_of_them_at_wecom(shop: Stage) -> None:
    corp, of = shop.corp, "SELECT tag FROM customer_tag WHERE customer = 'wm2'"
    await shop.look("tags.catalogue")
    shelf = CorpTags(shop.bot.office.database)
    kept = {one["name"]: one["n"] for one in await shelf.shelf()}
    assert kept == {"门店": 3, "关心发货": 1}
    assert {one["name"] for one in await shelf.ours()} == {"没有的", "到店"}
    before = len(corp.calls)
    await shop.look("tags.catalogue")
    assert len(corp.calls) == before, "nothing has changed"
    ids = {name: tag for tag, (_, name) in corp.tags.named().items()}
    await corp.console_orders_tags("标签", ["关心发货", "门店"])
    await corp.console_renames_tag(ids["门店"], "到过门店")
    await corp.console_deletes_tag(ids["关心发货"])
    await shop.quiet()
    await shop.look("tags.catalogue")
    now = {"到店", "到过门店", "没有的"}
    assert {row["tag"] for row in await shop.rows(of)} == now
    dates = "SELECT name FROM customer_date WHERE customer = 'wm2' AND name LIKE 'tag:%'"
    assert {row["name"] for row in await shop.rows(dates)} == {f"tag:{one}" for one in now}
    night = await shop.bot.office.contacts.reconcile()
    assert night.tagged == 0, "the nightly round finds nothing left to do"
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        page = await pages.text("/console/customers/tags")
    assert "到过门店" in page
    assert "没有的" in page


async def tags_that_rules_give_are_made_if_we_may(shop: Stage) -> None:
    path = shop.bot.office.settings.root / "config/customers.toml"
    path.write_text('[tags]\ncreate = true\ngroup = "自动"\n', "utf-8")
    await shop.look("customers.rules")
    await shop.look("tags.catalogue")
    await shop.look("tags")
    assert set(shop.corp.tags.named().values()) == {
        ("标签", "到过门店"), ("自动", "没有的"), ("自动", "到店"),
    }  # fmt: skip
    assert len(shop.corp.contacts.relations["liming", "wm2"].tags) == 3
    assert await CorpTags(shop.bot.office.database).ours() == []


async def test_operators_make_channels_on_the_page(shop: Stage) -> None:
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        assert "虹口店收银台" in await pages.text("/console/channels")
        wrong = await pages.post("/console/channels", data=PARCEL | {"state": "快递"})
        assert wrong.status == 422
        assert "快递卡" in await wrong.text()
        nobody = {name: value for name, value in PARCEL.items() if name != "members"}
        page = await (await pages.post("/console/channels", data=nobody)).text()
        legend = page.partition("扫码加谁")[2].partition("</fieldset>")[0]
        assert "至少勾选一位" in legend, "a line of config/channels.toml was told, above all"
        made = await pages.post("/console/channels", data=PARCEL)
        assert made.status == 200, await made.text()
        page = await pages.text("/console/channels/parcel")
        assert "https://p.qpic.cn/wwhead/" in page
        svg = await pages.get("/console/channels/parcel/code.svg")
        assert (svg.status, svg.content_type) == (200, "image/svg+xml")
        assert (await pages.get("/console/channels/nowhere")).status == 404
    (way,) = (way for way in shop.corp.ways.ways.values() if way["state"] == "parcel")
    channels = shop.bot.desk.channel_book.channels
    assert (way["user"], channels["parcel"].tags) == (["liming"], ("门店",))
    await operators_change_channels_on_the_page(shop)
    await a_page_and_a_look_made_two_codes_of_one_channel(shop)


async def a_page_and_a_look_made_two_codes_of_one_channel(shop: Stage) -> None:
    office = shop.bot.office
    with (office.settings.root / "config/channels.toml").open("a", encoding="utf-8") as file:
        file.write('\n[channel.fair]\ntitle = "展会"\nmembers = ["liming"]\n')
    office.desk.channel_book.look()
    await asyncio.gather(office.channels.make("fair"), office.channels.look())
    assert [way["state"] for way in shop.corp.ways.ways.values()].count("fair") == 1


async def operators_change_channels_on_the_page(shop: Stage) -> None:
    """Who left was taken off a code by an admin, in a file."""
    path = "/console/channels/till"
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        page = await pages.text(path)
        ticked = re.findall(r'name="members" value="(\w+)" checked', page)
        assert ticked == ["liming", "wangfang"]
        assert 'value="门店、没有的"' in page
        nobody = {"title": "收银台"}
        answer = await pages.post(path, data=nobody)
        assert (answer.status, "至少勾选一位" in await answer.text()) == (422, True)
        answer = await pages.post(path, data=nobody | {"members": "wangfang", "seen": "0"})
        overtaken = await answer.text()
        assert "别人改过" in overtaken, "it took the place of theirs in silence"
        seen = re.search(r'name="seen" value="(\w+)"', overtaken)
        assert seen is not None
        answer = await pages.post(path, data=nobody | {"members": "wangfang", "seen": seen[1]})
        assert answer.status == 200, await answer.text()
        assert (await pages.post("/console/channels/nowhere", data=nobody)).status == 404
    (way,) = (way for way in shop.corp.ways.ways.values() if way["state"] == "till")
    till = shop.bot.desk.channel_book.channels["till"]
    assert (way["user"], till.title, till.script, till.tags) == (["wangfang"], "收银台", "", ())
    await a_refused_code_is_asked_for_again(shop)


async def a_code_that_was_deleted_at_wecom_could_never_be_had_again(
    shop: Stage, pages: Pages
) -> None:
    """Nor said its page more than 41044, and to try once more changed nothing."""
    ways, path = shop.corp.ways.ways, "/console/channels/till"
    before = (shop.bot.desk.channel_book.root / "config/channels.toml").read_text("utf-8")
    (old,) = (one for one, way in ways.items() if way["state"] == "till")
    await ContactWays(shop.bot.office.client).delete(old)
    told = {"title": "三号收银台", "members": "WangFang"}
    await pages.post(path, data=told)
    page = await pages.text(path)
    assert ("被删了" in page, "wwhead" in page, "照样能用" in page) == (True, False, False)
    assert "被删了" in await pages.text("/console/channels")
    assert "till" not in [way["state"] for way in ways.values()], "not before somebody says so"
    await a_deleted_code_was_ready_once_its_channel_was_changed_back_or_gone(shop, pages, before)
    shop.corp.calls.clear()
    await pages.post(f"{path}/again", data={})
    assert [one.api for one in shop.corp.calls] == ["externalcontact/add_contact_way"], "all since"
    page = await pages.text(path)
    (new,) = (one for one, way in ways.items() if way["state"] == "till")
    assert (f"wwhead/{new}" in page, "被删了" in page, new == old) == (True, False, False)


async def a_deleted_code_was_ready_once_its_channel_was_changed_back_or_gone(
    shop: Stage, pages: Pages, before: str
) -> None:
    """Or on its own page "not made here"."""
    file = shop.bot.desk.channel_book.root / "config/channels.toml"
    told, path = file.read_text("utf-8"), "/console/channels/till"
    for text in (before, told.replace("channel.till]", "channel.other]"), told):
        file.write_text(text, "utf-8")
        shop.bot.desk.channel_book.look()
        if text == before:
            await shop.bot.office.channels.make("till")
        for page in ("/console/channels", path):
            assert "被删了" in await pages.text(page)


async def a_refused_code_is_asked_for_again(shop: Stage) -> None:
    """Only another wording of the channel did that, for ever."""
    api, book = "externalcontact/update_contact_way", shop.bot.desk.channel_book
    file = book.root / "config/channels.toml"

    def calls() -> int:
        return sum(call.api == api for call in shop.corp.calls)

    text = file.read_text("utf-8").replace("收银台", "二号收银台").replace("wangfang", "WangFang")
    file.write_text(text, "utf-8")
    shop.corp.faults.add(Fault(api=api, errcode=48002))
    await shop.look("channels")
    told, path = calls(), "/console/channels/till"
    await shop.look("channels", 590)
    assert calls() == told, "hammered"
    await shop.look("channels", 11)
    await shop.look("channels", 1190)
    assert calls() == told + 1, "twice as long after each"
    now = shop.bot.office.clock.now()
    changed = AppEvent(
        id="a1", at=now, conversation="corp", name="change_contact:update_user",
        user="WangFang", details={},
    )  # fmt: skip
    await shop.bot.inbox.put([changed])
    await shop.quiet()
    await shop.look("channels", 61)
    assert calls() == told + 2, "a member was activated"
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        page = await pages.text(path)
        assert "40 分钟后" in page
        boxes = re.findall(r'name="members" value="(\w+)"( checked)?', page)
        assert ("WangFang", " checked") in boxes
        assert ("liming", "") in boxes
        assert len(boxes) == len({one.casefold() for one, _ in boxes}), "in every spelling"
        await pages.post(f"{path}/again", data={})
        assert "errcode 48002" in await pages.text(path)
        shop.corp.faults.clear()
        await pages.post(f"{path}/again", data={})
        assert "没有接受" not in await pages.text(path)
        await a_code_that_was_deleted_at_wecom_could_never_be_had_again(shop, pages)
        file.write_text("", "utf-8")
        book.look()
        page = await pages.text(path)
        assert ("/console/channels?state=till" in page, "改好保存" in page) == (True, False)
