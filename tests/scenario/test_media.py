"""Pictures and files of the library go with scripts, whatever WeCom does with their uploads."""

import logging
from pathlib import Path
from shutil import copytree

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from tests.engine import ROOT
from tests.stage import BOT, SHOP, Stage, company, stage

DAY_S = 86_400.0
PICTURE = b"\xff\xd8\xff a picture"
WELCOME = 'attachments = [{type = "image", file = "images/size.jpg"}]'
ANSWERS = """
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["秋季画册发我看看"]
say = ["给您。"]
attachments = [
  {type = "file", file = "catalogue.pdf"},
  {type = "link", title = "画册", url = "https://example.com/a", pic_file = "images/size.jpg"},
  {type = "miniprogram", title = "商城", appid = "wx1", page = "a", pic_file = "images/size.jpg"},
]
[[script]]
id = "faq/old"
title = "去年的画册"
category = "faq"
ask = ["去年的画册还有吗"]
say = ["给您。"]
attachments = [{type = "file", media_id = "written-by-hand"}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose library has files."""
    library = tmp_path / "scripts_library"
    copytree(ROOT / "scripts_library", library)
    greeting = library / "greeting.toml"
    marked = 'title = "刚加好友"'
    words = greeting.read_text("utf-8").replace(marked, f"{marked}\n{WELCOME}")
    greeting.write_text(words, "utf-8")
    (library / "images").mkdir()
    (library / "images/size.jpg").write_bytes(PICTURE)
    (library / "catalogue.pdf").write_bytes(b"%PDF-1.7 catalogue")
    (library / "catalogue.toml").write_text(ANSWERS, "utf-8")
    return tmp_path


def uploads(corp: MockCorp) -> int:
    return [call.api for call in corp.calls].count("media/upload")


def refused(corp: MockCorp) -> list[int]:
    """Beside the members who have no customers yet (doc 92113)."""
    calls = (call for call in corp.calls if call.api != "externalcontact/list")
    return [call.errcode for call in calls if call.errcode]


async def shelved(play: Stage, number: int = 2, *, since: float = 0.0) -> None:
    """Wait until so many files have been uploaded since then."""

    async def happened() -> bool:
        rows = await play.rows(f"SELECT count(*) AS n FROM media WHERE uploaded_at >= {since}")
        return bool(rows[0]["n"] == number)

    await play.until(happened)


def pictures(play: Stage, customer: str) -> list[bytes]:
    """The pictures that came with the only welcome."""
    [welcome] = play.got(customer, "contact")
    return [
        play.corp.media.find(item["image"]["media_id"], "image").content
        for item in welcome.body.get("attachments", [])
    ]


async def test_a_welcome_brings_its_picture_from_the_shelf(root: Path) -> None:
    async with stage(root) as play:
        await shelved(play)
        await play.corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        assert pictures(play, "wm1") == [PICTURE]
        assert "小李" in play.texts("wm1", "contact")[0]
        assert play.corp.refusals == []


async def test_a_restart_uploads_nothing_again(root: Path) -> None:
    async with stage(root) as play:
        corp = play.corp
        await shelved(play)
    (root / "scripts_library/images/size.jpg").touch()
    async with stage(root, corp=corp) as play:
        await corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        await play.bot.sweep("media")
        assert pictures(play, "wm1") == [PICTURE]
        assert uploads(corp) == 2


