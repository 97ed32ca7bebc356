"""The sidebar: search with each key that is pressed, the first view, and what it transfers."""

import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import process_time
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar

from benchmarks.envelopes import AGENT, CORP, SECRET
from benchmarks.figures import Figure, below, percentile, plain
from benchmarks.many_scripts import MAKERS, write_library
from benchmarks.workspace import ENVIRON, WORDS, workspace
from bot.app import Assistant, assistant
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.scripts.matching.hanzi import hanzi
from bot.settings import Settings
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.web.session import COOKIE, Session

SIZES = (1_000, 10_000, 100_000)
AIMED_AT = 10_000
KEYS = 400  # that are pressed
SEARCH_MS, VIEW_MS, VIEW_KB = 30, 150, 150
MEMBER, CUSTOMER = "liming", "wmBench"
LINKED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
VIEWS = 20  # times that it is opened


async def figures() -> Sequence[Figure]:
    found: list[Figure] = []
    for scripts in SIZES:
        with workspace("http://127.0.0.1:9") as root:
            write_library(root / "scripts_library", scripts)
            async with opened(root) as (bot, http):
                await get(bot, http, f"/sidebar/scripts?customer={CUSTOMER}")  # makes it ready
                found += await searched(bot, http, scripts)
                if scripts == AIMED_AT:
                    found += await viewed(bot, http)
    return found


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[tuple[Assistant, ClientSession]]:
    """The bot beside the mock, and a browser of a member who serves one customer."""
    corp = MockCorp(CORP, clock=SystemClock())
    corp.add_member(MEMBER, "李明")
    corp.add_customer(CUSTOMER, "安娜")
    corp.add_app(int(AGENT), SECRET, "话术")
    async with MockServer(corp) as server:
        file = root / "config/bot.toml"
        text = file.read_text("utf-8").replace("http://127.0.0.1:9", server.url)
        file.write_text(text, "utf-8")
        await corp.customer_adds_member(CUSTOMER, MEMBER, welcome=False)
        async with assistant(Settings.load(root, ENVIRON), ticks=False) as bot:
            person = Staff(
                id=MEMBER, name="李明", role=Role.MEMBER, leader="", active=True, sight=()
            )
            now = bot.office.clock.timestamp()
            await staff.put(bot.office.database, person, now)
            sealed = bot.office.seal.close(Session(who=MEMBER, began_at=now))
            headers = {"Cookie": f"{COOKIE}={sealed}", "HX-Request": "true"}
            async with ClientSession(
                cookie_jar=DummyCookieJar(), headers=headers, auto_decompress=False
            ) as http:
                yield bot, http


async def get(bot: Assistant, http: ClientSession, path: str) -> tuple[float, bytes]:
    """Milliseconds of processor time, and the body as it was transferred."""
    begun = process_time()
    async with http.get(bot.url + path, headers={"Accept-Encoding": "gzip"}) as response:
        body = await response.read()
        assert response.status == 200, (path, response.status)
    return 1000 * (process_time() - begun), body


def pressed() -> Iterator[str]:
    """What stands in the box after each key: characters, initials, whole pinyin."""
    sounds = hanzi().sounds
    chance = random.Random(11)
    while True:
        maker = chance.choice(MAKERS)
        thing, topic = chance.choice(WORDS["things"]), chance.choice(WORDS["topics"])
        for words in (maker + thing, thing + topic, topic):
            read = [sounds[sign] for sign in words]
            for typed in (words, "".join(one[0] for one in read), "".join(read)):
                yield from (typed[:end] for end in range(1, min(len(typed), 10) + 1))


async def searched(bot: Assistant, http: ClientSession, scripts: int) -> list[Figure]:
    times = []
    for _, text in zip(range(KEYS), pressed(), strict=False):
        asked = urlencode({"customer": CUSTOMER, "q": text})
        times.append((await get(bot, http, f"/sidebar/scripts/find?{asked}"))[0])
    name = f"search as one types, {scripts:,} scripts"
    p95, p50 = percentile(times, 0.95), percentile(times, 0.5)
    if scripts == AIMED_AT:
        return [below(f"{name}, p95", p95, "ms", SEARCH_MS), plain(f"{name}, p50", p50, "ms")]
    return [plain(f"{name}, p95", p95, "ms"), plain(f"{name}, p50", p50, "ms")]


async def viewed(bot: Assistant, http: ClientSession) -> list[Figure]:
    """The frame, the chat's head and the first tab; what it links is fetched once."""
    parts = [f"/sidebar{part}?customer={CUSTOMER}" for part in ("", "/open", "/now")]
    times, sizes = [], []
    for _ in range(VIEWS):
        got = [await get(bot, http, path) for path in parts]
        times.append(sum(spent for spent, _ in got))
        sizes.append(sum(len(body) for _, body in got))
    async with http.get(f"{bot.url}{parts[0]}", headers={"Accept-Encoding": ""}) as response:
        linked = LINKED.findall((await response.read()).decode())
    files = [len((await get(bot, http, address))[1]) for address in linked]
    return [
        below("first view, three requests", percentile(times, 0.95), "ms", VIEW_MS),
        below("first view, transferred", (sizes[0] + sum(files)) / 1000, "KB gzip", VIEW_KB),
        plain("  of that, kept by the browser afterwards", sum(files) / 1000, "KB gzip"),
    ]
