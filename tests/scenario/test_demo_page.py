"""The page of `huashu demo`: reasons beside the chats, a clock to put forward, to-dos that end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.clock import MovableClock
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.stage import ACCOUNT, ACHEN, LIMING, LOOK_S, WANGFANG, Stage, open_stage
from bot.store.journal import Write
from tests.demo import HOSTILE

TODOS = "SELECT words FROM todo WHERE done_at IS NULL"


@pytest.fixture
async def open_page(tmp_path: Path) -> AsyncIterator[tuple[Stage, ClientSession]]:
    """The page, without a story before it."""
    backstage = Backstage()
    async with (
        open_stage(
            tmp_path / "company", port=0, mock_port=0, quick=True, clock=MovableClock(),
            routes=backstage.routes(), extras=EXTRAS,
        ) as stage,
        ClientSession(stage.mock_url) as http,
    ):  # fmt: skip
        backstage.open(stage)
        yield stage, http


async def test_the_page_puts_the_clock_forward_and_what_is_due_comes(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    await stage.corp.customer_adds_member(ACHEN, LIMING, "store_7")
    await stage.settle()
    before = stage.clock.now()
    async with http.post("/demo/forward", json={"advance_s": 86_400}) as answer:
        now = datetime.fromisoformat((await answer.json())["now"])
    assert timedelta(days=1) <= now - before < timedelta(days=1, hours=1)
    async with http.post("/demo/forward", json={"advance_s": -1}) as answer:
        assert answer.status == 400
    journal = stage.assistant.journal
    rows = await journal.rows("SELECT plan FROM touch")
    assert "new_customer" in {row["plan"] for row in rows}
    # Two clicks: the bot's minute was over at once where the second came while it was busy.
    await journal.write(Write(events=[("busy", "K", "c", "{}", 1.0)]))
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(stage.settle())
        await stage.clock.sleep(5 * LOOK_S)
        await stage.clock.advance(86_400)
        await stage.clock.sleep(5 * LOOK_S)
        assert not first.done()
        await journal.rows("DELETE FROM event WHERE id = 'busy' RETURNING id")


async def test_the_page_knows_the_reasons(open_page: tuple[Stage, ClientSession]) -> None:
    stage, http = open_page
    async with http.get("/demo") as answer:
        assert answer.url.path == "/client"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    state = await get(http, "/_mock/client/state")
    assert HOSTILE in state["customers"].values()
    assert state["toolbars"][0]["url"] == f"{state['frame']}/sidebar"
    await writes(http, "什么时候发货")
    await stage.settle()
    (reason,) = await get(http, "/demo/reasons?since=0")
    assert reason["conversation"] == f"kf:{ACCOUNT}:{ACHEN}"
    assert reason["scripts"] == ["faq/ship_when"]
    assert await get(http, f"/demo/reasons?since={reason['seq']}") == []


async def test_a_reloaded_page_can_tell_who_wrote_what_and_when(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    pieces = ["你好", "想问下", "怎么退货"]
    await stage.corp.customer_enters_kf(ACHEN, ACCOUNT)
    await stage.settle()
    for text in pieces:
        await stage.corp.customer_writes_kf(ACHEN, ACCOUNT, text)
    await stage.settle()
    await stage.corp.customer_adds_member(ACHEN, LIMING, "store_7")
    await stage.settle()
    entered, asked, added = await get(http, "/demo/reasons?since=0")
    assert (entered["kind"], entered["who"], entered["texts"]) == ("SessionEntered", ACHEN, [])
    assert (asked["who"], asked["texts"]) == (ACHEN, pieces), "one question, one reason"
    assert asked["scripts"] == ["faq/return_how"]
    assert [added[name] for name in ("who", "member", "state")] == [ACHEN, LIMING, "store_7"]
    answers = (await get(http, "/_mock/deliveries"))["items"]
    assert len(answers) == 3
    for reason, answer in zip((entered, asked, added), answers, strict=True):
        delivered_at = datetime.fromisoformat(answer["at"]).timestamp()
        assert reason["at"] <= delivered_at <= reason["told_at"]
    assert [reason["msgids"][-1] for reason in (entered, asked)] == [
        answer["msgid"] for answer in answers[:2]
    ]


async def test_a_todo_is_there_until_a_person_has_come(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    await writes(http, "转人工")
    await stage.settle()
    await stage.assistant.sweep("complaints")
    await stage.settle()
    (todo,) = await stage.assistant.journal.rows(TODOS)
    assert "转人工" in todo["words"]
    await act(http, "servicer_takes", userid=WANGFANG, customer=ACHEN, open_kfid=ACCOUNT)
    await stage.settle()
    assert await stage.assistant.journal.rows(TODOS) == []


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        return await answer.json()


async def writes(http: ClientSession, text: str) -> None:
    await act(http, "customer_writes_kf", customer=ACHEN, open_kfid=ACCOUNT, text=text)


async def act(http: ClientSession, name: str, **values: str) -> None:
    async with http.post("/_mock/act", json={"do": name, **values}) as answer:
        assert answer.status == 200, await answer.text()
