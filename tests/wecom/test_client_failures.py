"""The client when WeCom fails, and where it will not go."""

import asyncio
import logging
import socket
import traceback
from errno import EMFILE

import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.errors import (
    AlreadyDone,
    NoAnswer,
    Refused,
    TryLater,
    Unreadable,
    WeComError,
    WindowClosed,
)
from bot.scheduler import every, guarded
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists
from bot.wecom.group_chats import GroupChats
from bot.wecom.limits import Limiter, Rule
from bot.wecom.mass_messages import MassMessages
from tests.wecom.double import Make, WeCom, refusal, sample, send

# Answers that are none


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [(95001, WindowClosed), (41051, AlreadyDone), (-1, TryLater), (40058, Refused)],
)
async def test_errcodes_become_classes(
    client: WeComClient, wecom: WeCom, errcode: int, expected: type[WeComError]
) -> None:
    wecom.answer("kf/send_msg", refusal(errcode))
    with pytest.raises(expected) as error:
        await send(client)
    assert (error.value.errcode, error.value.api) == (errcode, "kf/send_msg")


async def test_an_answer_of_another_shape_is_a_wecom_error_and_quotes_nobody(
    client: WeComClient, wecom: WeCom, caplog: pytest.LogCaptureFixture
) -> None:
    wecom.answer("externalcontact/get", {"errcode": 0, "follow_user": [{"remark": "张三"}]})
    wecom.answer("externalcontact/groupchat/get", {"errcode": 0, "group": "张三"})
    wecom.answer(
        "externalcontact/get_groupmsg_send_result",
        {"errcode": 0, "send_list": [{"external_userid": "wm1", "status": "张三"}]},
    )
    for asks in (
        client.external_contact("wm1"), GroupChats(client).get("wr1"),
        MassMessages(client).outcomes("m1", "liming"),
    ):  # fmt: skip
        with pytest.raises(Unreadable) as error:
            await asks
        assert error.value.sent
        assert "张三" not in "".join(traceback.format_exception(error.value))
    assert "张三" not in caplog.text


async def test_odd_contacts_do_not_hide_the_others_and_are_told_of_once(
    client: WeComClient, wecom: WeCom, caplog: pytest.LogCaptureFixture
) -> None:
    item = {"external_contact": {"external_userid": "wm2"}, "follow_info": {"userid": "liming"}}
    items = [{"follow_info": {"userid": "liming"}}, item, {}, {}]
    answer = {"errcode": 0, "external_contact_list": items}
    wecom.answer("externalcontact/batch/get_by_user", answer)
    page = await ContactLists(client).followed(["liming"])
    assert [one.customer for one in page.items] == ["wm2"]
    assert [record.__dict__["times"] for record in caplog.records] == [3]


async def test_whatever_a_sweep_raises_ends_that_sweep_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A first look at contacts that met an odd answer or a busy database ended the whole bot."""

    for raised, told in (
        (KeyError("张三"), "KeyError"),
        (OSError(EMFILE, "张三"), "OSError EMFILE"),
    ):

        async def fail(raised: Exception = raised) -> None:
            raise raised

        await guarded(every(60, "contacts.first", fail))()
        assert f"a sweep failed: {told}\n" in caplog.text
    assert "张三" not in caplog.text


async def test_a_sweep_that_wecom_refuses_does_not_ask_all_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The list of tags alone was asked for 720 times in an hour without trusted address."""
    clock, refused = ManualClock(), True
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if refused:
            raise Refused(60020, "not allowed from your ip", "tags", alert=True)

    run = guarded(every(5, "tags.catalogue", ask), clock)
    for _ in range(720):
        await run()
        await clock.advance(5)
    assert asked < 70
    refused, asked = False, 0
    for _ in range(24):
        await run()
        await clock.advance(5)
    assert asked >= 12, "at least each run of the second minute"


