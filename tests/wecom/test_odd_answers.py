"""A WeCom whose answers are odd: wrong types, half characters, cursors that lead nowhere."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import background
from bot.clock import ManualClock, turn
from bot.customers.customers import Customers
from bot.errors import Refused
from bot.inbox import TableInbox
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.answers import Servicer
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists
from bot.wecom.contacts import Contacts
from bot.wecom.customer_service import CustomerService
from bot.wecom.group_chats import GroupChats
from bot.wecom.jssdk import Tickets
from bot.wecom.mass_messages import Fate, MassMessages
from bot.wecom.payload import parse_service_item
from bot.wecom.transfers import Transfers
from tests.wecom.double import Shelf, WeCom, refusal

PAGE = "externalcontact/batch/get_by_user"


Read = Callable[..., Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
async def read(
    wecom: WeCom, client: WeComClient, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Read]:
    """What is kept after a round: (customer, name, state)."""
    wecom.answer("externalcontact/get_follow_user_list", {"errcode": 0, "follow_user": ["liming"]})
    wecom.answer("externalcontact/list", {"errcode": 0, "external_userid": []})
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        customers = Customers(journal, clock)
        contacts = Contacts(client, journal, Database(connection), customers, clock)

        async def kept(also: str = "") -> list[tuple[Any, ...]]:
            await contacts.reconcile()
            await journal.drain()
            query = f"""SELECT c.customer, p.name, c.state FROM contact AS c
                JOIN customer AS p ON p.id = c.customer {also} ORDER BY 1"""
            return [tuple(row.values()) for row in await journal.rows(query)]

        async with background(journal.run):
            yield kept


def contact(customer: str, follow: dict[str, Any] | None = None, **person: Any) -> dict[str, Any]:
    return {
        "external_contact": {"external_userid": customer, "name": "老张", **person},
        "follow_info": {"userid": "liming", "createtime": 1, **(follow or {})},
    }


def page(*contacts: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"errcode": 0, "external_contact_list": [*contacts], "next_cursor": cursor}


async def test_a_customer_without_name_ended_the_bot(
    client: WeComClient, wecom: WeCom, read: Read
) -> None:
    """A null went to the disk, which refused it: the whole program ended, at every start anew. A
    channel that was null kept everybody else's contacts from being read."""
    odd = {"state": None, "add_way": "1", "remark": ["x"], "createtime": "7", "tag_id": None}
    wecom.answer(PAGE, page(contact("wm1"), contact("wm2", odd, name=None, unionid={})))
    kept = await read()
    assert kept == [("wm1", "老张", ""), ("wm2", "", "")]


@pytest.mark.parametrize("odd", [refusal(701008), {"errcode": 0}])
async def test_a_member_without_licence_has_lost_nobody(
    client: WeComClient, wecom: WeCom, read: Read, odd: dict[str, Any]
) -> None:
    """All their customers counted as gone, where the list of them was no list."""
    lists = "externalcontact/list"
    wecom.answer(lists, {"errcode": 0, "external_userid": ["wm1"]})
    wecom.answer(PAGE, page(contact("wm1")))
    assert len(await read()) == 1
    wecom.answer(lists, odd)
    assert len(await read("AND c.lost_at IS NULL")) == 1
    wecom.answer(lists, refusal(84061))
    assert await read("AND c.lost_at IS NULL") == []


async def test_a_cursor_that_stands_still_was_asked_for_without_end(
    client: WeComClient, wecom: WeCom, read: Read
) -> None:
    wecom.answer(PAGE, page(contact("wm1"), cursor="C"), page(contact("wm2"), cursor="C"))
    assert [row[0] for row in await read()] == ["wm1", "wm2"]
    still = {"errcode": 0, "next_cursor": "C"}
    for api, name in (
        ("externalcontact/groupchat/list", "group_chat_list"),
        ("externalcontact/get_groupmsg_send_result", "send_list"),
    ):
        wecom.answer(api, still | {name: []})
    chats = GroupChats(client)
    assert (await chats.listed((), (await chats.listed(())).cursor)).cursor == ""
    assert await MassMessages(client).outcomes("m1", "liming") == ()
    account = {"open_kfid": "wk1", "name": None}
    wecom.answer("kf/account/list", {"errcode": 0, "account_list": [account] * 100})
    assert [one.name for one in await client.service_accounts()] == [""]


async def test_a_cursor_that_is_always_refused_was_begun_anew_without_end(
    client: WeComClient, wecom: WeCom, read: Read
) -> None:
    first = page(contact("wm1"), cursor="C")
    wecom.answer(PAGE, first, refusal(50100), first, refusal(50100))
    with pytest.raises(Refused, match="50100"):
        await read()
    assert len(wecom.bodies(PAGE)) == 4


