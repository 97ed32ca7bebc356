"""The doctor's lines come to the page as they are found."""

import re
from pathlib import Path

from bot.store.staff import Role
from tests.pages import visiting
from tests.stage import stage


async def test_a_wrong_setting_is_named_on_the_page(tmp_path: Path) -> None:
    async with (
        stage(tmp_path, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        shop.corp.set_trusted_ips(["10.1.2.3"])
        begun = await (await pages.post("/console/doctor")).text()
        found = re.search(r'id="job-(\w+)"', begun)
        assert found is not None
        job = shop.bot.office.jobs.find(found[1], "op")
        assert job is not None

        async def done() -> bool:
            return job.state != "running"

        await shop.until(done)
        page = await pages.text(f"/jobs/{found[1]}")
        assert "60020" in page or "企业可信IP" in page
        assert "hx-trigger" not in page  # it has ended
        async with visiting(shop.bot, "other", Role.ADMIN) as others:
            assert (await others.get(f"/jobs/{found[1]}")).status == 404
