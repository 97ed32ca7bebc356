"""Complaints about words that cannot be said as they are: too long, empty, a value missing."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bot.errors import Complaint, ScriptError
from bot.events import Channel
from bot.profile.fields import LONGEST
from bot.scripts.checks.fallbacks import unguarded
from bot.scripts.checks.fields import BLANK, UNFINISHED
from bot.scripts.checks.subject import Subject, Text, complaint
from bot.scripts.renderer import Renderer
from bot.scripts.script import Script, Variant
from bot.scripts.templates import FIELDS, VARIABLES

TEXT_BYTES = {  # what one message carries: welcome 92137, kf 94677, app 90236, bot 101031
    Channel.CONTACT: 4000,
    Channel.KF: 2048,
    Channel.APP: 2048,
    Channel.BOT: 20480,
}
_TITLE_BYTES = 128  # a menu's click.content, doc 94677
_LONG_NAME = "王" * 32
_RENDERER = Renderer()
_SAMPLES: Mapping[str, Mapping[str, object] | object] = {  # long, as they may really come
    "customer": _LONG_NAME,
    "member": {"name": _LONG_NAME},
    "company": dict.fromkeys(("name", "phone", "address", "hours", "site"), _LONG_NAME),
    "store": dict.fromkeys(VARIABLES["store"], _LONG_NAME),
    "now": datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    "question": "问" * 100,
    "persona": "王" * 10,
    "words": "话" * 200,
    "why": "因" * 40,
    "titles": ("题" * 20,) * 3,
    "invite": {"link": "https://" + "x" * 120, "title": "题" * 30, "until": "12月31日"},
}
# {name}, ${name}, ｛｛name｝｝, 【姓名】, XX元, xxx: a blank that nobody filled in.
_BLANK = re.compile(
    r"\$?\{\s*[\w.一-鿿]+\s*\}|｛+[^｛｝]*｝+|[<＜【\[](?:客户)?(?:姓名|昵称|称呼|店名|公司名|电话|日期|尺码|"
    r"金额|订单号|链接|网址|地址)[>＞】\]]|(?<![A-Za-z])[Xx]{2,}(?= ?[元月日天年号店码])|"
    r"(?<![A-Za-z])[Xx]{3,}(?![A-Za-z])|[×✕]{2,}|＿{2,}|_{3,}|待补充|待填写?|待定稿|[【\[]待[补定][】\]]|TODO|TBD"
)
_IN_BRACES = re.compile(r"\{\{|\{%")


def check_words(subject: Subject) -> Iterator[Complaint]:
    for script in subject.scripts:
        yield from _check_size(script)
        yield from _check_title(script)


def check_holes(subject: Subject) -> Iterator[Complaint]:
    for script in subject.scripts:
        yield from _check_fallbacks(subject, script)
    for text in subject.texts:
        yield from _check_blanks(text)


def _check_size(script: Script) -> Iterator[Complaint]:
    channels = [Channel(channel) for channel in script.when.channels if channel in TEXT_BYTES]
    limit = min(TEXT_BYTES[channel] for channel in channels or Channel)
    for number, variant in enumerate(script.say):
        name = f"say[{number}]"
        if any(variable not in _SAMPLES for variable, _ in variant.uses):
            continue  # an unknown variable: told when the script was read
        try:
            text = _RENDERER.fill(script, variant, {**_SAMPLES, "customer": _customer(variant)})
        except ScriptError as error:
            yield complaint(script, name, error.complaints[0].problem, "Mend the template")
            continue
        if not text:
            yield complaint(script, name, "nothing is left to say", "Write words around it")
        if len(text.encode()) > limit:
            yield complaint(
                script,
                name,
                f"{len(text.encode())} bytes with long values, a message carries {limit}",
                "Shorten it, or name roomier channels in when",
            )


def _customer(variant: Variant) -> Mapping[str, object]:
    known = {f"{FIELDS}{name}": "王" * LONGEST for name in variant.fields}
    return {"name": _LONG_NAME, "tags": ("VIP",), **known}


def _check_title(script: Script) -> Iterator[Complaint]:
    if len(script.title.encode()) > _TITLE_BYTES and (script.examples or script.keywords):
        yield complaint(
            script, "title", f"over {_TITLE_BYTES} bytes, no menu shows it", "Shorten it"
        )


def _check_fallbacks(subject: Subject, script: Script) -> Iterator[Complaint]:
    """Complain about values that may be empty and have no fallback: 您好， or 我是的 is left."""
    empty = dict.fromkeys(subject.unset, "is empty in config/bot.toml")
    for name in ("customer.name", "customer.nickname"):
        empty[name] = "is empty for many customers"
    if script.examples or script.keywords:  # others are said by plans, to customers of stores
        empty |= {f"store.{name}": "is empty for some" for name in VARIABLES["store"]}
    if not script.persona:
        empty["persona"] = "is empty: this script names none"
    if not script.examples and not script.keywords and script.category != "system":
        empty["question"] = "is not there: nobody asks for this script"
    for number, variant in enumerate(script.say):
        if not variant.uses:
            continue
        for variable in unguarded(variant.source):
            if variable.startswith(f"customer.{FIELDS}"):
                empty[variable] = "is empty for many customers"
            if variable in empty:
                cure = f"Write {{{{ {variable} or '…' }}}}, or take it out"
                yield complaint(script, f"say[{number}]", f"{variable} {empty[variable]}", cure)


def blank_in(text: str) -> str:
    """The first blank in `text` that a writer forgot to fill in, as 【姓名】 or xxx; "": none."""
    found = _BLANK.search(text)
    return found[0] if found else ""


def _check_blanks(text: Text) -> Iterator[Complaint]:
    if not text.name.startswith("say") and _IN_BRACES.search(text.text):
        problem = "variables are filled in only in say"
        yield complaint(text.script, text.name, problem, "Write plain words")
    elif found := blank_in(text.text):
        if found == BLANK and any(UNFINISHED.search(one.source) for one in text.script.say):
            return  # told as a mistake by check_fields
        yield complaint(
            text.script,
            text.name,
            f"{found!r} is never filled in",
            f"Write what it stands for, or {{{{ … }}}} with one of {', '.join(VARIABLES)}",
        )
