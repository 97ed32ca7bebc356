"""Addresses with odd values, which no link has but anybody may type."""

import inspect
import re
from asyncio import gather
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from multidict import MultiDict
from yarl import URL

from bot.store.desk.staff import Role
from bot.web.pages import routes
from bot.web.route import Route
from tests.browser.company import furnished
from tests.pages import visiting

READS = re.compile(r'\b(?:asked|number|getall|_named)\((?:visit, )?"([\w.]+)"')
PART = re.compile(r"\{[^}]*\}")
HUGE = "9" * 18
ODD = (
    "x", HUGE, "", "0001-01-01", "²", '["\\u0000","b"]', '[9999999999,-1,1,"b"]',
)  # fmt: skip
THERE = {  # things that the company has
    "/console/customers/{id}": "wm1", "/console/groups/{id}": "wrMothers",
    "/console/plans/{id}": "visit", "/console/channels/{state}": "store_7",
    "/console/referral/{id}": "spring", "/console/handovers/{id}": "qi",
    "/console/moments/post/{id}": "m9", "/console/complaints/{case}": "1",
    "/console/settings/files/{name}": "caps.toml",
}  # fmt: skip
BESIDE = {"customer": "wm1", "chat": "wrMothers"}


async def test_no_odd_address_failed_a_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """?after=x of the groups did, ?state= of a handover beyond a number of PostgreSQL's, and the
    card of a customer whom nobody knows; PostgreSQL takes less than SQLite."""
    failed: list[str] = []
    async with (
        furnished(tmp_path, store="postgres") as shop,
        visiting(shop.bot, "boss", Role.ADMIN) as pages,
    ):

        async def ask(address: URL) -> None:
            answer = await pages.get(str(address))
            if answer.status >= 500:
                failed.append(str(address))

        for route in routes():
            if route.method == "GET" and route.path != "/live":
                await gather(*map(ask, addresses(route)))
        assert (await pages.get("/console/customers?words=a%00b")).status == 400
        note = {"text": "周五\0再问"}
        page = await pages.post("/sidebar/customer/notes?customer=wm1", data=note)
        assert "周五再问" in await page.text()
    assert (failed, "a page failed" in caplog.text) == ([], False)


def addresses(route: Route) -> Iterator[URL]:
    """With all that the page reads at once, since one value may hide what another one does, and
    with each alone."""
    module = inspect.getmodule(route.answer)
    assert module is not None
    names = [*dict.fromkeys(READS.findall(inspect.getsource(module)))]
    around = BESIDE if route.path.startswith("/sidebar") else {}
    known = next((name for name in THERE if route.path.startswith(name)), "")
    path = route.path.replace(known, PART.sub(THERE[known], known)) if known else route.path
    base = URL(PART.sub("1", path))
    for odd in ODD:
        yield base.with_query(MultiDict({**dict.fromkeys(names, odd), **around}))
        if odd and PART.search(route.path):
            yield URL(PART.sub(quote(odd, safe=""), route.path), encoded=True)
    yield from (base.with_query({name: HUGE}) for name in around)
    yield from (base.with_query({**around, name: HUGE}) for name in names)
