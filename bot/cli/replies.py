"""The words that a customer would get, filled in with sample names."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from msgspec.structs import replace

from bot.calling import APOLOGIES, HANDED_OVER, LEFT, UNWANTED
from bot.cli.telling import LABEL, labelled
from bot.events import Channel
from bot.files.reader import Reader
from bot.menu import HEADS, MENU, NONE, head_of, of_one
from bot.scripts.decision import Decision
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.scripts.script import UNASKED, Attachment, Facts, Script
from bot.scripts.templates import SAMPLE_INVITE
from bot.settings import Company
from bot.stores.store import TRIED

_INDENT = " " * LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What replies need of the settings in the library's workspace."""

    company: Company
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One script that the customer would get, filled in with sample names."""

    script: str
    wordings: tuple[str, ...]  # one of them is said
    attachments: tuple[Attachment, ...] = ()
    menu: tuple[str, ...] = ()  # the lines below the words
    hours: str = ""  # it is said only in these: "09:00-21:00"
    then: str = ""  # "person": a person deals with the next message


def beside(library: Path) -> Beside:
    """What config/bot.toml above the library says; defaults where it cannot be read."""
    reader = Reader("config/bot.toml", os.environ, [])
    table = reader.table(library.resolve().parent, needed=False) or {}
    company, zone = table.get("company"), str(table.get("zone"))
    return Beside(
        company=(reader.read(Company, company) if isinstance(company, dict) else None)
        or Company(),
        zone=ZoneInfo(zone if zone in available_timezones() else "Asia/Shanghai"),
    )


def replies_to(
    text: str, decision: Decision, library: Library, company: Company, now: datetime,
    facts: Facts | None, rest: Decision | None,
) -> list[Reply]:  # fmt: skip
    """What would be said because of `decision`; names of customer, member and store are made up.

    Args:
        text: what the customer wrote.
        facts: decide which conditions hold; None: none is judged.
        rest: the decision on the only question that `decision` leaves open, if there is one.
    """
    values = {
        "customer": {"name": "王小明", "tags": ("VIP",)},
        "member": {"name": "小李"},
        "company": asdict(company),
        "store": TRIED,
        "now": now,
        "question": text,
        "words": "」「".join(decision.left) or text,
        "why": "",
        "titles": (),
        "invite": SAMPLE_INVITE,
    }
    told = [(one, decision) for one in _said(library, decision, facts)]
    if decision.left:
        if rest is None or rest.band != "ask":
            rest = replace(decision, band="handover")
        told += [(one, rest) for one in _said(library, rest, facts, decision.left[0])]
    return [_reply(library[script], one, library, values) for script, one in told]


def _said(
    library: Library, decision: Decision, facts: Facts | None, left: str = ""
) -> Iterator[str]:
    """The ids of the scripts that would be said.

    Args:
        facts: None: scripts of all hours and channels.
        left: the question that an answer before it left open; "": none.
    """
    band, offered = decision.band, len(_offered(library, decision))
    # Only customer service (微信客服) has menus.
    if band == "ask" and (_elsewhere(facts) or not offered):
        band = "handover"
    calls = LEFT if left and LEFT[0] in library else HANDED_OVER
    said = {
        "answer": decision.scripts,
        "ask": (head_of(library, offered, left), "system/menu_tail"),
        "handover": (_own(library, calls[0], facts), calls[1]),
        "silent": (),
    }[band]
    complains = "complaint" in (decision.rule, decision.sounds)
    first = APOLOGIES if complains else UNWANTED if decision.sounds else ()
    if first and not _elsewhere(facts) and first[0] in library:
        said = first
    if decision.courtesy and not decision.sounds:
        said = (_own(library, decision.courtesy, facts),)
    for one in said:
        if one in library and (facts is None or library[one].when.holds(facts)):
            yield one
            if band == "handover" and facts:
                return


def _offered(library: Library, decision: Decision) -> list[str]:
    """The titles that a menu would offer."""
    close = (library[one.script_id] for one in decision.candidates)
    return [one.title for one in close if one.category not in UNASKED][:MENU]


def _elsewhere(facts: Facts | None) -> bool:
    """Whether it is another channel than customer service."""
    return facts is not None and facts.channel != Channel.KF


def _own(library: Library, script: str, facts: Facts | None) -> str:
    """The channel's own script if the library has one: system/handover_bot. Else `script`."""
    own = f"{script}_{facts.channel}" if facts else ""
    return own if own in library else script


def _reply(
    script: Script, decision: Decision, library: Library, values: Mapping[str, object]
) -> Reply:
    known = {**values, "persona": script.persona}
    offered: list[str] = []
    if script.id.startswith(HEADS):
        offered = _offered(library, decision)
        none = of_one(NONE, library, len(offered))
        offered += [library[none].say[0].source] if none in library else []
    return Reply(
        script=script.id,
        wordings=tuple(Renderer().fill(script, variant, known) for variant in script.say),
        attachments=script.attachments,
        menu=tuple(offered),
        hours="-".join(f"{end:%H:%M}" for end in script.when.hours or ()),
        then=script.then,
    )


def shown(reply: Reply) -> Iterator[str]:
    """The lines of a terminal that show a reply."""
    several = "其中一种 one of these" if len(reply.wordings) > 1 else ""
    head = " ".join(filter(None, (reply.script, reply.hours, several)))
    yield from labelled("客户收到 reply:", head)
    for words in reply.wordings:
        yield from (f"{_INDENT}│ {line}" for line in words.splitlines())
    yield from (f"{_INDENT}{number}. {title}" for number, title in enumerate(reply.menu, 1))
    for one in reply.attachments:
        yield f"{_INDENT}+ {' '.join(filter(None, astuple(one)))}"
    if reply.then == "person":
        yield f"{_INDENT}→ 客户的下一句请人看 their next message goes to a person"
