"""The doctor's lines come to the page as they are found."""

from pathlib import Path

import pytest

from bot.errors import Refused
from bot.mockwecom.faults import Fault
from bot.store.desk.staff import Role
from tests.pages import Pages, visiting
from tests.stage import stage


async def examined(pages: Pages) -> str:
    """The address of what was found."""
    begun = await (await pages.post("/console/doctor")).text()
    return f"/jobs/{(await pages.ended(begun)).id}"


async def test_a_wrong_setting_is_named_on_the_page(tmp_path: Path) -> None:
    async with (
        stage(tmp_path, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        shop.corp.set_trusted_ips(["10.1.2.3"])
        found = await examined(pages)
        page = await pages.text(found)
        assert "60020" in page or "企业可信IP" in page
        assert "hx-trigger" not in page  # it has ended
        async with visiting(shop.bot, "other", Role.ADMIN) as others:
            assert (await others.get(found)).status == 404


async def test_what_was_set_right_is_asked_for_at_once_by_an_examination(tmp_path: Path) -> None:
    """Whoever had mended a secret waited an hour for the bot to ask for a token again."""
    async with (
        stage(tmp_path, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        client = shop.bot.office.client
        shop.corp.invalidate_tokens()
        shop.corp.faults.add(Fault(api="gettoken", errcode=40001))
        with pytest.raises(Refused, match="40001"):
            await client.follow_user_list()
        shop.corp.faults.clear()
        with pytest.raises(Refused, match="40001"):
            await client.follow_user_list()
        page = await pages.text(await examined(pages))
        told = "处要留意" in page, "没有发现要改的地方" in page
        assert told == (True, False), "nothing was to be done, and below it stood what to click"
        assert await client.follow_user_list()
