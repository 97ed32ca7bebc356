"""Forbidden words of config/forbidden.toml, added and removed one by one.

Operators write the scripts, so they may forbid words, which only makes the rules stricter. They
may remove the company's own rules; what a law forbids is up to an admin.
"""

import asyncio
import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Final, cast

import tomlkit
from aiohttp import web
from tomlkit.exceptions import TOMLKitError

from bot.errors import ConfigError, Declined
from bot.scripts.checks.forbidden import fold, held, text_of
from bot.store.desk.audit import lines_changed
from bot.store.desk.staff import Role
from bot.telling.complaints import line
from bot.web.route import Route
from bot.web.visit import Visit
from bot.workspace.config_files import ChangedMeanwhile, ConfigFiles

PATH: Final = "/console/scripts/words"
FILE: Final = "forbidden.toml"
OWN: Final = "company"  # the group of what nobody but the company itself forbids
COMPANY: Final = ("公司规定不说", "Our own rule")
LONGEST, MOST = 40, 20  # characters of a word; words at a time
NAMED = 20  # scripts that hold one


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("POST", PATH, add, Role.OPERATOR)
    yield Route("POST", PATH + "/drop", drop, Role.OPERATOR)


async def show(visit: Visit, wrong: str = "") -> web.Response:
    _, document = _read(visit)
    library = visit.office.desk.edition.library
    texts = [(one.id, wording.source) for one in library for wording in one.say]
    said = await asyncio.to_thread(held, visit.office.settings.root, texts)
    return visit.html(
        "console/words.html",
        status=422 if wrong else 200, wrong=wrong, groups=_groups(document), own=OWN,
        company_rule=COMPANY,
        said=[(library[one], word) for one, word in said.items()], named=NAMED,
        takes_out=partial(_takes_out, visit),
        typed=visit.asked("words") if wrong else "", chosen=visit.asked("group") or OWN,
    )  # fmt: skip


async def add(visit: Visit) -> web.Response:
    """`words`, with 、 or a line end between them, to `group`."""
    given = [one.strip() for one in re.split(r"[、，,；;\n]+", visit.asked("words"))]
    words = list(dict.fromkeys(one for one in given if one))[:MOST]
    group = visit.asked("group") or OWN
    if not words or any(len(one) > LONGEST for one in words):
        wrong = ("请写要禁的词，每个 40 字以内。", "Write the words, 40 characters each at most.")
        return await show(visit, visit.t(*wrong))
    there = {
        fold(str(word)): (kind.get("zh") or name, kind.get("en") or kind.get("zh") or name)
        for name, kind in _groups(_read(visit)[1]).items()
        for word in kind["words"]
    }
    twice = [one for one in words if fold(one) in there]
    words = [one for one in words if one not in twice]
    zh = "".join(f"「{one}」已经在“{there[fold(one)][0]}”里，不用再加。" for one in twice)
    en = "".join(f" “{one}” is among “{there[fold(one)][1]}” already." for one in twice)
    if not words:
        return await show(visit, visit.t(zh, en))

    def change(groups: tomlkit.TOMLDocument) -> None:
        name = group if group in groups else OWN
        if name not in groups:
            zh, en = COMPANY
            groups[OWN] = {"zh": zh, "en": en, "cure": "换个说法", "words": []}
        kept: Any = cast(Any, groups[name])["words"]
        for word in words:
            if word not in kept:
                kept.append(word)

    if (wrong_now := await _change(visit, change, "、".join(words))) is not None:
        return wrong_now
    zh, en = f"已加上，话术马上照此检查。{zh}", f"Added: scripts are checked by it.{en}"
    return visit.go(PATH, zh, en)


async def drop(visit: Visit) -> web.Response:
    group, word = visit.asked("group"), visit.asked("word")
    if not _takes_out(visit, group):
        return visit.wrong(
            "这些词是法律或平台规定的，要去掉请找管理员。",
            "A law or the platform forbids these: ask an admin to take one out.",
        )

    def change(groups: tomlkit.TOMLDocument) -> None:
        kept: Any = groups.get(group, {}).get("words", [])
        if word in kept:
            kept.remove(word)
            if not kept:
                del groups[group]

    wrong = await _change(visit, change, word)
    return wrong or visit.go(PATH, "已去掉。", "Taken out.")


def _groups(document: tomlkit.TOMLDocument) -> dict[str, dict[str, Any]]:
    return {
        name: group
        for name, group in document.unwrap().items()
        if isinstance(group, dict) and isinstance(group.get("words"), list)
    }


def _takes_out(visit: Visit, group: str) -> bool:
    return visit.me.role == Role.ADMIN or group == OWN


async def _change(visit: Visit, change: Any, details: str) -> web.Response | None:
    """Change the file; None: it is in force, and in the audit log."""
    files = ConfigFiles(visit.office.settings.root, visit.office.zone)
    digest = files.read(FILE).digest
    before, groups = _read(visit)
    change(groups)
    text = tomlkit.dumps(groups)
    try:
        await asyncio.to_thread(files.write, FILE, text, digest)
    except ConfigError as error:
        return await show(visit, "；".join(line(one, visit.language) for one in error.complaints))
    except ChangedMeanwhile:
        wrong = ("别人刚改过，请再试一次。", "Somebody has just changed it: try again.")
        return await show(visit, visit.t(*wrong))
    await visit.note("config.change", FILE, details=details, changes=lines_changed(before, text))
    return None


def _read(visit: Visit) -> tuple[str, tomlkit.TOMLDocument]:
    """
    Raises:
        Declined: somebody has written the file in a way that cannot be read.
    """
    try:
        text = text_of(visit.office.settings.root)
        return text, tomlkit.parse(text)
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise Declined(
            "config/forbidden.toml 写坏了，读不了：请到“设置 → 直接编辑文件”里改好。",
            "config/forbidden.toml cannot be read: mend it under Settings → Edit the files.",
        ) from error
