"""`huashu doctor`: each planted mis-setting is named by its own line, and by no other."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.doctor import Line, Shown, examine, heard
from bot.files.reader import Secret
from bot.mockwecom.faults import Fault
from bot.settings import KeyPair, Kf
from tests.databases import server
from tests.engine import SECRETS
from tests.installation import AGENT, SECRET, Place, installed
from tests.stage import BOT, SHOP, Stage, stage

OTHER_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

Plant = Callable[[Place], Awaitable[None] | None]


def answers(status: int, **more: Any) -> Plant:
    async def front(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, **more)

    def plant(at: Place) -> None:
        at.front = front

    return plant


def slow(at: Place) -> None:
    async def front(request: web.BaseRequest) -> web.StreamResponse:
        await at.clock.advance(1.2)
        return await at.program(request)

    at.front = front


def old_pair(at: Place) -> None:
    at.set_app(
        callback=replace(at.keys, old=KeyPair(token=at.keys.token, aes_key=Secret(OTHER_KEY)))
    )


def wrapped(at: Place) -> None:
    async def front(request: web.BaseRequest) -> web.StreamResponse:
        answer = await at.program(request)
        assert isinstance(answer.body, bytes)
        return web.Response(body=b'"%s"\n' % answer.body)

    at.front = front


def without_query(at: Place) -> None:
    async def front(request: web.BaseRequest) -> web.StreamResponse:
        return await at.program(request.clone(rel_url=request.path))

    at.front = front


def other_token(at: Place) -> None:
    at.keys = replace(at.keys, token=Secret("AnotherToken"))


def other_aes_key(at: Place) -> None:
    at.keys = replace(at.keys, aes_key=Secret(OTHER_KEY))


def not_running(at: Place) -> None:
    at.set(server=replace(at.settings.server, public_url="http://127.0.0.1:9", port=9))
    at.app()


def wrong_corp(at: Place) -> None:
    at.corp_id = "ww0123456789"
    at.set(wecom=replace(at.settings.wecom, corp_id=at.corp_id))


def other_program(at: Place) -> None:
    """The program runs with another corp id than the settings have by now."""
    at.corp_id = "ww0123456789"


def other_app(at: Place) -> None:
    at.app(1000003, "another-secret")
    at.set_app(agent_id=1000003)


def no_wecom(at: Place) -> None:
    at.set(wecom=replace(at.settings.wecom, api_base="http://127.0.0.1:9"))


def wecom_out_of_order(at: Place) -> None:
    """Its gateway, that is; here one place answers for both of us."""
    answers(502)(at)
    at.set(wecom=replace(at.settings.wecom, api_base=f"http://{at.host}"))


async def swapped(at: Place) -> None:
    at.page = f"http://{at.host}/sidebar/?code=C1&state=s#/now"
    got = await at.signatures(at.page)
    at.shown = Shown(config=got.config, agent=got.config)


async def routed(at: Place) -> None:
    """The page signed where it began; by now its router shows another path."""
    at.page = f"http://{at.host}/sidebar/?code=C1&state=s"
    got = await at.signatures(f"http://{at.host}/sidebar/")
    at.shown = Shown(config=got.config)


def no_address(at: Place) -> None:
    at.page = "https://[bot.example.com:x/sidebar"


PLANTED: list[tuple[str, Plant, dict[str, str]]] = [
    ("wecom unreachable", no_wecom, {"wecom": "no_answer"}),
    ("wecom out of order", wecom_out_of_order, {"wecom": "broken", "callback.app": "502"}),
    ("wrong secret", lambda at: at.set_app(secret=Secret("mistyped-secret")), {"token": "40001"}),
    ("wrong corp id", wrong_corp, {"token": "40013"}),
    ("address not trusted", lambda at: at.corp.set_trusted_ips(["203.0.113.7"]), {"ip": "60020"}),
    ("agent id of another app", other_app, {"agent": "301002"}),
    ("agent id of no app", lambda at: at.set_app(agent_id=7), {"agent": "40056"}),
    ("another domain", lambda at: at.app(domain="old.example.com"), {"domain": "50001"}),
    ("port left out", lambda at: at.app(domain="127.0.0.1"), {"domain": "50001"}),
    ("no domain", lambda at: at.app(domain=""), {"domain": "no_domain"}),
    ("another Token", other_token, {"callback.app": "token"}),
    ("an old pair", old_pair, {"callback.app": "old_pair"}),
    ("another AESKey", other_aes_key, {"callback.app": "aes_key"}),
    ("another corp id runs", other_program, {"callback.app": "corp_id"}),
    ("redirect", answers(301, headers={"Location": "https://x.example/"}),
     {"callback.app": "redirect"}),
    ("path not passed on", answers(404), {"callback.app": "404"}),
    ("proxy without program", answers(502), {"callback.app": "502"}),
    ("password", answers(401), {"callback.app": "401"}),
    ("a page of somebody else", answers(200, text="<h1>hello</h1>"),
     {"callback.app": "other_program"}),
    ("query dropped", without_query, {"callback.app": "query"}),
    ("quotes around the answer", wrapped, {"callback.app": "wrapped"}),
    ("slow", slow, {"callback.app": "slow"}),
    ("not running", not_running, {"callback.app": "not_running"}),
    ("nothing can be written", lambda at: at.health.update(status="disk I/O error"),
     {"running": "held_up"}),
    ("a Secret that only the file has", lambda at: at.health.update(
        status="WeCom refuses calls: 40001", wecom={"gettoken": 40001}),
     {"running": "refused"}),
    ("another machine with other files", lambda at: at.health.update(
        differs="b:1: scripts_library/faq.toml"), {"running": "differs"}),
    ("no public_url", lambda at: at.set(server=replace(at.settings.server, public_url="")),
     {"callback.app": "no_public_url"}),
    ("member outside the range", lambda at: at.app(visible=["liming"]), {"range": "60011"}),
    ("客户联系 not given", lambda at: at.app(may=["kf"]), {"contact": "48002"}),
    ("微信客服 not given", lambda at: at.app(may=["externalcontact"]), {"kf": "48002"}),
    ("API of 微信客服 off",
     lambda at: at.corp.faults.add(Fault(api="kf/account/list", errcode=95017)), {"kf": "95017"}),
    ("account not managed",
     lambda at: at.corp.add_kf_account(SHOP, "有间好物", ["liming"], managed=False),
     {"kf": "48007"}),
    ("account unknown", lambda at: at.set(kf=Kf(accounts=("wkOther",))), {"kf": "95004"}),
    ("handover to no servicer", lambda at: at.set(kf=Kf(handover_to="userid:zhaoliu")),
     {"kf": "95014"}),
    ("nobody receives", lambda at: at.corp.add_kf_account(SHOP, "有间好物", []),
     {"kf": "no_servicer"}),
    ("a department receives",
     lambda at: at.corp.add_kf_account(SHOP, "有间好物", [], departments=(1,)), {}),
    ("ticket of another kind",
     lambda at: at.corp.faults.add(Fault(api="ticket/get", errcode=91040)),
     {"ticket.agent": "91040"}),
    ("company's ticket for agentConfig", swapped, {"signature": "42012"}),
    ("signed without the query", routed, {"signature": "query"}),
    ("a page that is no address", no_address,
     {"domain": "no_address", "signature": "no_address"}),
    ("bot's secret wrong", lambda at: at.health.update(bot="refused"), {"bot": "40001"}),
    ("bot taken over", lambda at: at.health.update(bot="evicted"), {"bot": "evicted"}),
]  # fmt: skip


def holds_no_secret(lines: list[Line], *more: str) -> bool:
    told = "".join(str(line.fields()) for line in lines)
    secrets = ("mistyped-secret", OTHER_KEY, *SECRETS.values(), *more)
    return not any(secret in told for secret in secrets)


@pytest.mark.parametrize(("plant", "named"), [row[1:] for row in PLANTED],
                         ids=[row[0] for row in PLANTED])  # fmt: skip
async def test_each_planted_mis_setting_is_named(
    tmp_path: Path, plant: Plant, named: dict[str, str]
) -> None:
    clock = ManualClock()
    async with installed(tmp_path, clock, clock) as at:
        if (planting := plant(at)) is not None:
            await planting
        lines = await at.lines()
    wrong = {line.id: line.cause for line in lines if line.state in ("red", "amber")}
    assert wrong == named
    for line in lines:
        assert line.zh, line.id
        assert line.en, line.id
        assert line.state == "green" or line.cause
        assert (line.id in wrong) <= (line.click.zh != "" and line.click.en != "")
        if line.state == "unknown":
            assert line.cause.startswith("needs.") or named.keys() & {"callback.app"}, line
    assert holds_no_secret(lines, *at.settings.duty.members)  # HUASHU_DUTY may hold one
    assert at.corp.deliveries == [], "nothing reaches anybody"
    assert at.corp.refusals == [], "the mock saw what no correct client does"


@pytest.mark.parametrize(("ahead_s", "state"), [(0, "green"), (60, "amber"), (600, "red")])
async def test_a_clock_that_is_off_is_told(tmp_path: Path, ahead_s: float, state: str) -> None:
    clock, wecom = ManualClock(), ManualClock()
    await wecom.advance(ahead_s)
    async with installed(tmp_path, clock, wecom) as at:
        lines = await at.lines()
    assert {line.id: line.state.value for line in lines if line.state != "green"} == (
        {"clock": state} if ahead_s else {}
    )
    if ahead_s:
        assert f"慢 {ahead_s:.0f} 秒" in lines[1].zh


async def test_a_member_outside_the_range_whom_no_setting_names_is_told_where_to_click(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with installed(tmp_path, clock, clock) as at:
        at.health.update(wecom={"externalcontact/send_welcome_msg": 60011, "message/send": 45009})
        (line,) = [line for line in await at.lines() if line.state != "green"]
    assert line.id == "running"
    assert line.click.zh.startswith("应用管理 → 本应用 → 可见范围：加上这些成员或部门；下面各项")
    assert line.click.en.count("→") == 2, "what passes by itself needs no click"


async def test_the_address_that_wecom_saw_is_told(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(tmp_path, clock, clock) as at:
        at.corp.set_trusted_ips(["203.0.113.7"])
        told = {line.id: line for line in await at.lines()}
    assert "127.0.0.1" in told["ip"].en
    assert told["contact"].cause == "needs.ip"


async def test_keys_of_the_console_that_are_others_are_known_by_what_was_refused(
    tmp_path: Path,
) -> None:
    """The program's own settings are right; those in WeCom's console are not."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        port = int(play.bot.url.rpartition(":")[2])
        play.corp.add_app(AGENT, SECRET, "话术", domain=f"127.0.0.1:{port}")
        settings = play.bot.desk.settings
        settings = replace(
            settings, server=replace(settings.server, port=port, public_url=play.bot.url)
        )
        url, key = f"{play.bot.url}/callback/app", SECRETS["AES_KEY"]
        for token, aes_key, cause in (
            ("OtherToken", key, "console.token"),
            (SECRETS["APP_TOKEN"], OTHER_KEY, "console.aes_key"),
            (SECRETS["APP_TOKEN"], key, ""),
        ):
            play.corp.set_callback("app", url, token, aes_key)
            play.corp.rules.set("push_retries", 0)
            await play.corp.customer_enters_kf("wm1", SHOP)
            await play.corp.settled()
            told = {line.id: line.cause async for line in examine(settings, clock)}
            assert told["callback.app"] == cause


