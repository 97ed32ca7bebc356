"""A script as one customer would read it, and whether the bot would say it to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from bot.errors import Complaint, ScriptError
from bot.events import Channel
from bot.scripts.decision import Decision
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.renderer import Renderer
from bot.scripts.script import Attachment, Condition, Facts, Script, within
from bot.scripts.templates import SAMPLE_INVITE
from bot.store.desk.staff import Sight, has, sight_rows
from bot.store.sql import Database, Rows, like, literally
from bot.stores.store import TRIED

FIND = f"""
SELECT id, name, tags FROM customer
WHERE (id = $1 OR {like("name", "$2")}) AND ({has("customer.id", 3)} OR $3 IS NULL)
ORDER BY id LIMIT 8"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str  # "" = nobody in particular
    name: str
    tags: Sequence[str]
    fields: Mapping[str, str] = field(default_factory=dict)  # those that scripts may print


SAMPLE = Person(id="", name="张女士", tags=("VIP",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One condition of the script."""

    name: str  # channel, tags, hours, days
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    person: Person
    wordings: Sequence[tuple[str, Complaint | None]]  # the words, or why there are none
    attachments: Sequence[Attachment]
    parts: Sequence[Part]
    holds: bool  # whether all parts hold
    question: str
    decision: Decision | None  # on the question, among the neighbours
    titles: Mapping[str, str]  # of scripts in the decision


async def find_people(database: Database, text: str, sight: Sight) -> list[Person]:
    """Customers whose name begins with `text`, or whose id it is."""
    if not text:
        return []
    rows: Rows = await database.rows(FIND, text, f"{literally(text)}%", sight_rows(sight))
    return [Person(id=row["id"], name=row["name"], tags=orjson.loads(row["tags"])) for row in rows]


def preview(
    script: Script, library: Library, renderer: Renderer, person: Person, *, channel: str,
    member: str, now: datetime, question: str,
) -> Preview:  # fmt: skip
    """For a thread. `now` is in the company's zone."""
    facts = Facts(channel=channel, now=now, tags=frozenset(person.tags))
    values = {
        "customer": {"name": person.name, "tags": sorted(person.tags), **person.fields},
        "member": {"name": member},
        "now": now,
        "persona": script.persona,
        "store": TRIED,
        "question": question,
        "words": question,
        "why": "",
        "titles": (),
        "invite": SAMPLE_INVITE,
    }
    wordings: list[tuple[str, Complaint | None]] = []
    for variant in script.say:
        try:
            wordings.append((renderer.fill(script, variant, values), None))
        except ScriptError as error:
            wordings.append(("", error.complaints[0]))
    decision = Matcher(library).decide(question, facts=facts) if question else None
    named = [one.script_id for one in decision.candidates] if decision else []
    return Preview(
        person=person, wordings=wordings, attachments=script.attachments,
        parts=_parts(script.when, facts),
        holds=script.when.holds(facts), question=question, decision=decision,
        titles={one: library[one].title for one in named},
    )  # fmt: skip


def _parts(when: Condition, facts: Facts) -> list[Part]:
    today = facts.now.date()
    parts = []
    if when.channels:
        parts.append(Part(name="channel", holds=facts.channel in when.channels))
    if when.tags:
        parts.append(Part(name="tags", holds=not facts.tags.isdisjoint(when.tags)))
    if when.hours:
        parts.append(Part(name="hours", holds=within(facts.now.time(), *when.hours)))
    if when.first_day or when.last_day:
        early = when.first_day is not None and today < when.first_day
        late = when.last_day is not None and today > when.last_day
        parts.append(Part(name="days", holds=not (early or late)))
    return parts


CHANNELS = {
    Channel.KF: ("微信客服", "customer service"),
    Channel.CONTACT: ("客户联系", "contact"),
    Channel.BOT: ("智能机器人", "smart bot"),
    Channel.APP: ("自建应用", "app"),
}
