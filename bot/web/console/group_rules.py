"""What the page of a group shows besides: replies for WeCom's own assistant, how its messages were
classified, and the welcome that WeCom's client says."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import orjson
from aiohttp import web

from bot.errors import Complaint, ConfigError, ScriptError
from bot.groups.assistant import FORMATS, replies, write
from bot.groups.kinds import Kind
from bot.groups.rules import read_groups
from bot.groups.welcome import digest_of, words_of
from bot.scripts.renderer import Renderer
from bot.store.desk.staff import Role
from bot.store.groups.news import GroupNews
from bot.store.groups.sorts import SORTS, sorts
from bot.web.attached import attached, made
from bot.web.office import Office
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/groups/rules"
SPAN_S = 7 * 86_400
WORDS = {
    "question": ("问我们的", "Questions for us", "good"),
    "complaint": ("投诉", "Complaints", "bad"),
    "talk": ("群友聊天", "Talk among members", ""), "thanks": ("道谢", "Thanks", ""),
    "spam": ("广告、捣乱", "Advertising, mischief", "warn"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    at: float
    name: str
    text: str
    zh: str  # the reason; `en` too
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    sort: str
    number: int
    last: Sequence[Message]  # the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcoming:
    """Material for the welcome of a group; `state` is kept (at WeCom), waiting or wrong."""

    script: str
    text: str
    state: str


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, download, Role.OPERATOR)


async def download(visit: Visit) -> web.Response:
    """?kind= of groups; ?as=xlsx, csv or txt."""
    office, kind, ending = visit.office, visit.asked("kind"), f".{visit.asked('as', 'xlsx')}"
    if ending not in FORMATS or (kind and kind not in {*Kind}):
        return visit.wrong("不认识这种格式或群类型。", "No such format or kind of groups.", 404)
    now = office.now
    complaints: list[Complaint] = []
    allowed = read_groups(office.settings.root, complaints).scripts_of(kind)
    if complaints:
        raise ConfigError(complaints)
    rows = list(replies(office.desk.edition.library, office.settings.company, allowed, now))
    content = await asyncio.to_thread(made, f"list{ending}", partial(write, rows=rows))
    stem = visit.t("群自动回复", "group-replies")
    name = f"{stem}{'-' if kind else ''}{kind}{ending}"
    await visit.note("group.rules", kind or "*", details=f"{len(rows)} 条\n{len(rows)} replies")
    return attached(name, content)


async def sorted_of(office: Office, chat_id: str) -> list[Sorted]:
    """The last days' messages there by their class; empty: we keep none."""
    since = office.clock.timestamp() - SPAN_S
    rows = await sorts(office.database, chat_id, since)
    found: dict[str, tuple[int, list[Message]]] = {}
    for row in rows:
        body, why = orjson.loads(row["body"]), orjson.loads(row["decision"])
        message = Message(
            at=row["received_at"], name=body.get("name", ""), text=body.get("text", ""),
            zh=why.get("zh", ""), en=why.get("en", ""),
        )  # fmt: skip
        found.setdefault(row["sort"], (row["n"], []))[1].append(message)
    return [
        Sorted(sort=sort, number=found[sort][0], last=found[sort][1])
        for sort in SORTS
        if sort in found
    ]


async def welcomings(office: Office, kind: str) -> list[Welcoming]:
    """Material for groups of this kind."""
    had = await GroupNews(office.database).material()
    library, settings = office.desk.edition.library, office.settings
    renderer, found = Renderer({"company": asdict(settings.company)}), list[Welcoming]()
    for one in read_groups(settings.root, []).welcomes:  # 设置 shows its mistakes
        if one.kinds and kind not in one.kinds:
            continue
        text, state = "", "wrong"
        if one.script in library:
            try:
                text = words_of(library[one.script], renderer)
                digest = digest_of(library[one.script], text, settings.root / settings.library)
            except (ScriptError, OSError):
                digest = ""
            there = had.get(one.id)
            kept = there is not None and there.template_id and there.digest == digest
            state = "kept" if kept else "waiting" if digest else "wrong"
        found.append(Welcoming(script=one.script, text=text, state=state))
    return found
