"""Practice: a prepared customer asks, a colleague answers, a score compares with the library."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.app import background
from bot.clock import MovableClock
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.practice import QUESTIONS, READS_S, chosen, score_of
from bot.demo.stage import LIMING, Stage, open_stage
from bot.scripts.script import Facts
from bot.store.channels.channels import ChannelStore


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


SOURCE = "SELECT source FROM customer WHERE id = ?"


@pytest.fixture
async def practice(
    tmp_path: Path, backstage: Backstage
) -> AsyncIterator[tuple[Stage, ClientSession]]:
    async with (
        open_stage(
            tmp_path / "company", port=0, mock_port=0, quick=True, clock=MovableClock(),
            routes=backstage.routes(), extras=EXTRAS, ticks=False,  # no sweep reads the archive
        ) as stage,
        ClientSession(stage.mock_url) as http,
    ):  # fmt: skip
        backstage.open(stage)
        yield stage, http


async def ask(http: ClientSession, path: str = "", **body: Any) -> dict[str, Any]:
    call = (
        http.post(EXTRAS["practice"] + path, json=body) if path else http.get(EXTRAS["practice"])
    )
    async with call as answer:
        read: dict[str, Any] = await answer.json()
        return {**read, "status": answer.status}


async def test_who_sends_what_the_library_says_gets_all_points_and_time_costs(
    practice: tuple[Stage, ClientSession],
) -> None:
    stage, http = practice
    corp = stage.corp
    before = await ask(http)
    assert (before["running"], before["most"]) == (False, len(QUESTIONS))
    state = await ask(http, "/start", member=LIMING, count=2)
    customer = state["chat"].rpartition(":")[2]
    (asked,) = (await ask(http))["items"]
    assert asked["answer"] is None
    right = asked["expected"] or "这个我帮您转给同事"
    await corp.member_writes_customer(LIMING, customer, right)
    await stage.clock.advance(100)
    await corp.member_writes_customer(LIMING, customer, "不知道")
    done = await ask(http)
    assert (done["running"], len(done["items"])) == (False, 2)
    first, second = done["items"]
    assert (first["score"], first["by"]) == (100, "person")
    assert second["seconds"] >= 100
    assert second["score"] < 50
    assert done["score"] == round((first["score"] + second["score"]) / 2)
    await corp.member_writes_customer(LIMING, customer, "再见")
    assert (await ask(http))["items"] == done["items"], "the round is over"
    await stage.assistant.sweep("contacts.refresh")
    sources = await stage.assistant.journal.rows(SOURCE, customer)
    assert [row["source"] for row in sources] == ["practice_1"], "plans and counts leave them out"
    office = stage.assistant.office
    came = await ChannelStore(office.database).came(office.today, 7, office.zone)
    assert "practice_1" not in came, "the page of channels showed it as one of theirs"


async def test_what_is_asked_stands_beside_the_chat_at_once_and_time_counts_from_there(
    practice: tuple[Stage, ClientSession], backstage: Backstage
) -> None:
    stage, http = practice
    chat = (await ask(http, "/start", member=LIMING, count=1))["chat"]
    said_at = (await ask(http))["items"][0]["asked_at"]
    heard = """SELECT count(*) AS number FROM event
        WHERE kind = 'MessageReceived' AND conversation = ?"""
    async with background(backstage.listen), asyncio.timeout(60):
        while (await ask(http))["items"][0]["asked_at"] == said_at:
            await stage.clock.sleep(0.02)
    assert (await stage.assistant.journal.rows(heard, chat))[0]["number"] == 1


async def test_the_next_question_was_lost_behind_an_answer_out_of_the_sidebar(
    practice: tuple[Stage, ClientSession], backstage: Backstage
) -> None:
    """The bot hears of what was sent after the chat has it: "客户的话都回过了", it said."""
    stage, http = practice
    chat = (await ask(http, "/start", member=LIMING, count=2))["chat"]
    async with background(backstage.listen), asyncio.timeout(60):
        stage.corp.chats.add(chat, LIMING, "text", "不知道", {}, by="sidebar")
        assert [one["answer"] for one in (await ask(http))["items"]] == ["不知道"]
        await stage.clock.advance(READS_S)
        while len((await ask(http))["items"]) < 2:
            await stage.clock.sleep(0.02)


async def test_a_round_can_be_stopped_and_mistakes_are_told(
    practice: tuple[Stage, ClientSession],
) -> None:
    _, http = practice
    for wrong in ({"member": "nobody", "count": 1}, {"member": LIMING, "count": 0}, {"count": 1}):
        assert (await ask(http, "/start", **wrong))["status"] == 400
    assert (await ask(http, "/start", member=LIMING, count=3))["running"]
    assert not (await ask(http, "/stop"))["running"]


async def test_only_the_last_questions_are_for_a_person(
    practice: tuple[Stage, ClientSession],
) -> None:
    stage, _ = practice
    now = stage.clock.now()
    matcher = stage.assistant.desk.edition.matcher
    silent = [
        question
        for group in QUESTIONS
        for question in group
        if not chosen(matcher.decide(question, facts=Facts(channel="contact", now=now)))
    ]
    assert silent == [*QUESTIONS[-2], *QUESTIONS[-1]], "else the right script scores half"


def test_the_score_is_of_words_and_of_time() -> None:
    assert score_of(1.0, 5) == 100
    assert score_of(0.98, 5) == 100, "a name or a comma is no mistake"
    assert score_of(1.0, 1000) == 80
    assert 40 <= score_of(0.5, 5) <= 50
    assert score_of(0.0, 0) == 0
