"""Opens a scene in a browser, and says what is wrong with how it looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page

from bot.app import Assistant
from bot.web.session import COOKIE
from tests.browser.scenes import Look, Scene
from tests.pages import visiting

# What lies beyond the window, and text that is cut off where nothing says that there is more.
MISFITS = """async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(done));
  for (let n = 0; n < 3; n++) await drawn();
  const named = (element) => element.tagName.toLowerCase() + "." + element.className + ": " +
    element.textContent.trim().slice(0, 40);
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push("wider than the window");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids)  // a label would open another thing than it stands at
    if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push("there twice: #" + id);
  const apart = ".unseen, .skip, .scroll, dialog:not([open]), option";
  for (const element of document.querySelectorAll("body *")) {
    const { visibility, display, overflowX, textOverflow, position } = getComputedStyle(element);
    if (visibility === "hidden" || display === "none") continue;
    if (!element.textContent.trim() || element.closest(apart)) continue;
    const box = element.getBoundingClientRect();
    const beyond = box.right > innerWidth + 1 || box.left < -1;
    if (box.width && box.height && beyond) found.push("beyond the edge: " + named(element));
    const letters = element.textContent.trim().length;
    if (element.matches("td") && letters > 5 && box.width < 48 && box.height > 4 * box.width)
      found.push("a letter a line: " + named(element));
    const wide = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
    if (wide && overflowX === "hidden" && textOverflow !== "ellipsis" && position !== "absolute")
      found.push("cut off: " + named(element));
  }
  return found.slice(0, 8);
}"""

# What it asks for has come; not by Playwright's own waiting, which brings a script into each page.
SETTLED = """async () => {
  const until = performance.now() + 60_000;  // the machine may be busy
  while (document.querySelector(".htmx-request, .opening")) {
    if (performance.now() > until) return false;
    await new Promise((done) => requestAnimationFrame(done));
  }
  await document.fonts.ready;
  return true;
}"""

# Controls that show no focus ring although they have the keyboard's focus.
UNSEEN = """() => {
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const found = [];
  for (const one of top.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    one.focus({ preventScroll: true });
    const { outlineStyle, boxShadow } = getComputedStyle(one);
    const seen = outlineStyle !== "none" || boxShadow !== "none";
    if (document.activeElement === one && !seen) found.push(one.outerHTML.slice(0, 100));
  }
  return found.slice(0, 4);
}"""


@asynccontextmanager
async def looking(
    browser: Browser, bot: Assistant, scene: Scene, look: Look
) -> AsyncIterator[Page]:
    """The page of a scene, loaded and settled."""
    context = await visitor(browser, bot, scene, look)
    try:
        page = await context.new_page()
        await show(page, bot, scene)
        yield page
    finally:
        await context.close()


async def visitor(browser: Browser, bot: Assistant, scene: Scene, look: Look) -> BrowserContext:
    """The browser of whoever looks at such a scene."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": 800 if look.width > 500 else 740},
        color_scheme=look.theme,
        device_scale_factor=1,
    )
    host = urlsplit(bot.url).hostname or ""
    cookies: dict[str, str] = {"lang": look.language}
    if scene.role is not None:
        async with visiting(bot, scene.who, scene.role) as pages:
            cookies |= pages.cookies
    assert COOKIE in cookies or scene.role is None
    await context.add_cookies(
        [
            {"name": name, "value": value, "domain": host, "path": "/"}
            for name, value in cookies.items()
        ]
    )
    return context


async def show(page: Page, bot: Assistant, scene: Scene) -> None:
    """Load a scene, and wait until it has settled."""
    response = await page.goto(bot.url + scene.path, wait_until="load")
    assert response is not None
    assert response.status == 200, f"{scene.path}: HTTP {response.status}"
    assert await page.evaluate(SETTLED), f"{scene.path}: still loading"
    await _done(page, scene)


async def _done(page: Page, scene: Scene) -> None:
    for selector, value in scene.steps:
        part = page.locator(selector).first
        if not value:
            await part.click()
        elif await part.evaluate("(element) => element.tagName") == "SELECT":
            await part.select_option(value)
        else:
            await part.fill(value)
    if scene.seen:
        await page.locator(scene.seen).first.wait_for()


async def unseen(page: Page) -> list[str]:
    await page.keyboard.press("Tab")
    found = await page.evaluate(UNSEEN)
    return [str(line) for line in found]


async def misfits(page: Page) -> list[str]:
    found = await page.evaluate(MISFITS)
    return [str(line) for line in found]
