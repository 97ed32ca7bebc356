"""The store of uploads, against a WeCom that answers what the test prepared."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import NoAnswer, Refused, TryLater, WeComError
from bot.store.database import open_database
from bot.store.models import MediaRow
from bot.wecom.client import WeComClient
from bot.wecom.media import LIVES_S, RENEW_S, Media
from tests.wecom.double import WeCom, refusal

API = "media/upload"


def taken(media_id: str) -> dict[str, str]:
    return {"type": "image", "media_id": media_id, "created_at": "1"}


async def failure_of(media: Media) -> WeComError:
    with pytest.raises(WeComError) as caught:
        await media.ensure("a.jpg")
    return caught.value


@pytest.fixture
async def media(
    tmp_path: Path, wecom: WeCom, client: WeComClient, clock: ManualClock
) -> AsyncIterator[Media]:
    for name in ("a.jpg", "b.pdf"):
        (tmp_path / name).write_bytes(b"content of " + name.encode())
    wecom.answer(API, taken("M1"), taken("M2"), taken("M3"))
    async with open_database(f"sqlite://{tmp_path}/test.db"):
        media = Media(tmp_path, client, clock)
        media.look_after({"a.jpg", "b.pdf"})
        yield media


async def test_those_who_want_a_file_at_once_share_one_upload(media: Media, wecom: WeCom) -> None:
    assert media.media_id("a.jpg") == ""
    assert await asyncio.gather(*(media.ensure("a.jpg") for _ in range(20))) == ["M1"] * 20
    assert media.media_id("a.jpg") == "M1"
    assert len(wecom.bodies(API)) == 1


async def test_they_share_its_failure_too(media: Media, wecom: WeCom) -> None:
    wecom.answer(API, refusal(45009), taken("M1"))
    wanted = (media.ensure("a.jpg") for _ in range(20))
    failures = await asyncio.gather(*wanted, return_exceptions=True)
    assert [type(failure) for failure in failures] == [TryLater] * 20
    assert len(wecom.bodies(API)) == 1


async def test_one_who_leaves_takes_nothing_from_the_others(media: Media, wecom: WeCom) -> None:
    wecom.gate = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        first, second, third = (tasks.create_task(media.ensure("a.jpg")) for _ in range(3))
        while not wecom.bodies(API):
            await asyncio.wait((first,), timeout=0.005)
        second.cancel()
        wecom.gate.set()
    assert second.cancelled()
    assert (first.result(), third.result()) == ("M1", "M1")


async def test_what_one_began_and_left_the_others_may_try_again(
    media: Media, wecom: WeCom
) -> None:
    wecom.gate = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(media.ensure("a.jpg"))
        while not wecom.bodies(API):
            await asyncio.wait((first,), timeout=0.005)
        second = tasks.create_task(failure_of(media))
        await asyncio.wait((second,), timeout=0.005)
        first.cancel()
    assert isinstance(second.result(), NoAnswer)
    wecom.gate.set()
    assert (await media.ensure("a.jpg")).startswith("M")


async def test_an_upload_that_fails_leaves_the_one_that_is_still_good(
    media: Media, wecom: WeCom, clock: ManualClock
) -> None:
    wecom.answer(API, taken("M1"), refusal(45009))
    await media.ensure("a.jpg")
    await clock.advance(RENEW_S)
    assert await media.ensure("a.jpg") == "M1"
    await clock.advance(LIVES_S - RENEW_S)
    assert media.media_id("a.jpg") == ""
    with pytest.raises(TryLater):
        await media.ensure("a.jpg")


async def test_an_old_picture_is_not_sent_for_a_changed_one(
    media: Media, wecom: WeCom, tmp_path: Path
) -> None:
    wecom.answer(API, taken("M1"), refusal(45009))
    await media.ensure("a.jpg")
    (tmp_path / "a.jpg").write_bytes(b"something else")
    with pytest.raises(TryLater):
        await media.ensure("a.jpg")


async def test_an_answer_without_a_media_id_is_no_upload(media: Media, wecom: WeCom) -> None:
    wecom.answer(API, {"errcode": 0}, taken("M1"))
    with pytest.raises(NoAnswer):
        await media.ensure("a.jpg")
    assert await media.ensure("a.jpg") == "M1"


async def test_only_the_id_that_failed_is_forgotten(media: Media) -> None:
    await media.ensure("a.jpg")
    media.forget("a.jpg", "an older one")
    assert media.media_id("a.jpg") == "M1"
    media.forget("a.jpg", "M1")
    assert media.media_id("a.jpg") == ""
    assert await media.ensure("a.jpg") == "M2"


async def test_a_file_that_is_gone_is_final_and_costs_the_others_nothing(
    media: Media, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jpg").unlink()
    await media.keep_fresh()
    assert media.media_id("b.pdf") == "M1"
    assert [getattr(record, "path", "") for record in caplog.records] == ["a.jpg"]
    with pytest.raises(Refused):
        await media.ensure("a.jpg")


async def test_what_was_uploaded_is_known_after_a_restart(
    media: Media, tmp_path: Path, client: WeComClient, clock: ManualClock
) -> None:
    await media.keep_fresh()
    assert await MediaRow.all().count() == 2
    again = Media(tmp_path, client, clock)
    await again.load()
    assert again.media_id("a.jpg") == await again.ensure("a.jpg") == "M1"
