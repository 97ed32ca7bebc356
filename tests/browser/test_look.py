"""Every page, in each width, light and language: nothing sticks out, axe finds nothing serious."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from html import unescape

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from bot.store.desk.staff import Role
from tests.browser.chinese import Written
from tests.browser.company import furnished
from tests.browser.looking import misfits, show, unseen, visitor
from tests.browser.scenes import DESK, PHONE, SCENES, Look, Scene
from tests.engine import ROOT
from tests.pages import PART, visiting
from tests.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Each is loaded twice and seen in both widths; `make shots` shows all eight looks.
CHOSEN = (
    Look(width=DESK, theme="light", language="zh"),
    Look(width=DESK, theme="dark", language="en"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with furnished(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


AXE, APART = Axe().axe_script, "/healthz"
# Its other rules find nothing serious, whatever the page: the impact is the rule's own.
SERIOUS = """() => {
  const rules = axe._audit.rules.filter(({ id, impact }) =>
    ["serious", "critical", null, undefined].includes(impact) || id === "aria-allowed-role");
  const other = axe._audit.rules.filter((rule) => !rules.includes(rule));
  const off = Object.fromEntries(other.map(({ id }) => [id, { enabled: false }]));
  return axe.run({ resultTypes: ["violations"], rules: off });
}"""
TOASTS = "document.querySelectorAll('#toasts > *').length"
OTHER_LOOKS = """[...document.querySelectorAll(".top :is(.by-day, .by-night)")].filter(
    (one) => getComputedStyle(one).display !== "none").length"""
# What else a page fetches, opens or leads to; one of each kind.
PARTS = re.compile(r'(?:hx-get|href)="((?:/console|/sidebar)/[^"]*)"')
NUMBERS = re.compile(r"=[^&]*|/[^/?]*\d[^/?]*|wm\w+")
Opener = Callable[[Scene, Look], Awaitable[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opener(browser: Browser, shop: Stage) -> Opener:
    """A window for all that a person sees in one look, with axe in it: it costs much to open."""
    windows: dict[tuple[Look, Role | None, str], Page] = {}

    async def opened(scene: Scene, look: Look) -> Page:
        key = look, scene.role, scene.who
        if key not in windows:
            context = await visitor(browser, shop.bot, scene, look)
            await context.add_init_script(f"if (location.pathname !== '{APART}') {{{AXE}}}")
            windows[key] = await context.new_page()
        return windows[key]

    return opened


@pytest.mark.parametrize("look", CHOSEN, ids=str)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_page_fits_and_can_be_used_by_all(
    opener: Opener, shop: Stage, scene: Scene, look: Look
) -> None:
    page = await opener(scene, look)
    await page.set_viewport_size({"width": look.width, "height": 740})
    await show(page, shop.bot, scene)
    for width in (DESK, PHONE):
        await page.set_viewport_size({"width": width, "height": 740})
        assert (width, await misfits(page)) == (width, [])
    assert await page.evaluate(TOASTS) == 0  # nothing was done yet
    # A phone's menu offered dark and light side by side: its own rule for links was the stronger.
    assert await page.evaluate(OTHER_LOOKS) <= 1
    found = await page.evaluate(SERIOUS)
    serious = [
        f"{item['id']}: {item['nodes'][0]['html'][:160]} {item['nodes'][0]['target']}"
        for item in found["violations"]
        if item["impact"] in ("serious", "critical") or item["id"] == "aria-allowed-role"
    ]
    hidden = await unseen(page)
    # What it follows live is nothing to the next; another site would cost a process of its own.
    await page.goto(shop.bot.url + APART)
    assert (serious, hidden) == ([], [])


async def test_what_is_hostile_stays_text_on_every_page(shop: Stage) -> None:
    """As nickname, group name, tag, script and message."""
    seen = 0
    parts = [
        Scene(name=part, path=f"/sidebar/{part}?customer=wmHostile", who="boss")
        for part in ("open", "now", "scripts", "customer", "todo")
    ]
    for scene in (*SCENES, *parts):
        who = scene.who if scene.role else ""
        async with visiting(shop.bot, who, scene.role or Role.MEMBER) as pages:
            text = await (await pages.get(scene.path)).text()
        assert "<img src=x" not in text, scene.name
        assert "49老张" not in text, scene.name
        seen += "&lt;img src=x" in text
    assert seen >= 6  # it is there to be seen


async def test_an_english_page_told_a_holiday_in_chinese(shop: Stage) -> None:
    """On all of them, and on what they lead to, nothing of our own may stay in Chinese."""
    written = Written(
        (shop.bot.desk.settings.root, ROOT / "config", ROOT / "scripts_library"), ROOT / "bot"
    )
    await written.add(shop.bot.office.database)
    found, seen, english = [], set[tuple[str, Role]](), {"Accept-Language": "en"}
    for scene in SCENES:
        role = scene.role or Role.MEMBER
        async with visiting(shop.bot, scene.who if scene.role else "", role) as pages:
            page = await pages.text(scene.path, headers=english)
            found += [(scene.path, piece) for piece in written.untold(page)]
            for part in map(unescape, PARTS.findall(page)):
                kind = (NUMBERS.sub("", part), role)
                if kind not in seen:
                    seen.add(kind)
                    answer = await pages.get(part, headers={**english, **PART})
                    if answer.content_type == "text/html":
                        page = await answer.text()
                        found += [(part, piece) for piece in written.untold(page)]
    assert found == []
    assert len(seen) > 60  # the search itself works
