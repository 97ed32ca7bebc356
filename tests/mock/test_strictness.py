"""The mock refuses what no correct client does, as WeCom would, and records it."""

from typing import Any

import pytest

from bot.mockwecom.corp import MockCorp
from bot.mockwecom.rules import RULES

from .conftest import ANNA, KF, Api


async def test_unknown_paths_are_404_without_a_body(api: Api, corp: MockCorp) -> None:
    for path in ("/cgi-bin/kf/teleport", "/", "/robots.txt"):
        async with api.session.post(api.url + path, json={}) as answer:
            assert (answer.status, await answer.read()) == (404, b"")
    assert [misuse.api for misuse in corp.refusals] == ["/cgi-bin/kf/teleport", "/", "/robots.txt"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"open_kfid": KF, "page": 2}, "body.page is an unknown field"),
        ({"open_kfid": KF, "limit": "10"}, "body.limit is not a number"),
        ({"open_kfid": KF, "limit": True}, "body.limit is not a number"),
        (["open_kfid"], "Warning: wrong json format."),
    ],
)
async def test_malformed_bodies(api: Api, corp: MockCorp, body: Any, problem: str) -> None:
    assert (await api.post("kf/sync_msg", body))["errcode"] == 40058
    assert [misuse.problem for misuse in corp.refusals] == [problem]


async def test_a_field_deep_inside_is_checked_too(api: Api, corp: MockCorp) -> None:
    menu = {"list": [{"type": "click", "click": {"id": "1", "content": "退款", "icon": "x"}}]}
    body = {"touser": ANNA, "open_kfid": KF, "msgtype": "msgmenu", "msgmenu": menu}
    assert (await api.post("kf/send_msg", body))["errcode"] == 40058
    assert corp.refusals[0].problem == "body.msgmenu.list[0].click.icon is an unknown field"


async def test_methods_and_query_are_checked(api: Api, corp: MockCorp) -> None:
    token = await api.token()
    assert (await api.get("kf/sync_msg", access_token=token))["errcode"] == 40063
    wrong = await api.get("getcallbackip", access_token=token, corp="x")
    assert wrong["errcode"] == 40058
    assert (await api.get("getcallbackip", access_token=token, debug="1"))["errcode"] == 0
    assert len(corp.refusals) == 2


async def test_a_header_stays_one_line_whatever_the_client_sends(api: Api) -> None:
    answer = await api.post("kf/sync_msg", {"open_kfid": KF, "x\r\nSet-Cookie: a": 1})
    assert answer["errcode"] == 40058
    assert "Set-Cookie" not in api.headers


async def test_the_token_is_checked_before_the_request(api: Api, corp: MockCorp) -> None:
    assert (await api.post("kf/sync_msg", {"nonsense": 1}, access_token="x"))["errcode"] == 40014
    assert corp.refusals == []


async def test_calls_are_logged_without_secrets(api: Api, corp: MockCorp) -> None:
    token = await api.token()
    await api.post("kf/send_msg", {}, access_token=token)
    assert [(call.api, call.errcode) for call in corp.calls] == [
        ("gettoken", 0),
        ("kf/send_msg", 41035),
    ]
    assert token not in repr(corp.calls)
    assert "secret-of-the-app" not in repr(corp.calls)


def test_every_rule_has_a_page_and_says_why_it_is_assumed() -> None:
    for name, rule in RULES.items():
        assert rule.doc > 90000, name
        assert (rule.standing == "assumed") <= bool(rule.why), name


def test_unknown_and_fixed_rules_cannot_be_set(corp: MockCorp) -> None:
    with pytest.raises(ValueError, match="no rule 'kf_mesages'"):
        corp.rules.set("kf_mesages", 1)
    with pytest.raises(ValueError, match="kf_text_bytes is a size that doc 94677 fixes"):
        corp.rules.set("kf_text_bytes", 1)