async def test_a_missing_upload_does_not_hold_up_the_welcome(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    corp = company(clock)
    corp.faults.add(Fault(api="media/upload", latency_s=60))
    async with stage(root, corp=corp, clock=clock) as play:
        await corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        assert pictures(play, "wm1") == []
        left_out = [r for r in caplog.records if getattr(r, "action", "") == "media.missing"]
        assert [getattr(record, "script", "") for record in left_out] == ["welcome/first"]

        corp.faults.clear()
        await clock.advance(61)
        await shelved(play)
        await corp.customer_adds_member("wm2", "liming")
        await play.quiet()
        assert pictures(play, "wm2") == [PICTURE]


async def test_the_sweep_renews_what_is_nearly_three_days_old(root: Path) -> None:
    clock = ManualClock()
    async with stage(root, clock=clock) as play:
        await shelved(play)
        await clock.advance(2 * DAY_S)
        await play.bot.sweep("media")
        assert uploads(play.corp) == 2
        await clock.advance(0.6 * DAY_S)
        await play.bot.sweep("media")
        assert uploads(play.corp) == 4
        await clock.advance(1 * DAY_S)
        await play.corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        assert pictures(play, "wm1") == [PICTURE]
        assert play.corp.refusals == []


async def test_a_changed_picture_is_uploaded_again(root: Path) -> None:
    async with stage(root) as play:
        await shelved(play)
        (root / "scripts_library/images/size.jpg").write_bytes(PICTURE + b", the new one")
        await play.bot.sweep("media")
        await play.corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        assert pictures(play, "wm1") == [PICTURE + b", the new one"]
        assert uploads(play.corp) == 3


async def test_a_welcome_whose_picture_wecom_forgot_goes_a_second_later(root: Path) -> None:
    clock = ManualClock()
    async with stage(root, clock=clock) as play:
        await shelved(play)
        play.corp.media.reset()
        await clock.advance(1)
        since = clock.timestamp()
        await play.corp.customer_adds_member("wm1", "liming")
        await shelved(play, 1, since=since)
        await play.quiet()
        assert play.got("wm1", "contact") == []
        await clock.advance(1)
        await play.quiet()
        assert pictures(play, "wm1") == [PICTURE]
        assert refused(play.corp) == [40007]


async def test_an_answer_in_customer_service_brings_its_files(root: Path) -> None:
    clock = ManualClock()
    async with stage(root, clock=clock) as play:
        await shelved(play)
        await clock.advance(3 * DAY_S)  # and no sweep in all that time
        await play.corp.customer_writes_kf("wm1", SHOP, "秋季画册发我看看")
        await play.quiet()
        got = play.got("wm1")
        assert [item.kind for item in got] == ["text", "file", "link", "miniprogram"]
        file = play.corp.media.find(got[1].body["file"]["media_id"], "file")
        assert (file.filename, file.content) == ("catalogue.pdf", b"%PDF-1.7 catalogue")
        assert got[3].body["miniprogram"]["pagepath"] == "a.html"
        for item in got[2:]:
            cover = play.corp.media.find(item.body[item.kind]["thumb_media_id"], "image")
            assert cover.content == PICTURE
        assert play.corp.refusals == []


async def test_an_answer_whose_files_wecom_forgot_is_sent_with_new_ones(root: Path) -> None:
    clock = ManualClock()
    async with stage(root, clock=clock) as play:
        await shelved(play)
        play.corp.media.reset()
        await play.corp.customer_writes_kf("wm1", SHOP, "秋季画册发我看看")

        async def all_there() -> bool:
            await clock.advance(0.5)
            return len(play.got("wm1")) == 4

        await play.until(all_there)
        kinds = [item.kind for item in play.got("wm1")]
        assert kinds == ["text", "file", "link", "miniprogram"]
        assert refused(play.corp) == [40007, 40007]  # one for each file


async def test_an_upload_cut_off_leaves_no_doubt_about_the_message(root: Path) -> None:
    clock = ManualClock()
    async with stage(root, clock=clock) as play:
        await shelved(play)
        await clock.advance(3 * DAY_S)
        play.corp.faults.add(Fault(api="media/upload", disconnect_after=True, times=1))
        await play.corp.member_writes_app("wangfang", 1000002, "秋季画册发我看看")

        async def all_there() -> bool:
            await clock.advance(0.5)
            return len(play.got("wangfang", "app")) == 4

        await play.until(all_there)
        await play.quiet()
        kinds = [item.kind for item in play.got("wangfang", "app")]
        assert kinds == ["text", "file", "textcard", "text"]
        assert await play.rows("SELECT DISTINCT state FROM message") == [{"state": 2}]


async def test_a_media_id_written_by_hand_is_tried_once_and_told(root: Path) -> None:
    async with stage(root) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "去年的画册还有吗")
        await play.quiet()
        assert [item.kind for item in play.got("wm1")] == ["text"]
        assert [call.api for call in play.corp.calls].count("kf/send_msg") == 2
        assert len(await play.rows("SELECT id FROM todo")) == 1


async def test_a_bot_says_the_words_and_the_link(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(root, smart_bot="callback") as play:
        await play.corp.bots.member_writes_bot("liming", BOT, "秋季画册发我看看")
        await play.quiet()
        [said] = [d for d in play.corp.deliveries if d.channel == "bot"]
        assert "给您。" in said.text
        assert "https://example.com/a" in said.text
    left_out = [r for r in caplog.records if getattr(r, "action", "") == "media.missing"]
    assert [record.levelno for record in left_out] == [logging.WARNING] * 2