async def test_a_sweep_that_fails_alike_is_told_once_an_hour(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock()
    raised: list[Exception] = [
        *[NoAnswer("wecom.example cannot be reached", "gettoken", sent=False)] * 60,
        Refused(40001, "invalid credential of 张三", "gettoken", alert=True),
        NoAnswer("wecom.example cannot be reached", "gettoken", sent=False),
    ]

    async def fail() -> None:
        raise raised.pop(0)

    run = guarded(every(5, "tags.catalogue", fail), clock)
    while raised:
        await run()
        await clock.advance(60)
    told = [(r.levelname, r.__dict__["errcode"], r.__dict__["times"]) for r in caplog.records]
    assert told == [("WARNING", -2, 1), ("ERROR", 40001, 1), ("WARNING", -2, 60)]
    text = "a sweep failed: wecom.example cannot be reached; `huashu doctor` tells why"
    assert caplog.records[0].getMessage() == text
    assert "张三" not in caplog.text


async def test_configuration_may_class_an_errcode_anew(make: Make, wecom: WeCom) -> None:
    wecom.answer("kf/send_msg", refusal(95123))
    async with make(errcode_overrides={95123: "C"}) as client:
        with pytest.raises(WindowClosed):
            await send(client)
    with pytest.raises(ValueError, match="errcode classes"):
        make(errcode_overrides={95123: "X"})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (web.Response(status=502, body=b"<html>bad gateway</html>"), NoAnswer),
        (web.Response(status=503), TryLater),
        (web.Response(status=404), Refused),
        (web.Response(status=301, headers={"Location": "/elsewhere"}), Refused),
        (web.Response(body=b"<html>captive portal</html>"), NoAnswer),
        (web.Response(body=b"[]"), NoAnswer),
        (web.Response(body=b'{"errcode": "ok"}'), NoAnswer),
    ],
)
async def test_what_is_no_answer_of_wecom(
    client: WeComClient, wecom: WeCom, answer: web.Response, expected: type[WeComError]
) -> None:
    wecom.answer("kf/send_msg", answer)
    with pytest.raises(expected) as error:
        await send(client)
    assert not isinstance(error.value, NoAnswer) or error.value.sent
    assert len(wecom.bodies("kf/send_msg")) == 1
    assert "elsewhere" not in [api for api, _, _ in wecom.asked]


