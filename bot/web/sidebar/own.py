"""A member's own scripts: write, change, delete, and propose one to the company."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web

from bot.errors import BotError, Complaint, Declined, ScriptError
from bot.scripts.checks.fields import unknown_fields
from bot.scripts.forbidding import said as forbidden_words
from bot.scripts.formats.jsonl import write_scripts
from bot.scripts.script import CATEGORIES, Script, Variant
from bot.scripts.version import Kind, Version
from bot.store.desk.sent import PROPOSED
from bot.store.desk.shelf import Personal, PersonalScripts
from bot.store.desk.staff import Role
from bot.store.scripts import versions
from bot.store.scripts.versions import Act, Step
from bot.telling.complaints import told, words
from bot.web.console.scripts import forbidding
from bot.web.own import CATEGORY
from bot.web.route import Route
from bot.web.visit import Visit

LONGEST_TITLE, LONGEST_BODY = 60, 2000  # characters
INSERTS = (  # what stands in a body; staff see the words in 【】 instead
    ("{{ customer.name }}", "客户名字", "Customer's name"),
    ("{{ member.name }}", "我的名字", "My name"),
    ("{{ company.name }}", "公司名", "Company"),
)
ASKED = ("faq", "chat")  # categories of what only ever answers a question


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/own/new", write, Role.MEMBER)
    yield Route("POST", "/sidebar/own/new", save, Role.MEMBER)
    yield Route("GET", "/sidebar/own/{number}", write, Role.MEMBER)
    yield Route("POST", "/sidebar/own/{number}", save, Role.MEMBER)
    yield Route("POST", "/sidebar/own/{number}/delete", drop, Role.MEMBER)
    yield Route("GET", "/sidebar/own/{number}/propose", ask_to_propose, Role.MEMBER)
    yield Route("POST", "/sidebar/own/{number}/propose", propose, Role.MEMBER)


async def write(visit: Visit) -> web.Response:
    """The form; ?title=&body= fill a new one."""
    one = await _mine(visit) if "number" in visit.request.match_info else None
    values = {
        "title": one.title if one else visit.asked("title")[:LONGEST_TITLE],
        "body": _readable(visit, one.body) if one else visit.asked("body")[:LONGEST_BODY],
        "team": bool(one and one.team),
        "fate": await _fate(one) if one else None,
    }
    return _form(visit, one, values, {})


async def save(visit: Visit) -> web.Response:
    one = await _mine(visit) if "number" in visit.request.match_info else None
    title, typed = visit.asked("title"), visit.asked("body")
    body = _written(typed)
    team = visit.asked("team") == "1" and visit.me.role >= Role.LEADER
    wrong = await _wrong(visit, title, body)
    bad_words = [] if wrong else await _bad_words(visit, body)
    lacks = forbidding.lacking(visit, "submit", visit.me.id) if bad_words else None
    if wrong or lacks:
        values = {
            "title": title, "body": typed, "team": team, "why": visit.asked("why"),
            "despite": bool(visit.asked("despite")),
            "bad_words": _said(visit, [*bad_words, *([lacks] if lacks else [])]),
        }  # fmt: skip
        return _form(visit, one, values, wrong, 422)
    kept, at = PersonalScripts(visit.office.database, visit.me.id), visit.office.clock.timestamp()
    despite = visit.office.own.forbidden(None, body)
    if one is None:
        number = await kept.add(title, body, team=team, at=at, despite=despite)
    else:
        number = one.number
        await kept.change(number, title, body, team=team, at=at, despite=despite)
    why = visit.asked("why") if bad_words else ""
    details = f"{title} {forbidding.kept(bad_words)}".strip()
    await visit.note("own.save", f"own/{number}", why, details)
    return _done(visit, "已保存。", "Saved.")


async def drop(visit: Visit) -> web.Response:
    one = await _mine(visit)
    await PersonalScripts(visit.office.database, visit.me.id).drop(
        one.number, visit.office.clock.timestamp()
    )
    await visit.note("own.delete", one.id, details=f"{one.title}\n{one.body}")
    return _done(visit, "已删除。", "Deleted.")


async def ask_to_propose(visit: Visit) -> web.Response:
    one = await _mine(visit)
    return _proposal(visit, one, "faq", "", [], fate=await _fate(one))


async def _fate(one: Personal) -> Step | None:
    """What became of it since it was proposed; None: it never was, or is retired by now. Later
    versions by colleagues count once they are in force."""
    for edit in await versions.history(one.proposed) if one.proposed else ():
        if edit.steps[-1].state == "approved" or edit.steps[0].who == one.owner:
            return edit.steps[-1] if edit.version.kind is Kind.WORDS else None
    return None


async def propose(visit: Visit) -> web.Response:
    """Propose it: a submitted version of a company script, on which an operator decides."""
    one, office = await _mine(visit), visit.office
    category, questions = visit.asked("category"), visit.asked("questions")
    if category in ASKED and not questions:
        lacking = visit.t("至少写一句客户会怎么问。", "Write one question at least.")
        return _proposal(visit, one, category, questions, [lacking])
    script = Script(
        id=one.proposed or f"{PROPOSED}{one.number}",
        title=one.title,
        category=category if category in _categories() else "chat",
        examples=tuple(line.strip() for line in questions.splitlines() if line.strip()),
        say=(Variant(source=one.body),),
    )
    content = write_scripts([script]).decode()
    act = Act(who=visit.me.id, at=office.clock.timestamp(), note=visit.asked("why")[:500])
    version = Version(script=script.id, number=0, content=content)
    bad_words = await forbidding.forbidden_in(visit, version)
    if bad_words and (lacks := forbidding.lacking(visit, "submit", visit.me.id)):
        wrong = [
            visit.t("，", ". ").join(words(one, visit.language)) for one in (*bad_words, lacks)
        ]
        return _proposal(visit, one, category, questions, wrong, bad_words=True)
    try:
        number = await versions.draft(script.id, content, act, judge=office.editions.judge)
        await versions.submit(script.id, number, act)
    except BotError as error:
        wrong = (
            _said(visit, error.complaints)
            if isinstance(error, ScriptError)
            else [told(error, visit.language)]
        )
        return _proposal(visit, one, category, questions, wrong)
    at = office.clock.timestamp()
    await PersonalScripts(office.database, visit.me.id).propose(one.number, script.id, at)
    details = f"{one.title} {forbidding.kept(bad_words)}".strip()
    await visit.note("own.propose", script.id, act.note, details)
    return _done(
        visit, "已提交给公司审核，通过后大家都能用。", "Proposed: once approved, everybody has it."
    )


def _said(visit: Visit, complaints: Iterable[Complaint]) -> list[str]:
    return [visit.t("，", ". ").join(words(one, visit.language)) for one in complaints]


async def _mine(visit: Visit) -> Personal:
    """
    Raises:
        Declined: there is none of this number, or it is somebody else's.
    """
    one = await PersonalScripts(visit.office.database, visit.me.id).find(visit.seq("number"))
    if one is None or one.owner != visit.me.id:
        raise Declined("没有这条话术，或者不是您写的。", "There is none, or it is not yours.", 404)
    return one


async def _wrong(visit: Visit, title: str, body: str) -> dict[str, str]:
    """What is wrong, by the name of the field."""
    wrong = {}
    if not title or len(title) > LONGEST_TITLE:
        wrong["title"] = visit.t("写一个标题，60 字以内。", "A title of up to 60 characters.")
    if not body or len(body) > LONGEST_BODY:
        wrong["body"] = visit.t("写要发的话，2000 字以内。", "Write up to 2,000 characters.")
    else:
        try:
            one = _script(visit, body)
        except ValueError as error:
            why, _ = words(Complaint("", "body", str(error), ""), visit.language)
            wrong["body"] = visit.t(
                f"花括号里的内容用不了（{why}）。请用下面的按钮插入。",
                f"What stands in braces cannot be used ({why}): use the buttons below.",
            )
        else:
            said = _said(
                visit, await asyncio.to_thread(unknown_fields, one, visit.office.settings.root)
            )
            if said:
                wrong["body"] = visit.t("；", "; ").join(said)
    return wrong


def _script(visit: Visit, body: str) -> Script:
    """For the checks of scripts.

    Raises:
        ValueError: it cannot be filled in.
    """
    variant = visit.office.own.compiled(body)
    return Script(id="own", title="", category=CATEGORY, say=(variant,))


async def _bad_words(visit: Visit, body: str) -> Sequence[Complaint]:
    root, one = visit.office.settings.root, _script(visit, body)
    return await asyncio.to_thread(forbidden_words, root, [one])


def _categories() -> dict[str, str]:
    return {name: zh for name, zh in CATEGORIES.items() if name != "system"}


def _proposal(
    visit: Visit, one: Personal, category: str, questions: str, wrong: list[str], *,
    bad_words: bool = False, fate: Step | None = None,
) -> web.Response:  # fmt: skip
    return visit.html(
        "sidebar/propose.html", own=one, fate=fate, body=_readable(visit, one.body), wrong=wrong,
        bad_words=bad_words, despite=bool(visit.asked("despite")), why=visit.asked("why"),
        category=category, questions=questions, categories=_categories(),
        status=422 if wrong else 200,
    )  # fmt: skip


def _readable(visit: Visit, body: str) -> str:
    """The body with 【客户名字】 in place of a variable."""
    for text, zh, en in INSERTS:
        body = body.replace(text, f"【{visit.t(zh, en)}】")
    return body


def _written(body: str) -> str:
    """The inverse of `_readable`."""
    for text, zh, en in INSERTS:
        body = body.replace(f"【{zh}】", text).replace(f"【{en}】", text)
    return body


def _form(
    visit: Visit, one: Personal | None, values: dict[str, Any], wrong: dict[str, str],
    status: int = 200,
) -> web.Response:  # fmt: skip
    return visit.html(
        "sidebar/own.html", own=one, wrong=wrong, inserts=INSERTS, status=status,
        may_team=visit.me.role >= Role.LEADER, **{"bad_words": (), "fate": None, **values},
    )  # fmt: skip


def _done(visit: Visit, zh: str, en: str) -> web.Response:
    """Say so, close the sheet, and have the list reload."""
    return visit.told(zh, en, trigger="own, sheet:close")
