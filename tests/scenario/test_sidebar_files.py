"""Attachments in the sidebar, and the sidebar of a group or of nobody."""

import re
import shutil
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from tests.engine import ROOT
from tests.pages import PART, visiting
from tests.stage import Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
FITTING = """
[[script]]
id = "faq/fitting"
title = "怎么挑尺码"
category = "faq"
ask = ["怎么挑尺码", "尺码怎么选"]
say = ["照这张图量就好。"]
attachments = [
    {type = "image", file = "images/size.png"},
    {type = "link", title = "尺码表", url = "https://shop.example.com/size", desc = "每个品类"},
    {type = "miniprogram", title = "商城", appid = "wx1", page = "pages/size?id=1", pic_file = "images/size.png"},
]
"""  # noqa: E501 a table of TOML


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("files")
    shutil.copytree(ROOT / "scripts_library", root / "scripts_library")
    (root / "scripts_library/images").mkdir()
    (root / "scripts_library/images/size.png").write_bytes(PNG)
    (root / "scripts_library/fitting.toml").write_text(FITTING, "utf-8")
    clock = ManualClock()
    corp = company(clock)
    async with stage(root, corp=corp, clock=clock, ticks=False) as play:
        await corp.customer_adds_member("wm1", "liming", welcome=False)
        await corp.create_group("liming", "福利群<b>", ["wm1", "wangfang"], "wrFans")
        await play.quiet()
        yield play


async def test_what_goes_with_a_script_is_shown_and_sent_as_the_client_wants_it(
    shop: Stage,
) -> None:
    async with visiting(shop.bot, "liming") as pages:
        asked = {"customer": "wm1", "q": "挑尺码"}
        page = await pages.part("/sidebar/scripts/find", params=asked)
        found = re.search(r"data-parts='([^']*)' data-script=\"faq/fitting\"", page)
        assert found is not None
        text, image, link, program = orjson.loads(unescape(found[1]))
        assert text == {"msgtype": "text", "text": {"content": "照这张图量就好。"}}
        assert image["image"]["file"] == "images/size.png"
        assert link["news"]["link"] == "https://shop.example.com/size"
        assert program["miniprogram"]["page"] == "pages/size.html?id=1"
        assert program["miniprogram"]["imgUrl"].startswith(shop.bot.url)
        assert image["image"]["shown"] in unescape(page)
        answer = await pages.post("/sidebar/media", data={"file": "images/size.png"})
        assert (await answer.json())["mediaid"]
        for file in ("../config/bot.toml", "_shared.jinja", ""):
            assert (await pages.post("/sidebar/media", data={"file": file})).status == 404
    async with visiting(shop.bot) as wecom:  # fetches the picture of a card as a stranger
        address = image["image"]["shown"]
        picture = await wecom.get(address)
        assert await picture.read() == PNG
        assert (await wecom.get(address[:-1])).status == 404
        assert (await wecom.get("/sidebar/picture?file=../config/bot.toml&key=")).status == 404


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        ("liming", Role.MEMBER, 200),
        ("wangfang", Role.MEMBER, 403),  # is in it, and leads it not
        ("boss", Role.ADMIN, 200),
    ],
)
async def test_a_group_is_for_those_who_lead_it(
    shop: Stage, who: str, role: Role, status: int
) -> None:
    asked = {"chat": "wrFans", "entry": "group_chat_tools"}
    async with visiting(shop.bot, who, role) as pages:
        opened = await pages.get("/sidebar/open", params=asked, headers=PART)
        assert opened.status == status
        if status == 200:
            assert "福利群&lt;b&gt;" in await opened.text()
            form = {"nonce": f"{len(who):016x}", "text": "大家好", "script": ""}
            sent = await pages.post("/sidebar/sent", params=asked, data=form)
            assert sent.status == 200
    rows = await shop.rows("SELECT conversation FROM event WHERE kind = 'StaffSent'")
    assert {row["conversation"] for row in rows} == {"group:wrFans"}


async def test_beside_no_chat_there_are_still_scripts(shop: Stage) -> None:
    async with visiting(shop.bot, "wangfang") as pages:
        page = await pages.part("/sidebar/scripts?nobody=1")
        assert "data-send" in page
        form = {"nonce": "0" * 16, "text": "x"}
        assert (await pages.post("/sidebar/sent?nobody=1", data=form)).status == 422
