"""The control API: the same things over HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer

from .conftest import AES_KEY, ANNA, KF, TOKEN, Api, Listener


async def test_act_and_read_back(api: Api, corp: MockCorp) -> None:
    act = {"do": "customer_writes_kf", "customer": ANNA, "open_kfid": KF, "text": "在吗"}
    status, body = await api.control("POST", "act", act)
    assert (status, len(body["result"])) == (200, 32)
    await api.kf_send("您好")
    await api.kf_send("请讲")
    status, body = await api.control("GET", "deliveries?since=1")
    assert (body["next"], [item["text"] for item in body["items"]]) == (2, ["请讲"])
    _, calls = await api.control("GET", "calls")
    assert {item["api"] for item in calls["items"]} == {"gettoken", "kf/send_msg"}
    _, state = await api.control("GET", "state")
    assert state["kf"] == [
        {"open_kfid": KF, "customer": ANNA, "state": 1, "servicer": "", "sent": 2}
    ]


async def test_people_can_be_added(api: Api, corp: MockCorp) -> None:
    await api.control("POST", "act", {"do": "add_member", "userid": "zhao", "name": "赵"})
    _, body = await api.control("POST", "act", {"do": "add_customer", "name": "新客"})
    assert body["result"].startswith("wm")
    adds = {"do": "customer_adds_member", "customer": body["result"], "member": "zhao"}
    assert (await api.control("POST", "act", adds))[0] == 200


async def test_mistakes_name_the_cure(api: Api) -> None:
    for body, words in (
        ({"do": "fly"}, '"do" is one of: add_member'),
        ({"do": "customer_writes_kf"}, "missing a required argument: 'customer'"),
        ({"do": "customer_writes_kf", "customer": 1, "open_kfid": KF}, "customer must be str"),
        ({"do": "customer_writes_kf", "customer": "x", "open_kfid": KF}, "add_customer('x'"),
        ([], "the body must be a JSON object"),
    ):
        status, answer = await api.control("POST", "act", body)
        assert status == 400
        assert words in answer["error"]
    status, answer = await api.control("GET", "nothing")
    assert (status, "GET /_mock/deliveries" in answer["error"]) == (400, True)
    assert (await api.control("GET", "calls?since=x"))[0] == 400


async def test_faults_over_http(api: Api, corp: MockCorp) -> None:
    fault = {"api": "kf/sync_msg", "errcode": 45009, "times": 1}
    assert (await api.control("POST", "faults", fault))[0] == 200
    assert (await api.post("kf/sync_msg", {"open_kfid": KF}))["errcode"] == 45009
    await api.control("POST", "faults", {"errcode": -1})
    assert (await api.control("DELETE", "faults"))[0] == 200
    assert len(corp.faults) == 0
    status, answer = await api.control("POST", "faults", {"errorcode": -1})
    assert (status, "a fault has no 'errorcode'" in answer["error"]) == (400, True)


async def test_the_clock_over_http(api: Api) -> None:
    _, before = await api.control("GET", "clock")
    assert (before["now"], before["manual"]) == ("2026-01-01T02:00:00+00:00", True)
    _, after = await api.control("POST", "clock", {"advance_s": 90})
    assert after["now"] == "2026-01-01T02:01:30+00:00"
    assert (await api.control("POST", "clock", {"advance_s": -1}))[0] == 400


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:8081", None), ("127.0.0.1.evil.example", None), ("127.0.0.1:8081", "null"),
        ("localhost", "https://evil.example"), ("localhost", "http://[x"), ("[::1]:1", "http://x"),
    ],
)  # fmt: skip
async def test_a_page_of_another_site_steered_the_mock(
    api: Api, corp: MockCorp, host: str, origin: str | None
) -> None:
    """One needs no answer to `fetch(…, {method: "POST", body: '{"do": …}'})`."""
    headers = {"Host": host, "Content-Type": "text/plain"}
    headers |= {"Origin": origin} if origin else {}
    act = '{"do": "add_member", "userid": "evil", "name": "x"}'
    async with api.session.post(f"{api.url}/_mock/act", data=act, headers=headers) as answer:
        assert answer.status == 403
    assert "evil" not in corp.members


async def test_pages_of_this_machine_steer_the_mock(api: Api, corp: MockCorp) -> None:
    act = '{"do": "add_member", "userid": "zhao", "name": "x"}'
    for host in ("localhost:1", "127.0.0.1", "[::1]:8081"):
        headers = {"Host": host, "Origin": "http://localhost:8082"}
        async with api.session.post(f"{api.url}/_mock/act", data=act, headers=headers) as answer:
            assert answer.status != 403
    assert "zhao" in corp.members


@pytest.fixture
async def system_api() -> AsyncIterator[Api]:
    corp = MockCorp(clock=SystemClock())
    async with MockServer(corp) as server, aiohttp.ClientSession() as session:
        yield Api(server.url, session)


async def test_the_systems_clock_cannot_be_moved(system_api: Api) -> None:
    status, answer = await system_api.control("POST", "clock", {"advance_s": 1})
    assert (status, "ManualClock" in answer["error"]) == (400, True)


async def test_a_callback_over_http(api: Api, corp: MockCorp, listener: Listener) -> None:
    page = {"name": "web", "url": listener.url, "token": TOKEN, "aes_key": AES_KEY}
    assert (await api.control("POST", "callbacks", page | {"verify": True}))[0] == 200
    assert set(corp.pushes.callbacks) == {"app", "web"}
    status, answer = await api.control("POST", "callbacks", page | {"aes_key": "short"})
    assert (status, "43 characters" in answer["error"]) == (400, True)


async def test_reset_forgets_what_happened(api: Api, corp: MockCorp, listener: Listener) -> None:
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await corp.settled()
    cursor = (await api.post("kf/sync_msg", {"open_kfid": KF}))["next_cursor"]
    await api.kf_send(msgid="out-1")
    token = await api.token()
    assert (await api.control("POST", "reset"))[0] == 200
    assert (corp.deliveries, corp.calls, corp.pushed) == ([], [], [])
    assert (await api.get("getcallbackip", access_token=token))["errcode"] == 40014
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_writes_kf(ANNA, KF, "又来了")
    page = await api.post("kf/sync_msg", {"open_kfid": KF, "cursor": cursor})
    assert [item["text"]["content"] for item in page["msg_list"]] == ["又来了"]


async def test_healthz(api: Api) -> None:
    async with api.session.get(f"{api.url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})
