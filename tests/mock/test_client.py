"""The client's page, its web view, and its wire log."""

import gc
import sys
from asyncio import Event, open_connection
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, CookieJar, web

from bot.clock import turn
from bot.mockwecom.client.frame import OURS
from bot.mockwecom.client.wire import MEANINGS
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.web.browser import client_language, client_theme

from .conftest import AGENT, ANNA, CORP_ID, KF, SECRET, Listener

FRAMED = {"Sec-Fetch-Dest": "iframe"}
MORE = web.AppKey("more", Event)
POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"


async def page(request: web.Request) -> web.Response:
    headers = {"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"}
    answer = web.Response(
        text="<!doctype html><head lang=zh><title>x</title></head>", content_type="text/html",
        headers=headers,
    )  # fmt: skip
    answer.set_cookie("session", f"of-{request.query.get('as', '')}", httponly=True)
    return answer


async def mirror(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "cookies": dict(request.cookies),
            "agent": request.headers.get("User-Agent", ""),
            "host": request.host,
            "body": (await request.read()).decode(),
            "path": request.path_qs,
        }
    )


async def stream(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    await answer.write(b"data: first\n\n")
    await request.app[MORE].wait()
    await answer.write(b"data: second\n\n")
    return answer


@pytest.fixture
async def bot() -> AsyncIterator[tuple[str, web.Application]]:
    app = web.Application()
    app[MORE] = Event()
    app.add_routes(
        [web.get("/sidebar", page), web.route("*", "/mirror", mirror), web.get("/stream", stream)]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", app
    await runner.cleanup()


@pytest.fixture
async def client(corp: MockCorp) -> AsyncIterator[MockServer]:
    async with MockServer(corp, frame_port=0) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


def target(client: MockServer, url: str) -> str:
    assert client.frame is not None
    client.frame.target = url
    return client.frame.url


async def test_a_framed_page_gets_the_bridge_first_and_may_be_framed(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])
    async with http.get(f"{url}/sidebar", headers=FRAMED) as answer:
        text, headers = await answer.text(), answer.headers
    bridge = f'<script src="{OURS}/bridge.js" data-client="{client.url}"'
    assert text.startswith(f"<!doctype html><head lang=zh>{bridge}")
    policy = headers["Content-Security-Policy"]
    assert f"script-src 'self' {url}{OURS}/bridge.js" in policy
    assert "frame-ancestors" not in policy
    assert "X-Frame-Options" not in headers
    async with http.get(f"{url}{OURS}/bridge.js") as script:
        assert "WeixinJSBridge" in await script.text()


async def test_a_page_that_was_left_while_its_bridge_was_read_left_a_file_open(
    client: MockServer, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    url = target(client, "http://127.0.0.1:1")
    for turns in range(40):
        _, writer = await open_connection("127.0.0.1", urlsplit(url).port)
        head = f"GET {OURS}/bridge.js HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n"
        writer.write(head.encode())
        for _ in range(turns):
            await turn()
        writer.transport.abort()
    async with http.get(f"{url}{OURS}/bridge.js") as script:
        assert "WeixinJSBridge" in await script.text()
    gc.collect()
    assert not left


async def test_a_page_in_a_browser_is_left_as_it_is(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])
    async with http.get(f"{url}/sidebar", headers={"Sec-Fetch-Dest": "document"}) as answer:
        assert "bridge.js" not in await answer.text()


async def test_a_tab_beside_the_client_was_the_member_s_and_spoke_the_client_s_language(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    """The demo's console was 李明's once his chats had been open, and half Chinese in English; who
    signed in there was in his sidebar. Two demos shared them too: cookies are a host's."""
    url = target(client, bot[0])

    async def seen(path: str, into: str) -> tuple[dict[str, str], str, str]:
        async with http.get(f"{url}{path}", headers={"Sec-Fetch-Dest": into}) as answer:
            told = await answer.json()
        return told["cookies"], told["agent"].partition(" Language/")[2], told["path"]

    await (
        await http.get(f"{url}/sidebar?as=admin", headers={"Sec-Fetch-Dest": "document"})
    ).read()
    opened = f"{url}{OURS}/open?member=liming&look=en-dark&to=/sidebar?as=liming"
    await (await http.get(opened, headers=FRAMED)).read()
    in_client = {"session": "of-liming"}, "en ColorScheme/Dark"
    for into in ("document", "empty"):
        assert await seen("/mirror?a=1", into) == ({"session": "of-admin"}, "", "/mirror?a=1")
    assert await seen("/mirror?a=1", "iframe") == (*in_client, "/mirror?a=1")
    assert await seen("/mirror?a=1&__wecom__=1", "empty") == (*in_client, "/mirror?a=1")
    assert await seen("/mirror?__wecom__=1", "empty") == (*in_client, "/mirror")
    async with MockServer(client.corp, frame_port=0) as other:
        url = target(other, bot[0])
        assert await seen("/mirror", "document") == ({}, "", "/mirror")
        assert await seen("/mirror", "iframe") == ({}, "zh ColorScheme/Light", "/mirror")
    url = target(client, bot[0])
    of_many_ports = {"Cookie": f"at1..session={'x' * 20_000}"}
    for page_of in (f"{url}/mirror", f"{client.url}/client"):
        async with http.get(page_of, headers=of_many_ports) as answer:
            assert answer.status == 200


async def test_each_member_has_cookies_of_their_own(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])

    async def seen() -> dict[str, str]:
        async with http.get(f"{url}/mirror") as answer:
            cookies: dict[str, str] = (await answer.json())["cookies"]
            return cookies

    for member in ("liming", "WangFang"):
        opened = f"{url}{OURS}/open?member={member}&to=/sidebar?as={member}"
        async with http.get(opened, headers=FRAMED) as answer:
            assert answer.url.path == "/sidebar"
        assert await seen() == {"session": f"of-{member}"}
    async with http.get(f"{url}{OURS}/open?member=liming&to=/mirror") as answer:
        assert (await answer.json())["cookies"] == {"session": "of-liming"}
    async with http.get(f"{url}{OURS}/open?member=liming&to=//evil.example") as answer:
        assert answer.status == 400


async def test_the_client_tells_how_it_looks_and_in_which_language_it_speaks(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])
    async with http.get(f"{url}{OURS}/open?member=liming&look=en-dark&to=/mirror") as answer:
        told = await answer.json()
    assert told["agent"].endswith("Language/en ColorScheme/Dark")
    assert told["cookies"] == {}
    assert (client_language(told["agent"]), client_theme(told["agent"])) == ("en", "dark")
    async with http.get(f"{url}/sidebar", headers=FRAMED) as answer:
        assert 'Language/en ColorScheme/Dark"></script>' in await answer.text()
    async with http.get(f"{url}{OURS}/open?member=liming&look=%22&to=/mirror") as answer:
        assert answer.status == 400
    assert (client_language("Language/en ColorScheme/Dark"), client_theme("wxwork/4")) == (
        "zh",
        "",
    )