async def heard_of_both(play: Stage) -> None:
    await play.corp.customer_adds_member("wm1", "liming")
    await play.corp.customer_enters_kf("wm1", SHOP)
    await play.corp.settled()


async def test_nothing_has_come_from_wecom(tmp_path: Path) -> None:
    """Every line was green while the callback had never been saved in the admin console."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, ticks=False) as play:
        corp, settings = play.corp, play.bot.desk.settings

        async def silent() -> list[str]:
            lines = await heard.look(settings)
            assert all(line.state == "amber" and "保存" in line.click.zh for line in lines)
            return [line.cause for line in lines]

        assert await silent() == ["silent.app"]
        await corp.customer_adds_member("wm1", "liming")
        await corp.settled()
        assert await silent() == ["silent.kf"]
        await corp.customer_enters_kf("wm1", SHOP)
        await corp.settled()
        assert await silent() == []
        await play.rows("DELETE FROM event")  # as each night those of a month ago
        [line] = await heard.look(settings)
        assert "最近 30 天" in line.zh
        assert "last 30 days" in line.en
        assert "has ever" not in line.en, "it had come"


async def test_nothing_has_come_to_the_smart_bots_callback(tmp_path: Path) -> None:
    async with stage(tmp_path, ticks=False, smart_bot="callback") as play:
        settings = play.bot.desk.settings
        assert [line.cause for line in await heard.look(settings)] == ["silent.app", "silent.bot"]
        await heard_of_both(play)
        [line] = await heard.look(settings)
        assert line.cause == "silent.bot"
        assert "使用URL回调" in line.click.zh
        await play.corp.bots.member_enters_bot("liming", BOT)
        await play.corp.settled()
        assert await heard.look(settings) == []


async def test_the_doctor_failed_on_postgres_before_the_first_start_and_waited_for_what_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path, ticks=False, store="postgres") as play:
        settings = play.bot.desk.settings
        assert [line.cause for line in await heard.look(settings)] == ["silent.app"]
        without_tables = replace(settings, store=replace(settings.store, url=server()))
        assert await heard.look(without_tables) == []
        monkeypatch.setattr(heard, "LOOK_S", 0.1)
        async with play.bot.office.database.transaction() as transaction:
            await transaction.rows("LOCK TABLE event")
            assert await heard.look(settings) == []


async def test_a_healthy_installation_is_green(tmp_path: Path) -> None:
    """The whole program beside it, with a long connection, which is not disturbed."""
    clock = ManualClock()  # an answer that takes a second, as on a busy machine, is told of
    async with stage(tmp_path, clock=clock, smart_bot="long_connection") as play:
        port = int(play.bot.url.rpartition(":")[2])
        corp = play.corp
        corp.add_app(AGENT, SECRET, "话术", domain=f"127.0.0.1:{port}")
        await heard_of_both(play)
        settings = play.bot.desk.settings
        server = replace(settings.server, port=port, public_url=play.bot.url)
        settings = replace(settings, server=server)

        async def connected() -> bool:
            return any(call.api == "aibot_subscribe" for call in corp.calls)

        await play.until(connected)
        lines = [line async for line in examine(settings, clock)]
        assert [line.id for line in lines if line.state != "green"] == []
        assert [line.id for line in lines] == [
            "wecom", "clock", "callback.app", "token", "ip", "agent", "domain", "ticket.corp",
            "ticket.agent", "signature", "range", "contact", "kf", "bot",
        ]  # fmt: skip
        assert len([call for call in corp.calls if call.api == "aibot_subscribe"]) == 1
        assert holds_no_secret(lines)
        assert corp.refusals == []


async def test_tags_that_wecom_does_not_know_are_named(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(tmp_path, clock, clock) as at:
        known = tmp_path / "config/segments.toml"
        known.write_text('[known]\ntags = ["VIP", "新妈妈"]\n', "utf-8")
        await at.corp.console_adds_tag("等级", "VIP")
        [line] = [one for one in await at.lines() if one.id == "tags"]
        assert (line.state, line.cause) == ("amber", "unknown_tags")
        assert "新妈妈" in line.zh
        assert "VIP" not in line.zh
        await at.corp.console_adds_tag("等级", "新妈妈")
        [line] = [one for one in await at.lines() if one.id == "tags"]
        assert line.state == "green"
