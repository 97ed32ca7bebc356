"""What WeCom refuses, and our own mistakes: who hears of it, and what is not tried again."""

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import AlreadyDone, MediaExpired, PersonServing, Refused, WindowClosed
from bot.events import Channel
from bot.outbox import Message
from bot.sending.settlement import RENEWALS
from bot.store.models import MessageState
from bot.touch.policy import Via
from tests.engine import added, asked, engine
from tests.flow.outbox import failing, states


async def test_41051_counts_as_done(tmp_path: Path) -> None:
    behave = {Via.WELCOME_CODE: failing(AlreadyDone(41051, "started chatting", "welcome"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(added(1, parts.clock))
        await parts.settled(1)
        assert await states(parts) == [("welcome_code", MessageState.SENT)]


async def test_an_expired_code_becomes_a_todo_for_the_member(tmp_path: Path) -> None:
    behave = {Via.WELCOME_CODE: failing(Refused(41050, "invalid code", "welcome"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(added(1, parts.clock))
        await parts.settled(2)  # the addition, and the failure that it led to
        assert [message.via for message in parts.sent] == [Via.STAFF_NOTICE]
        assert parts.sent[0].speech.to == "liming"
        todos = await parts.rows("SELECT member, words FROM todo")
        assert todos[0]["member"] == "liming"
        assert "小李" in todos[0]["words"]  # the very words that should have been said


async def test_our_own_mistake_in_one_message_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(message: Message) -> None:
        if message.event_id.endswith(":1"):
            raise KeyError("机密")

    both = {Via.SERVICE_SESSION: stumble, Via.APP_MESSAGE: stumble}
    async with engine(tmp_path, behave=both) as parts:
        clock = parts.clock
        await parts.put(asked(1, "你好", clock), asked(1, "你好", clock, channel=Channel.APP))
        await parts.put(asked(2, "你好", clock, customer="wm2"))
        await parts.settled(4)
        assert set(await states(parts)) >= {
            ("service_session", MessageState.DEAD),
            ("app_message", MessageState.DOUBTFUL),
            ("service_session", MessageState.SENT),
        }
    assert "KeyError" in caplog.text
    assert "机密" not in caplog.text


async def test_a_person_who_took_the_session_unseen_silences_the_bot(tmp_path: Path) -> None:
    behave = {Via.SERVICE_SESSION: failing(PersonServing(95018, "status", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert parts.sent == []
        assert await parts.rows("SELECT id FROM todo") == []


async def test_a_restart_does_not_forget_the_person_who_took_the_session_unseen(
    tmp_path: Path,
) -> None:
    behave = {Via.SERVICE_SESSION: failing(PersonServing(95018, "status", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
    async with engine(tmp_path) as parts:
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert parts.sent == []


async def test_a_transfer_that_fails_leaves_nobody_in_silence(tmp_path: Path) -> None:
    behave = {Via.SERVICE_TRANSFER: failing(Refused(95016, "illegal", "kf/service_state/trans"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "转人工", parts.clock))
        await parts.settled(2)  # the question, and the failure
        parts.sent.clear()
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(3)
        assert [message.script for message in parts.sent] == ["system/greeting_reply"]


async def test_media_that_wecom_never_knows_are_given_up(tmp_path: Path) -> None:
    clock = ManualClock()
    expired = MediaExpired(40007, "invalid media_id", "kf/send_msg")
    behave = {Via.SERVICE_SESSION: failing(*(expired for _ in range(20)))}
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(asked(1, "你好", clock))

        async def dead() -> bool:
            await clock.advance(1)
            return (await states(parts))[:1] == [("service_session", MessageState.DEAD)]

        await parts.until(dead)
        assert await parts.rows("SELECT attempts FROM message WHERE state = 3") == [
            {"attempts": RENEWALS + 1}
        ]


async def test_a_closed_window_is_final_and_told(tmp_path: Path) -> None:
    behave = {Via.SERVICE_SESSION: failing(WindowClosed(95002, "48 h", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(2)
        assert (await states(parts))[0] == ("service_session", MessageState.DEAD)
        assert len(await parts.rows("SELECT id FROM todo")) == 1


async def test_nothing_is_logged_of_what_was_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    behave = {Via.SERVICE_SESSION: failing(Refused(40096, "invalid user", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(2)
        words = (await parts.rows("SELECT body FROM message"))[0]["body"]
    assert "not sent" in caplog.text
    assert "你好" not in caplog.text
    assert words not in caplog.text
