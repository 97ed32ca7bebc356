"""Uploads of a bot: chunks come in any order, and nothing but the whole file is taken."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.mockwecom.bot_media import BotMedia
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.rules import Refusal


def begin(media: BotMedia, content: bytes, count: int, **changes: Any) -> str:
    body = {"type": "file", "filename": "f", "total_size": len(content), "total_chunks": count}
    started = media.start_upload({**body, "md5": hashlib.md5(content).hexdigest(), **changes})
    return str(started["upload_id"])


def put(media: BotMedia, upload_id: str, index: int, part: bytes) -> None:
    data = base64.b64encode(part).decode()
    media.take_chunk({"upload_id": upload_id, "chunk_index": index, "base64_data": data})


@given(st.binary(min_size=5, max_size=60), st.integers(1, 5), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_file(
    content: bytes, size: int, chance: Any
) -> None:
    media = BotMedia(MockCorp(clock=ManualClock()))
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    upload_id = begin(media, content, len(parts))
    order = [*range(len(parts)), *chance.choices(range(len(parts)), k=3)]
    chance.shuffle(order)
    for position, index in enumerate(order):
        if set(order[:position]) != set(range(len(parts))):
            with pytest.raises(Refusal, match="chunks are missing"):
                media.finish_upload({"upload_id": upload_id})
        put(media, upload_id, index, parts[index])
    media.check_uploaded(media.finish_upload({"upload_id": upload_id})["media_id"], "file")


@pytest.mark.parametrize(
    ("changes", "problem"), [({"total_size": 9}, "8 bytes came"), ({"md5": "0" * 32}, "md5")]
)
def test_another_file_than_announced_is_refused(changes: dict[str, Any], problem: str) -> None:
    media = BotMedia(MockCorp(clock=ManualClock()))
    upload_id = begin(media, b"12345678", 1, **changes)
    put(media, upload_id, 0, b"12345678")
    with pytest.raises(Refusal, match=problem):
        media.finish_upload({"upload_id": upload_id})


async def test_half_an_hour_to_finish() -> None:
    clock = ManualClock()
    media = BotMedia(MockCorp(clock=clock))
    upload_id = begin(media, b"12345678", 1)
    await clock.advance(1800)
    put(media, upload_id, 0, b"12345678")
    await clock.advance(1)
    with pytest.raises(Refusal, match="half hour"):
        media.finish_upload({"upload_id": upload_id})


@pytest.mark.parametrize(("index", "part"), [(1, b"x"), (-1, b"x"), (0, b"x" * (512 * 1024 + 1))])
def test_chunk_out_of_bounds_is_refused(index: int, part: bytes) -> None:
    media = BotMedia(MockCorp(clock=ManualClock()))
    upload_id = begin(media, b"12345678", 1)
    with pytest.raises(Refusal):
        put(media, upload_id, index, part)
