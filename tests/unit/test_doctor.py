"""What the doctor concludes from an answer, a link or a signature."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.doctor import Shown
from bot.doctor.access import time_of
from bot.doctor.callback import TROUBLES, judge, placed
from bot.doctor.causes import cause_of, said
from bot.doctor.outside import Reply, fetch, is_private
from bot.doctor.place import AUTHORIZE, link
from bot.doctor.signature import as_browser, hash_of, is_address, look, misspelt, plain
from bot.errors import NoAnswer
from bot.wecom.errcodes import error_for
from bot.wecom.jssdk import Signature, sign, to_sign
from tests.certificates import self_signed
from tests.engine import workspace

PAGE = "https://bot.example.com:8443/side/bar?code=C1&state=s&x=%E5%A5%BD#/now"
BARE = PAGE.partition("#")[0]
TICKETS = {"config": "CORP-TICKET", "agent": "APP-TICKET"}
NONCE, AT = "n1", 1767200004


def got(value: str) -> Signature:
    return Signature(timestamp=AT, nonce=NONCE, signature=value)


def cause(kind: str, value: str, page: str = PAGE) -> str:
    shown = Shown(config=got(value)) if kind == "config" else Shown(agent=got(value))
    line = look(page, TICKETS, shown)
    assert f"&noncestr={NONCE}&timestamp={AT}&url={BARE}" in line.exact or not line.cause
    assert not any(f"={ticket}&" in line.exact for ticket in TICKETS.values())
    return line.cause


@pytest.mark.parametrize("kind", ["config", "agent"])
def test_a_right_signature_is_green(kind: str) -> None:
    assert cause(kind, sign(TICKETS[kind], NONCE, AT, PAGE)) == ""


@pytest.mark.parametrize(("name", "url"), sorted(set(misspelt(PAGE)) - {("", BARE)}))
def test_a_url_that_was_signed_wrongly_is_named(name: str, url: str) -> None:
    assert cause("agent", plain("APP-TICKET", NONCE, AT, url)) == name


def test_the_ticket_of_the_other_kind_is_named() -> None:
    assert cause("config", sign("APP-TICKET", NONCE, AT, PAGE)) == "40093"
    assert cause("agent", sign("CORP-TICKET", NONCE, AT, PAGE)) == "42012"
    assert cause("config", plain("APP-TICKET", NONCE, AT, PAGE)) == "40093", "with # besides"


@pytest.mark.parametrize(("name", "value"), [
    ("milliseconds", sign("CORP-TICKET", NONCE, AT * 1000, PAGE)),
    ("upper_case", sign("CORP-TICKET", NONCE, AT, PAGE).upper()),
    ("nonceStr",
     hash_of(to_sign("CORP-TICKET", NONCE, AT, PAGE).replace("noncestr", "nonceStr"))),
    ("no_match", sign("EXPIRED-TICKET", NONCE, AT, PAGE)),
])  # fmt: skip
def test_what_else_was_hashed_wrongly_is_named(name: str, value: str) -> None:
    assert cause("config", value) == name


@pytest.mark.parametrize(("given", "shown"), [
    (PAGE, PAGE),
    ("https://bot.example.com/?a=b", "https://bot.example.com/?a=b"),
    ("https://Bot.Example.com", "https://bot.example.com/"),
    ("https://bot.example.com:443/a", "https://bot.example.com/a"),
    ("http://bot.example.com:80/a", "http://bot.example.com/a"),
    ("https://bot.example.com/好?q=退 货#x", "https://bot.example.com/%E5%A5%BD?q=%E9%80%80%20%E8%B4%A7#x"),
    ("https://例子.cn/", "https://xn--fsqu00a.cn/"),
    ("https://[::1]:8080/a", "https://[::1]:8080/a"),
])  # fmt: skip
def test_a_url_as_the_browser_spells_it(given: str, shown: str) -> None:
    assert as_browser(given) == shown
    line = look(given, TICKETS, Shown())
    assert line.cause == ("" if given == shown else "spelling")
    assert line.exact.endswith(f"&url={shown.partition('#')[0]}")


@pytest.mark.parametrize(
    "page",
    ["https://[x", "https://a:port/", "https://", "nothing", "https://a..b/", "https://a:99999/"],
)
def test_what_is_no_address(page: str) -> None:
    assert not is_address(page)


@pytest.mark.parametrize("code", [-40007, -40008, -40010, -40005])
def test_what_the_program_says_after_the_signature_held(code: int) -> None:
    found = judge(Reply(status=403, headers={"Error-Code": str(code)}), b"echo")
    assert found is not None
    assert found.id == ("corp_id" if code == -40005 else "aes_key")
    app, bot = (placed(f"callback.{one}", found).click.zh for one in ("app", "bot"))
    own = "the keys of a smart bot are on a page of its own, not on the app's"
    assert ("智能机器人" in bot, "智能机器人" in app) == (code != -40005, False), own


@pytest.mark.parametrize(("reply", "name"), [
    (Reply(status=200, body=b"echo", took_s=0.9), None),
    (Reply(status=200, body=b"echo", took_s=1.1), "slow"),
    *((Reply(status=200, body=b"echo", headers={"Last-Refusal": told}), name) for told, name in (
        ("-40001; age=60", "console.token"), ("-40007; age=60", "console.aes_key"),
        ("-40005; age=60", "console.corp_id"), ("-40001; age=7200", None), ("strange", None),
    )),
    (Reply(status=200, body=b"\xef\xbb\xbfecho"), "wrapped"),
    (Reply(status=200, body=b""), "other_program"),
    (Reply(status=302, headers={"Location": "/login"}), "redirect"),
    (Reply(status=418), "status"),
    *((Reply(trouble=trouble), found.id) for trouble, found in TROUBLES.items()),
])  # fmt: skip
def test_an_answer_and_its_cause(reply: Reply, name: str | None) -> None:
    found = judge(reply, b"echo")
    assert (found and found.id) == name


@pytest.mark.parametrize(("date", "now", "tolerance_s", "expected"), [
    ("Thu, 01 Jan 2026 02:00:00 GMT", 1767232810, 300, ""),
    ("Thu, 01 Jan 2026 02:00:00 GMT", 1767232900, 300, "clock"),
    ("Thu, 01 Jan 2026 02:00:00 GMT", 1767232800, 5, "tolerance"),
    ("Thu, 01 Jan 2026 02:00:00 GMT", 1767232800, 0, ""),
    ("", 1767232800, 300, "no_date"),
    ("yesterday", 1767232800, 300, "no_date"),
])  # fmt: skip
def test_two_clocks(date: str, now: float, tolerance_s: float, expected: str) -> None:
    headers = {"Date": date} if date else {}
    assert time_of(Reply(status=200, headers=headers), now, tolerance_s).cause == expected


def test_errcodes_are_told_with_the_address_and_without_the_hint() -> None:
    text = "not allow to access from your ip, hint: [17], from ip: 203.0.113.7, more info at x"
    error = error_for(60020, text, "agent/get")
    assert (cause_of(error).id, said(error).en) == (
        "60020",
        "The address that it saw: 203.0.113.7.",
    )
    busy = cause_of(error_for(-1, "system busy", "gettoken"))  # one looked the code up
    assert (busy.id, busy.told.en) == ("-1", "WeCom's own system is busy.")
    unknown = error_for(99999, "strange, hint: [1], from ip: 203.0.113.7", "agent/get")
    assert cause_of(unknown).told.en == "WeCom answers 99999."
    assert said(unknown).en == "(99999: strange)"
    assert cause_of(error_for(48002, "", "kf/account/list"), "kf").click.zh.startswith("微信客服")
    assert cause_of(NoAnswer("TimeoutError", "gettoken", sent=True)).id == "no_answer"


@pytest.mark.parametrize(("url", "private"), [
    ("https://10.1.2.3/", True), ("http://127.0.0.1:80", True), ("https://[fd00::1]/a", True),
    ("https://8.8.8.8/", False), ("https://", False),
])  # fmt: skip
async def test_addresses_that_nobody_outside_reaches(url: str, private: bool) -> None:
    assert await is_private(url) == private


async def test_certificates_are_really_looked_at(tmp_path: Path) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="echo")

    context, _ = self_signed(tmp_path)
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sealed, open_ = (address[1] for address in runner.addresses)
        clock = SystemClock()
        assert (await fetch(f"https://127.0.0.1:{sealed}/", clock)).trouble == "tls.self_signed"
        assert (await fetch(f"https://127.0.0.1:{open_}/", clock)).trouble == "tls.other"
        assert (await fetch(f"http://127.0.0.1:{open_}/", clock)).body == b"echo"
    finally:
        await runner.cleanup()


GOOD = (
    f"{AUTHORIZE}?appid=wwdemo0000000001&redirect_uri=https%3A%2F%2Fbot.example.com%2Fsidebar"
    "&response_type=code&scope=snsapi_base&state=s&agentid=1000002#wechat_redirect"
)
Change = Callable[[str], str]


@pytest.mark.parametrize(("change", "name"), [
    (lambda url: url, ""),
    (lambda url: url.replace("0001&", "0002&"), "appid"),
    (lambda url: url.replace("%3A%2F%2F", "://").replace("%2F", "/"), "redirect_uri"),
    (lambda url: url.replace("redirect_uri", "redirect"), "redirect_uri"),
    (lambda url: url.replace("agentid=1000002", "agentid=7"), "agentid"),
    (lambda url: url.replace("response_type=code&", ""), "response_type"),
    (lambda url: url.replace("snsapi_base", "snsapi_userinfo"), "scope"),
    (lambda url: url.replace("#wechat_redirect", ""), "fragment"),
])  # fmt: skip
def test_a_sign_in_link(tmp_path: Path, change: Change, name: str) -> None:
    line, page = link(change(GOOD), workspace(tmp_path))
    assert line.cause == name
    assert page == (
        "" if "redirect_uri" not in change(GOOD) else "https://bot.example.com/sidebar"
    )