async def test_requests_go_through_as_they_are(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])
    async with http.post(f"{url}/mirror?a=%E4%BD%A0&b=1", data="body") as answer:
        seen = await answer.json()
    assert seen["body"] == "body"
    assert seen["path"] == "/mirror?a=%E4%BD%A0&b=1"
    assert seen["host"] == url.removeprefix("http://")
    assert "wxwork/" in seen["agent"]
    async with http.get(f"{url}/nothing") as answer:
        assert answer.status == 404


async def test_a_stream_is_not_held_back(
    client: MockServer, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    async with http.get(f"{target(client, bot[0])}/stream") as answer:
        assert await answer.content.readuntil(b"\n\n") == b"data: first\n\n"
        bot[1][MORE].set()
        assert await answer.content.readuntil(b"\n\n") == b"data: second\n\n"


async def test_without_a_bot_the_page_says_so(client: MockServer, http: ClientSession) -> None:
    for nobody in ("", "http://127.0.0.1:9"):
        async with http.get(f"{target(client, nobody)}/sidebar") as answer:
            assert answer.status == 502
            assert "机器人没有运行" in await answer.text()


async def test_the_member_whose_client_it_is_signs_in_without_a_word(
    client: MockServer, corp: MockCorp, bot: tuple[str, web.Application], http: ClientSession
) -> None:
    url = target(client, bot[0])
    corp.set_trusted_domain(AGENT, url.removeprefix("http://"))
    authorize = f"{client.url}/connect/oauth2/authorize"
    query = {
        "appid": CORP_ID, "redirect_uri": f"{url}/mirror", "response_type": "code",
        "scope": "snsapi_base", "state": "s1", "agentid": str(AGENT),
    }  # fmt: skip
    async with http.get(authorize, params=query) as answer:
        assert answer.headers["Error-Code"] == "40029"
        assert "请在企业微信客户端打开链接" in await answer.text()
    await http.get(f"{url}{OURS}/open?member=liming&to=/mirror")
    async with http.get(authorize, params=query) as answer:
        assert answer.url.query["state"] == "s1"
        assert answer.url.path == "/mirror"
    login = {key: query[key] for key in ("appid", "redirect_uri", "state", "agentid")}
    async with http.get(
        f"{client.url}/wwlogin/sso/login", params={**login, "login_type": "CorpApp"}
    ) as answer:
        text = await answer.text()
        assert "李明" in text
        assert "scanned_by=WangFang" in text
    async with http.get(
        f"{client.url}/wwlogin/sso/login",
        params={**login, "login_type": "CorpApp", "scanned_by": "WangFang"},
    ) as answer:
        assert answer.url.path == "/mirror"
    async with http.get(f"{client.url}/wwlogin/sso/login", params=login) as answer:
        assert answer.headers["Error-Code"] == "40058"


async def test_the_page_is_served_strictly_and_under_one_name(
    client: MockServer, http: ClientSession
) -> None:
    async with http.get(f"{client.url}/client") as answer:
        assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in (await answer.text()).replace('<script type="module" src=', "")
    elsewhere = client.url.replace("127.0.0.1", "localhost")
    async with http.get(f"{elsewhere}/client", allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"{client.url}/client"
    async with http.get(f"{client.url}/client/main.js") as answer:
        assert answer.content_type in ("text/javascript", "application/javascript")
    async with http.get(f"{client.url}/client/nothing.js") as answer:
        assert answer.status == 404


async def read(http: ClientSession, client: MockServer, path: str) -> dict[str, Any]:
    async with http.get(f"{client.url}/_mock/client/{path}") as answer:
        found: dict[str, Any] = await answer.json()
        return found


async def test_every_line_of_a_chat_is_there(
    client: MockServer, corp: MockCorp, http: ClientSession
) -> None:
    await corp.customer_adds_member(ANNA, "liming", "store_1")
    await corp.customer_writes_member(ANNA, "liming", "在吗")
    await corp.member_writes_customer("liming", ANNA, "在的")
    await corp.customer_writes_kf(ANNA, KF, "你好")
    chat_id = await corp.create_group("liming", "群", [ANNA])
    await corp.writes_in_group(chat_id, ANNA, "大家好")
    lines = (await read(http, client, "lines"))["items"]
    assert [(one["sender"], one["text"]) for one in lines] == [
        (ANNA, "added"), (ANNA, "在吗"), ("liming", "在的"), (ANNA, "你好"), (ANNA, "大家好"),
    ]  # fmt: skip
    assert len((await read(http, client, "lines?since=4"))["items"]) == 1
    await corp.customer_removes_member(ANNA, "liming")
    with pytest.raises(ValueError, match="no contacts"):
        await corp.member_writes_customer("liming", ANNA, "在吗")
    with pytest.raises(ValueError, match="empty"):
        await corp.writes_in_group(chat_id, ANNA, " ")


async def test_the_wire_is_told_with_its_meaning(
    client: MockServer, corp: MockCorp, listener: Listener, http: ClientSession
) -> None:
    await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    query = {"corpid": CORP_ID, "corpsecret": SECRET}
    await http.get(f"{client.url}/cgi-bin/gettoken", params=query)
    await http.get(f"{client.url}/cgi-bin/gettoken", params={**query, "corpsecret": "wrong"})
    items = (await read(http, client, "wire"))["items"]
    assert [(one["kind"], one["name"], one["ok"]) for one in items] == [
        ("push", "change_external_contact/add_external_contact", True),
        ("call", "gettoken", True),
        ("call", "gettoken", False),
    ]
    assert all(one["zh"] and one["en"] and one["doc"] for one in items)
    lacking = corp.endpoints().keys() - MEANINGS["call"].keys()
    assert not lacking, "moments and handovers stood there without a word"
    assert items[-1]["error"] == "invalid credential"
    assert SECRET not in str(items)
    assert (await read(http, client, "wire?calls=2&pushed=1"))["items"] == []


async def test_news_come_when_something_happens(
    client: MockServer, corp: MockCorp, http: ClientSession
) -> None:
    async with http.get(f"{client.url}/_mock/client/news") as answer:
        assert (await answer.content.readuntil(b"\n\n")).startswith(b"data: ")
        await corp.customer_adds_member(ANNA, "liming")
        assert (await answer.content.readuntil(b"\n\n")).startswith(b"data: ")


async def test_what_was_sent_can_be_looked_at_and_runs_nothing(
    client: MockServer, corp: MockCorp, http: ClientSession
) -> None:
    picture = corp.media.store("image", "a.png", b"\x89PNG\r\n\x1a\n")
    page = corp.media.store("file", "a.html", b"<script>alert(1)</script>")
    for media_id, kind in ((picture, "image/png"), (page, "application/octet-stream")):
        async with http.get(f"{client.url}/_mock/client/media/{media_id}") as answer:
            assert answer.content_type == kind
            assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with http.get(f"{client.url}/_mock/client/media/none") as answer:
        assert answer.status == 404


async def test_the_bridge_sends_all_it_must(client: MockServer, http: ClientSession) -> None:
    call = {
        "page": "p", "member": "liming", "chat": "", "name": "checkJsApi", "params": {},
        "url": "http://x/", "clicked": False,
    }  # fmt: skip
    async with http.post(f"{client.url}/_mock/jsapi", json=call) as answer:
        assert (await answer.json())["err_msg"] == "checkJsApi:ok"
    wrongs: list[Any] = [[], {**call, "params": []}, {**call, "more": 1}]
    for wrong in wrongs:
        async with http.post(f"{client.url}/_mock/jsapi", json=wrong) as answer:
            assert answer.status == 400
