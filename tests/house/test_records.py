"""The bot's records, as its operator reads and settles them, mostly while the bot runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.records import matched
from bot.clock import ManualClock, SystemClock
from bot.errors import NoAnswer, Refused
from bot.events import Channel, ServiceNotified
from bot.outbox import Message
from bot.reasons import explain
from bot.settings import Settings
from bot.store.journal import Write
from bot.touch.policy import Via
from tests.engine import STORE, Behave, Engine, added, asked, engine, lay_secrets, workspace

REFUND = "退款多久到账"


async def no_answer(message: Message) -> None:
    raise NoAnswer("timed out", "message/send", sent=True)


def lay_out(root: Path, quiet_s: float = 0.0) -> Settings:
    lay_secrets(root)
    return workspace(root, quiet_s=quiet_s, more=STORE)


@asynccontextmanager
async def running(
    root: Path, *, clock: ManualClock | None = None, behave: Mapping[Via, Behave] | None = None
) -> AsyncIterator[Engine]:
    async with engine(root, settings=lay_out(root), clock=clock, behave=behave) as parts:
        yield parts


async def huashu(*arguments: str | Path) -> Result:
    """In a thread, where it may have a loop of its own, as another process would."""
    return await asyncio.to_thread(CliRunner().invoke, app, [str(one) for one in arguments])


async def objects(*arguments: str | Path) -> list[dict[str, Any]]:
    result = await huashu(*arguments, "--json")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.output.splitlines()]


async def refused(*arguments: str | Path) -> str:
    result = await huashu(*arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)  # told plainly
    return result.output


async def test_an_answer_is_told_with_its_reason(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.journal.write(Write(customers=[("wm1", "林小满🌸", "[]", 1.0, 0)]))
        await parts.put(asked(1, REFUND, parts.clock))
        await parts.settled(1)
        told = (await huashu("why", "--root", tmp_path)).output
        (kept,) = await parts.rows("SELECT decision FROM event")
        match = json.loads(kept["decision"])["match"]
        assert told.startswith("2026-01-01 10:00:00  林小满🌸 (wm1)\n")  # the company's zone
        for words in (REFUND, match["zh"], match["en"], match["candidates"][0]["id"]):
            assert words in told
        assert f"候选 candidate   100%  {match['candidates'][0]['id']}  例句 example「" in told
        assert "已发出 sent" in told
        assert parts.sent[0].speech.text.splitlines()[0] in told


async def test_programs_get_one_object_an_event(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(
            asked(1, REFUND, parts.clock), asked(2, "好的", parts.clock, customer="wm2")
        )
        await parts.settled(2)
        answered, silent = sorted(
            await objects("why", "--root", tmp_path), key=lambda one: one["id"]
        )
        assert (answered["who"], answered["text"]) == ("wm1", REFUND)
        assert answered["match"]["band"] == "answer"
        assert [one["state"] for one in answered["said"]] == ["sent"]
        assert silent["said"] == []
        assert silent["why"]["en"] == "an acknowledgement; nothing to answer"


async def test_what_was_compared_and_what_decided_is_kept_and_told(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(asked(1, "dianLi huanhuo", parts.clock))
        await parts.settled(1)
        (record,) = await objects("why", "--root", tmp_path)
        match = record["match"]
        assert (match["band"], match["bar"], match["edition"]) == ("ask", "answer", 1)
        assert (match["normalised"], match["compared"]) == ("dianlihuanhuo", "店里换货")
        assert 0 < match["candidates"][0]["score"] < match["bar_at"]
        assert match["candidates"][0].keys() == {"id", "score", "tier", "example"}
        told = (await huashu("why", "--root", tmp_path)).output
        for words in (
            "反问 ask  由什么定 by: 回答线 answer ",
            "比的是 compared: 店里换货",
            "话术版本 edition of the scripts: 1",
            "关键词 keywords「",
        ):
            assert words in told


def test_lines_compared_as_one_left_their_column() -> None:
    """A question that came in pieces is compared as so many lines."""
    kept = {"band": "silent", "compared": "挂住\n挂住", "candidates": []}
    assert list(matched(kept, "挂住"))[1:] == ["比的是 compared: 挂住", "挂住"]


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({}, []),
        (
            {
                "band": "answer", "normalised": "怎么退", "zh": "", "en": "",
                "candidates": [
                    {"id": "faq/a", "score": 0.62, "tier": "fuzzy"},
                    {"id": "b", "score": 1.0, "tier": "exact", "example": "x", "sentence": "y"},
                ],
            },
            [
                "回答 answer",
                "候选 candidate    62%  faq/a  例句 example",
                "候选 candidate   100%  b  例句 example「x」",
                "    答的句子 sentence「y」",
            ],
        ),
        (
            {
                "band": "silent", "bar": "quiet", "normalised": "嗯", "zh": "", "en": "",
                "candidates": [],
            },
            ["不回复 silent  由什么定 by: 只是应答 an acknowledgement (handover.toml)"],
        ),
    ],
)  # fmt: skip
def test_what_older_versions_kept_is_told_as_well(kept: dict[str, Any], told: list[str]) -> None:
    assert list(matched(kept, kept.get("normalised", ""))) == told


async def test_no_code_that_could_be_used_is_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(added(1, parts.clock, code="WELCOME-CODE"))
        await parts.settled(1)
        told = (await huashu("why", "--root", tmp_path)).output
        as_json = (await huashu("why", "--root", tmp_path, "--json")).output
        assert "welcome_code → wm1" in told
        assert "WELCOME-CODE" not in told + as_json


async def test_a_person_who_was_called_is_told_with_the_reason(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(asked(1, "你们招不招暑假工", parts.clock))
        await parts.settled(1)
        told = (await huashu("why", "--root", tmp_path)).output
        assert "请人接待：没有合适的话术" in told
        assert "a person is called: no script fits" in told
        (todo,) = await objects("todos", "--root", tmp_path)
        assert (todo["customer"], todo["member"], todo["done_at"]) == ("wm1", "", None)


async def test_what_the_policy_refused_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(added(1, parts.clock, age_s=60))
        await parts.settled(1)
        told = (await huashu("why", "--root", tmp_path)).output
        assert "没有说 not said  welcome/first  expired" in told


async def test_what_did_not_arrive_are_our_words_not_the_customers(tmp_path: Path) -> None:
    """They stood behind 「, as if the customer had written them."""

    async def refuse(message: Message) -> None:
        raise Refused(95016, "no session", "kf/send_msg")

    async with running(tmp_path, behave={Via.SERVICE_SESSION: refuse}) as parts:
        await parts.put(asked(1, REFUND, parts.clock))
        await parts.settled(2)
        told = (await huashu("why", "--root", tmp_path)).output
    failed = told.partition("DeliveryFailed")[2].splitlines()
    assert failed[1].startswith("    │ ")
    assert f"    「 {REFUND}" in told


async def test_only_those_of_a_customer(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        clock = parts.clock
        group = asked(
            "group", REFUND, clock, customer="li_ming", channel=Channel.BOT, chat_id="wr1",
            reply_to="https://example.com/answer",
        )  # fmt: skip
        other = asked("other", REFUND, clock, customer="liXming", channel=Channel.BOT)
        await parts.put(asked(1, REFUND, clock), group, other)
        await parts.settled(3)
        found = await objects("why", "--root", tmp_path, "--customer", "li_ming")
        assert [one["id"] for one in found] == [group.id]
        assert "https://example.com" not in json.dumps(found)


async def test_the_last_ones_in_order_and_without_mere_notifications(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        events = [asked(number, REFUND, parts.clock) for number in range(5)]
        await parts.put(*events)
        await parts.settled(5)
        notified = ServiceNotified(
            id="told", at=parts.clock.now(), conversation="kf:wk1", account="wk1", token="T"
        )
        await parts.put(notified)
        found = await objects("why", "--root", tmp_path, "--last", "2")
        assert [one["id"] for one in found] == [events[3].id, events[4].id]
        (only,) = await objects("why", "--root", tmp_path, "--event", events[0].id)
        assert only["id"] == events[0].id
        assert "`huashu why` shows" in await refused("why", "--root", tmp_path, "--event", "no")


async def test_pieces_of_one_question_point_to_the_first(tmp_path: Path) -> None:
    clock, settings = ManualClock(), lay_out(tmp_path, quiet_s=2.0)
    async with engine(tmp_path, clock=clock, settings=settings) as parts:
        await parts.put(asked(1, "想问下", clock), asked(2, REFUND, clock))
        (first, second) = await objects("why", "--root", tmp_path)
        assert first["why"]["en"] == second["why"]["en"] == "not dealt with yet"

        async def done() -> bool:
            await clock.advance(1.0)
            return bool(await parts.rows("SELECT id FROM event WHERE state = 1"))

        await parts.until(done)
        await parts.settled(2)
        first, second = await objects("why", "--root", tmp_path)
        assert (first["elsewhere"], second["elsewhere"]) == (False, True)
        assert (len(first["said"]), second["said"]) == (1, [])
        assert "with the first piece" in (await huashu("why", "--root", tmp_path)).output


async def test_customers_cannot_steer_the_terminal(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(asked(1, "\x1b]0;owned\x07\x9b2J👨‍👩‍👧 hi", parts.clock))
        await parts.settled(1)
        told = (await huashu("why", "--root", tmp_path)).output
        assert "\x1b" not in told
        assert "\x9b" not in told
        assert "�]0;owned��2J👨‍👩‍👧 hi" in told


async def doubt(parts: Engine) -> str:
    """A reply by app message of which nobody knows whether it arrived; its id."""
    await parts.put(asked(1, REFUND, parts.clock, channel=Channel.APP, customer="liming"))
    await parts.settled(1)
    (row,) = await parts.rows("SELECT id, state FROM message")
    assert row["state"] == 4
    return str(row["id"])


async def test_a_doubtful_message_is_told_and_sent_again(tmp_path: Path) -> None:
    clock, behave = ManualClock(SystemClock().now()), {Via.APP_MESSAGE: no_answer}
    async with running(tmp_path, clock=clock, behave=behave) as parts:
        message = await doubt(parts)
        told = (await huashu("doubtful", "--root", tmp_path)).output
        for words in ("→ 小李 (liming)", "不确定 doubtful  ", "timed out", message, "app_message"):
            assert words in told
        behave.clear()
        resolved = await huashu(
            "doubtful", "resolve", message, "--again", "--reason", "asked him", "--root", tmp_path
        )
        assert "within a minute" in resolved.output
        (row,) = await parts.rows("SELECT note FROM message")
        assert row["note"] == "by hand: asked him"
        await clock.advance(60)
        await parts.sender.sweep()
        await parts.settled(1)
        assert [one.id for one in parts.sent] == [message]
        assert await objects("doubtful", "--root", tmp_path) == []


@pytest.mark.parametrize(("choice", "state"), [("--sent", "sent"), ("--drop", "dead")])
async def test_a_doubtful_message_is_settled_once(tmp_path: Path, choice: str, state: str) -> None:
    async with running(tmp_path, behave={Via.APP_MESSAGE: no_answer}) as parts:
        message = await doubt(parts)
        # --root before the subcommand is meant for it too.
        resolve = ("doubtful", "--root", tmp_path, "resolve", message, "--reason", "he says so")
        assert (await huashu(*resolve, choice)).exit_code == 0
        (record,) = await objects("why", "--root", tmp_path)
        (said,) = record["said"]
        assert (said["state"], said["note"]) == (state, "by hand: he says so")
        assert f"not doubtful but {state}" in await refused(*resolve, "--again")
        await parts.sender.sweep()
        await parts.settled(1)
        assert parts.sent == []


async def test_a_wrong_id_and_an_unclear_wish_are_told(tmp_path: Path) -> None:
    async with running(tmp_path):
        resolve = ("doubtful", "resolve", "no", "--reason", "r", "--root", tmp_path)
        assert "`huashu doubtful` shows the ids" in await refused(*resolve, "--drop")
        assert "`huashu todos` shows the ids" in await refused(
            "todos", "done", "no", "--root", tmp_path
        )
        for choice in ((), ("--sent", "--drop")):
            unclear = await huashu(*resolve, *choice)
            assert unclear.exit_code == 2
            assert "choose one" in unclear.output
        assert "Nothing is doubtful" in (await huashu("doubtful", "--root", tmp_path)).output
        long = "x" * 200  # longer than any id: it was told by a traceback
        for command in (("why", "--event", long), ("todos", "done", long)):
            assert long in await refused(*command, "--root", tmp_path)


async def test_a_todo_is_ticked_off(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.put(added(1, parts.clock, age_s=60), asked(2, "我要投诉", parts.clock))
        await parts.settled(2)
        await parts.rows("UPDATE todo SET member = 'zhao' WHERE member = ''")
        await parts.rows("INSERT INTO staff (id, name, role, leader, active, joined_at)"
                         " VALUES ('zhao', '赵姐', 1, '', TRUE, 0)")  # fmt: skip
        named = (await huashu("todos", "--root", tmp_path)).output
        assert "赵姐 (zhao) ← wm1" in named  # whom only the console knows
        await parts.rows("UPDATE todo SET member = '' WHERE member = 'zhao'")
        listed = (await huashu("todos", "--root", tmp_path)).output
        assert "小李 (liming) ← wm1" in listed
        assert "whoever is on duty ← wm1" in listed
        before = await objects("todos", "--root", tmp_path)
        first = before[0]["id"]
        for _ in range(2):
            assert (await huashu("todos", "done", first, "--root", tmp_path)).exit_code == 0
        assert await objects("todos", "--root", tmp_path) == before[1:]
        everything = await objects("todos", "--root", tmp_path, "--all")
        assert [(one["id"], one["done_at"] is None) for one in everything] == [
            (one["id"], one["id"] != first) for one in before
        ]
        assert "已完成 done 20" in (await huashu("todos", "--root", tmp_path, "--all")).output


@pytest.mark.parametrize("command", ["why", "doubtful", "todos"])
async def test_without_a_database_the_cure_is_told(tmp_path: Path, command: str) -> None:
    lay_out(tmp_path)
    assert "`huashu run` makes it" in await refused(command, "--root", tmp_path)
    assert not (tmp_path / "test.db").exists()


@pytest.mark.parametrize(
    ("kind", "body", "decision", "en"),
    [
        ("SessionChanged", {"change": 3}, {}, "the session has ended; the bot answers again"),
        (
            "SessionChanged",
            {"change": 9},
            {"silent": "no handler: x"},
            "news of this kind: kept, nothing is to be said",
        ),
        (
            "GroupChanged",
            {},
            {"silent": "no handler: @router.on(GroupChanged)"},
            "a customer group has changed: kept, nothing is to be said",
        ),
        ("CustomerAdded", {}, {"failed": True, "said": []}, "the handler failed: see the log"),
        ("MessageReceived", {}, {"stopped_by_middleware": True}, "stopped by a middleware"),
        ("MessageReceived", {"menu_id": "a"}, {}, "the customer chose from the menu"),
        ("TagChanged", {}, {"handler": "tags.note"}, "tags.note"),
    ],
)
def test_what_was_decided_is_put_into_words(
    kind: str, body: dict[str, Any], decision: dict[str, Any], en: str
) -> None:
    assert explain(kind, body, decision).en == en


def test_what_is_kept_in_english_is_told_in_chinese() -> None:
    silent = "older than 1 day, 0:00:00 when it was"
    assert explain("TagChanged", {}, {"silent": silent}).zh == "不回复：发生得太早，只留下记录"
    group = {"silent": "members talk with each other", "silent_zh": "群友在聊天"}
    assert explain("GroupMessage", {}, group).zh == "不回复：群友在聊天"
    unheard = explain("TagChanged", {}, {"silent": "no handler: @router.on(TagChanged)"})
    assert unheard.zh == "企业标签有变动：不用回复，只留记录"