NOWHERE = {"errcode": 0, "has_more": "1", "next_cursor": "C", "msg_list": None}


@pytest.mark.parametrize(("told", "asked"), [([NOWHERE, refusal(50100)], 4), ([NOWHERE], 6)])
async def test_news_whose_cursor_is_refused_or_stands_still_were_read_without_end(
    told: list[Any], asked: int,
    client: WeComClient, wecom: WeCom, clock: ManualClock, tmp_path: Path,
) -> None:  # fmt: skip
    """But a page may be empty with more behind it: tests/scenario/test_stories.py."""
    wecom.answer("kf/sync_msg", *told * 20)
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        service = CustomerService(
            client=client, journal=journal, inbox=TableInbox(journal, clock), clock=clock,
            accounts=["wk1"], answer_within_s=600,
        )  # fmt: skip
        async with background(journal.run), background(service.run):
            while len(wecom.bodies("kf/sync_msg")) < asked:
                await turn()
            await journal.drain()
            for _ in range(100):
                await turn()
    assert len(wecom.bodies("kf/sync_msg")) == asked


async def test_a_name_that_is_no_json_kept_all_news_from_being_read(
    client: WeComClient, wecom: WeCom, clock: ManualClock
) -> None:
    """A sign cut in two, in bytes or in escapes, and a control character."""
    item = b'{"msgid":"m%d","origin":"3","send_time":"7","external_userid":"wm1",'
    words = (b"\xe5\xbc", rb"\ud83d", rb"\ude00!", rb"\ud83d\ude00", b"\x02")
    items = [
        item % number + b'"msgtype":"text","text":{"content":"a' + one + b'"}}'
        for number, one in enumerate(words)
    ]
    body = b'{"errcode":"0","has_more":0,"next_cursor":"C","msg_list":[' + b",".join(items) + b"]}"
    wecom.answer("kf/sync_msg", web.Response(body=body))
    told = await client.pull_messages("wk1", "")
    events = [parse_service_item("wk1", one, clock.now()) for one in told.items]
    heard = [getattr(event, "text", "") for event in events]
    assert heard == ["a\ufffd", "a\ufffd", "a\ufffd!", "a😀", "a\x02"]


async def test_a_status_that_is_new_hides_no_other(client: WeComClient, wecom: WeCom) -> None:
    sent = [{"external_userid": f"wm{number}", "status": number} for number in (1, 9, "3")]
    wecom.answer("externalcontact/get_groupmsg_send_result", {"errcode": 0, "send_list": sent})
    outcomes = await MassMessages(client).outcomes("m1", "liming")
    assert [(one.customer, one.fate) for one in outcomes] == [
        ("wm1", Fate.SENT), ("wm3", Fate.OVER_QUOTA),
    ]  # fmt: skip
    wecom.answer("externalcontact/transfer_result", {"errcode": 0, "customer": sent})
    assert [*await Transfers(client).results("liming", "chen", left=False)] == ["wm1", "wm3"]
    answer = {"servicer_list": [{"userid": "a", "status": "0"}, {"userid": "b", "status": 9}]}
    wecom.answer("kf/servicer/list", answer)
    told = (await client.servicers("wk1")).members
    assert told == (Servicer(userid="a", receiving=True), Servicer(userid="b", receiving=False))
    group = {"chat_id": "wr1", "member_list": [{"type": 2}, {"userid": "wm1", "type": "2"}]}
    wecom.answer("externalcontact/groupchat/get", {"errcode": 0, "group_chat": group})
    assert [one.customer for one in (await GroupChats(client).get("wr1")).people] == [True]


async def test_a_tag_that_is_deleted_is_none(client: WeComClient, wecom: WeCom) -> None:
    tags = [{"id": "et1", "name": "高"}, {"id": "et2", "name": "低", "deleted": True}]
    answer = {"errcode": 0, "tag_group": [{"tag": tags}, {"tag": None}]}
    wecom.answer("externalcontact/get_corp_tag_list", answer)
    assert await ContactLists(client).tag_names() == {"et1": "高"}


@pytest.mark.parametrize("life", [None, "soon", 0, "7200"])
async def test_a_token_of_unknown_life_is_a_token(
    client: WeComClient, wecom: WeCom, clock: ManualClock, life: Any
) -> None:
    """The renewal stumbled, and with it the sweep that had asked."""
    wecom.answer("gettoken", {"access_token": "T", "expires_in": life})
    wecom.answer("get_jsapi_ticket", {"errcode": 0, "ticket": "J", "expires_in": life})
    tickets = Tickets(client, Shelf(), clock)
    assert [await tickets.corp() for _ in range(2)] == ["J", "J"]
    assert [api for api, _, _ in wecom.asked] == ["gettoken", "get_jsapi_ticket"]
