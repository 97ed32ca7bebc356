"""A customer invites friends by a code of their own, and hears when enough have stayed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.desk.staff import Role
from bot.wecom.contact_ways import ContactWays
from tests.engine import configured, lay_secrets
from tests.house.test_records import huashu, objects
from tests.pages import visiting
from tests.stage import SHOP, Stage, company, stage

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
HOUR, DAY = 3600.0, 86_400.0
FILE = """
[referral.spring]
title = "春季老带新"
from = 2026-03-01
until = 2026-03-20
members = ["wangfang"]
tags = ["老带新"]
ask = "faq/ship_when"
per_hour = 3
thresholds = [{ count = 2, script = "holiday/mid_autumn" }]
"""
SIDE = "/sidebar/customer/invite?customer=wm2"
PAGE = "/console/referral"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    configured(root, "touch.toml", "caps.toml", "calendar.toml")
    (root / "config/referral.toml").write_text(FILE, "utf-8")
    clock = ManualClock(MORNING)
    corp = company(clock)
    await corp.console_adds_tag("标签", "老带新")
    for number in range(6, 16):
        corp.add_customer(f"wm{number}", f"朋友{number}")
    async with stage(root, corp=corp, clock=clock, ticks=False) as opened:
        for customer in ("wm1", "wm2", "wm5"):
            await corp.customer_adds_member(customer, "liming", welcome=False)
        await opened.quiet()
        await opened.look("contacts.refresh", DAY)
        yield opened
    assert corp.refusals == []


def code_of(shop: Stage, number: int = 0) -> str:
    return [*shop.corp.ways.ways][number]


async def scans(shop: Stage, config_id: str, *customers: str) -> None:
    for customer in customers:
        await shop.corp.customer_scans(customer, config_id)
        await shop.quiet()  # callbacks of one second come in any order
    await shop.look("referral")


async def stands(shop: Stage) -> dict[str, tuple[int, str]]:
    rows = await shop.rows("SELECT invitee, state, reason FROM invitation")
    return {row["invitee"]: (row["state"], row["reason"]) for row in rows}


WAITING, COUNTS, REFUSED, HELD = range(4)


async def test_a_campaign_from_its_codes_to_its_end(shop: Stage) -> None:
    await a_customer_who_asks_gets_a_code_also_if_we_go_down_in_between(shop)
    await friends_who_stay_count_and_those_who_were_customers_do_not(shop)
    await enough_friends_bring_one_message(shop)
    await a_member_gives_a_code_in_the_sidebar(shop)
    await a_burst_waits_for_an_operator(shop)
    await a_terminal_tells_it_too(shop)
    await who_has_stayed_counts_as_soon_as_they_may(shop)
    await one_code_that_was_deleted_at_wecom_kept_all_others_as_they_were(shop)
    await its_codes_end_with_it(shop)


async def test_an_operator_looked_in_vain_for_where_campaigns_are_made(shop: Stage) -> None:
    for role, asks in ((Role.OPERATOR, True), (Role.ADMIN, False)):
        async with visiting(shop.bot, "boss", role) as pages:
            page = await pages.text(PAGE)
        assert ("请找管理员" in page, "改活动设置</a>" in page) == (asks, not asks)


async def a_customer_who_asks_gets_a_code_also_if_we_go_down_in_between(shop: Stage) -> None:
    shop.corp.faults.add(
        Fault(api="externalcontact/add_contact_way", disconnect_after=True, times=1)
    )
    await shop.corp.customer_writes_kf("wm1", SHOP, "什么时候发货")
    await shop.quiet()
    await shop.look("referral.wishes")
    assert len(shop.corp.ways.ways) == 1, "made, and we do not know of it"
    await shop.look("referral.wishes", 60)
    (way,) = shop.corp.ways.ways.values()
    assert way["state"].startswith("ref-spring-")
    assert (way["user"], way["remark"]) == (["wangfang"], "春季老带新")
    told = shop.texts("wm1")[-1]
    assert way["qr_code"] in told
    assert "3月20日" in told
    await shop.corp.customer_writes_kf("wm1", SHOP, "什么时候发货")
    await shop.quiet()
    await shop.look("referral.wishes", 60)
    assert way["qr_code"] in shop.texts("wm1")[-1]
    assert len(shop.corp.ways.ways) == 1, "one code for each"


async def friends_who_stay_count_and_those_who_were_customers_do_not(shop: Stage) -> None:
    await scans(shop, code_of(shop), "wm3", "wm4", "wm5")
    await shop.look("contacts.refresh", 6)
    await shop.look("tags")
    state = {one["customer"]: one["tags"] for one in shop.corp.state()["contacts"]}
    assert state["wm3"] == ["老带新"]
    await shop.corp.customer_removes_member("wm4", "wangfang")
    await shop.quiet()
    await shop.look("referral")
    assert await stands(shop) == {
        "wm3": (WAITING, ""), "wm4": (REFUSED, "left"), "wm5": (REFUSED, "known"),
    }  # fmt: skip


async def enough_friends_bring_one_message(shop: Stage) -> None:
    """Into their open session; to others it is a mass message that their member confirms."""
    await shop.look("referral", HOUR)
    await scans(shop, code_of(shop), "wm6")
    await shop.look("referral", DAY - 60)
    assert (await stands(shop))["wm6"] == (WAITING, "")
    await shop.look("referral", 60)
    assert (await stands(shop))["wm6"] == (COUNTS, "")
    for _ in range(2):
        await shop.look("touches", HOUR)
        await shop.look("referral")
    (reward,) = await shop.rows("SELECT inviter, step, state FROM referral_reward")
    assert (reward["inviter"], reward["step"], reward["state"]) == ("wm1", 2, 2)
    assert sum("中秋" in text for text in shop.texts("wm1")) == 1
    await shop.corp.customer_removes_member("wm6", "wangfang")
    await shop.quiet()


async def a_member_gives_a_code_in_the_sidebar(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", Role.MEMBER) as pages:
        given = await pages.post(SIDE, data={"campaign": "spring"})
        assert given.status == 200, await given.text()
        assert shop.corp.ways.ways[code_of(shop, 1)]["qr_code"] in await given.text()
        assert (await pages.post(SIDE, data={"campaign": "nowhere"})).status == 422
        card = await pages.part("/sidebar/customer?customer=wm1")
        assert "邀请了 4 位，1 位算数" in card
    async with visiting(shop.bot, "wangfang", Role.MEMBER) as pages:
        card = await pages.part("/sidebar/customer?customer=wm3")
        assert "另一位客户" in card, "wm1 is not theirs"


async def a_burst_waits_for_an_operator(shop: Stage) -> None:
    await scans(shop, code_of(shop, 1), *(f"wm{number}" for number in range(7, 13)))
    held = await shop.rows("SELECT seq, invitee FROM invitation WHERE state = 3 ORDER BY seq")
    assert [row["invitee"] for row in held] == ["wm10", "wm11", "wm12"]
    first, second, _ = (row["seq"] for row in held)
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        page = await pages.text(f"{PAGE}/spring")
        assert page.count("短时间内太多") >= 3
        where = f"{PAGE}/spring/invitations"
        assert (await pages.post(f"{where}/{first}", data={"verdict": "refuse"})).status == 422
        done = await pages.post(f"{where}/{first}", data={"verdict": "refuse", "why": "小号"})
        assert done.status == 200
        done = await pages.post(f"{where}/{second}", data={"verdict": "accept", "why": "店庆"})
        assert done.status == 200
        again = await pages.post(f"{where}/{second}", data={"verdict": "accept", "why": "店庆"})
        assert again.status == 404
        assert "老带新" in await pages.text(PAGE)
        paused = await pages.post(f"{PAGE}/spring/pause", data={"why": "查一下"})
        assert paused.status == 200
        await shop.look("referral", 25 * HOUR)
        assert (await stands(shop))["wm7"] == (WAITING, ""), "nothing counts while it is paused"
        refused = await pages.post(SIDE.replace("wm2", "wm5"), data={"campaign": "spring"})
        assert "暂停" in await refused.text()
        assert (await pages.post(f"{PAGE}/spring/resume")).status == 200
    await shop.look("referral")
    states = await stands(shop)
    assert [states[f"wm{one}"] for one in range(7, 13)] == [
        (COUNTS, ""), (COUNTS, ""), (COUNTS, ""), (REFUSED, "burst"), (COUNTS, ""),
        (HELD, "burst"),
    ]  # fmt: skip
    deeds = await shop.rows("SELECT act, why FROM audit WHERE act LIKE 'referral%' ORDER BY seq")
    assert [(row["act"], row["why"]) for row in deeds] == [
        ("referral.give", ""), ("referral.refuse", "小号"), ("referral.accept", "店庆"),
        ("referral.pause", "查一下"), ("referral.resume", ""),
    ]  # fmt: skip


async def who_has_stayed_counts_as_soon_as_they_may(shop: Stage) -> None:
    """The page said that they wait, a week after they had come."""
    (held,) = await shop.rows("SELECT seq FROM invitation WHERE state = 3")
    async with visiting(shop.bot, "boss", Role.OPERATOR) as pages:
        sent = {"verdict": "accept", "why": "都是真的"}
        await pages.post(f"{PAGE}/spring/invitations/{held['seq']}", data=sent)
    assert (await stands(shop))["wm12"] == (COUNTS, "")


async def a_terminal_tells_it_too(shop: Stage) -> None:
    root = shop.bot.office.settings.root
    lay_secrets(root)
    board = ("referral", "board", "--root", root)
    told = (await huashu(*board)).output
    assert "春季老带新" in told
    assert "短时间内太多" in told
    (one,) = await objects(*board)
    assert (one["codes"], one["sent"], one["due"], one["held"]) == (2, 1, 1, 1)


async def one_code_that_was_deleted_at_wecom_kept_all_others_as_they_were(shop: Stage) -> None:
    """And whoever asked for theirs was given it, though it led nowhere."""
    ways, gone = shop.corp.ways.ways, code_of(shop)
    await ContactWays(shop.bot.office.client).delete(gone)
    text = FILE.replace("春季老带新", "春日老带新")
    (shop.bot.office.settings.root / "config/referral.toml").write_text(text, "utf-8")
    shop.corp.calls.clear()
    codes = shop.bot.office.referrals.codes
    await asyncio.gather(codes.look(), codes.look())  # as of two processes: it got two
    apis = {call.api for call in shop.corp.calls}
    assert "externalcontact/list_contact_way" not in apis, "each code that was made since"
    assert [way["remark"] for way in ways.values()] == ["春日老带新"] * 2
    kept = {row["config_id"] for row in await shop.rows("SELECT config_id FROM referral_code")}
    assert kept == set(ways)
    shop.corp.refusals.clear()  # of a code that it does not have


async def its_codes_end_with_it(shop: Stage) -> None:
    await shop.look("referral.codes", 8 * DAY)
    assert shop.corp.ways.ways == {}
    await shop.look("referral.codes")
    assert [call.api for call in shop.corp.calls if "del_contact" in call.api] == [
        "externalcontact/del_contact_way"
    ] * 2