async def test_an_answer_may_come_in_pieces(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("kf/send_msg", [b'{"errcode":0,', b'"msgid":"in', b'-pieces"}'])
    assert await send(client) == "in-pieces"
    assert await send(client) == "in-pieces"  # over the same connection


async def test_a_line_cut_after_the_request_may_have_been_heard(
    client: WeComClient, wecom: WeCom
) -> None:
    wecom.answer("kf/send_msg", "cut")
    with pytest.raises(NoAnswer) as error:
        await send(client)
    assert error.value.sent
    assert len(wecom.bodies("kf/send_msg")) == 1


async def test_silence_after_the_request_may_have_been_heard(make: Make, wecom: WeCom) -> None:
    wecom.gate = asyncio.Event()
    async with make(timeout_s=1) as client:
        with pytest.raises(NoAnswer) as error:
            await send(client)
    assert error.value.sent
    wecom.gate.set()


async def test_a_refused_connection_was_surely_not_heard(make: Make) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with make(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}") as client:
            with pytest.raises(NoAnswer) as error:
                await send(client)
    assert not error.value.sent
    assert error.value.errmsg.startswith("127.0.0.1:")
    assert "cannot be reached (ClientConnectorError)" in error.value.errmsg


async def test_nothing_secret_is_told_of_a_failure(
    make: Make, wecom: WeCom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wecom.answer("kf/send_msg", "cut", web.Response(status=404), refusal(45009))
    told: list[str] = []
    async with make() as client:
        for _ in range(3):
            with pytest.raises(WeComError) as error:
                await send(client)
            told.extend(traceback.format_exception(error.value))
    everything = caplog.text + "".join(told)
    assert "NoAnswer" in everything
    assert not [word for word in ("=T1", "APP-SECRET", "您好") if word in everything]


# The welcome's own lane, and the brake


async def test_welcomes_pass_while_every_other_api_is_stuck(make: Make, wecom: WeCom) -> None:
    wecom.gate = asyncio.Event()
    wide = {"kf/send_msg": Rule(concurrency=0)}
    clock = ManualClock()
    patient = make(limiter=Limiter(wide, clock), clock=clock, timeout_s=60)
    async with patient as client, asyncio.TaskGroup() as tasks:
        stuck = [tasks.create_task(send(client)) for _ in range(150)]  # more than a pool holds
        await client.send_welcome("CODE", {"text": {"content": "你好"}})
        assert not any(call.done() for call in stuck)
        wecom.gate.set()


async def test_after_45009_that_api_rests_and_no_other(
    client: WeComClient, wecom: WeCom, clock: ManualClock
) -> None:
    wecom.answer("kf/send_msg", refusal(45009), {"errcode": 0})
    for _ in range(3):
        with pytest.raises(TryLater) as error:
            await send(client)
        assert error.value.after_s == 60
    assert len(wecom.bodies("kf/send_msg")) == 1
    await client.send_welcome("CODE", {"text": {"content": "你好"}})
    await clock.advance(60)
    await send(client)


# Where a callback must not lead us


async def test_an_active_reply_goes_to_its_address_without_a_token(
    client: WeComClient, wecom: WeCom
) -> None:
    body = sample("aibot_active_reply_markdown")["request_body"]
    await client.respond(f"{wecom.url}/cgi-bin/aibot/response?response_code=A%2BB", body)
    assert wecom.asked == [("aibot/response", {"response_code": "A+B"}, body)]


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/aibot/response",
        "http://127.0.0.1:1/cgi-bin/aibot/response",
        "{base}@evil.example/cgi-bin/aibot/response",
        "{user}/cgi-bin/aibot/response",
        "{secure}/cgi-bin/aibot/response",
        "file:///etc/passwd",
        "//evil.example/",
        "{base}/cgi-bin/aibot/response HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "{base}/cgi-bin/aibot/response?a=b c",
        "{base}/cgi-bin/aibot/response?response_code=字",
        "http://[::1",
        "",
    ],
)
async def test_an_active_reply_goes_nowhere_else(
    client: WeComClient, wecom: WeCom, address: str
) -> None:
    url = address.format(
        base=wecom.url,
        user=wecom.url.replace("://", "://somebody@"),
        secure=wecom.url.replace("http:", "https:"),
    )
    with pytest.raises(Refused) as refused:
        await client.respond(url, {"msgtype": "markdown", "markdown": {"content": "x"}})
    assert refused.value.alert
    assert wecom.asked == []


async def test_whoever_watches_is_told_what_wecom_refuses_until_it_goes_well(
    client: WeComClient, wecom: WeCom, clock: ManualClock
) -> None:
    """All that was to be said was refused, and /healthz said that all was well."""

    async def fails(api: str, errcode: int) -> None:
        wecom.answer(api, refusal(errcode))
        with pytest.raises(WeComError):
            await (send(client) if api == "kf/send_msg" else client.follow_user_list())

    standing, book = client.standing, "externalcontact/get_follow_user_list"
    await fails("kf/send_msg", 95001)  # the window of one customer
    assert (standing.refused, standing.mute) == ({}, 0)
    await fails(book, 48002)
    assert (standing.refused, standing.mute) == ({book: 48002}, 0)
    await clock.advance(1)
    await fails("kf/send_msg", 60020)
    assert (standing.refused, standing.mute) == ({book: 48002, "kf/send_msg": 60020}, 60020)
    await clock.advance(1)
    wecom.answer(book, {"errcode": 0, "follow_user": []})
    await client.follow_user_list()
    assert (standing.refused, standing.mute) == ({}, 0)  # it was the same for all
    await fails(book, -1)
    assert (standing.refused, standing.mute) == ({book: -1}, 0)
    wecom.answer("gettoken", refusal(40001))
    await fails("kf/send_msg", 40014)
    assert standing.mute == 40001
    await clock.advance(7200)
    assert standing.refused == {}
