"""config/plans/*.toml, and what people made at the console → plans, and every mistake on the way.

No dict goes further than this file.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson

from bot.errors import Complaint
from bot.files.reader import Reader, Rule, setting
from bot.files.textfile import closed_folders
from bot.plans import parts, when
from bot.plans.condition import BOUGHT, EVERYONE, All, Node, OfStores
from bot.plans.judging import Judge
from bot.plans.known import Known
from bot.plans.plan import (
    Campaign,
    Choice,
    OnCron,
    OnOccasion,
    Plan,
    Post,
    Programme,
    Reminder,
    Sequence,
    Span,
    Step,
    When,
)
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import unknown_segment
from bot.profile.stage import STAGES
from bot.scripts.entry import unknown
from bot.touch.touch import Receiver, Scenario

FOLDER = "config/plans"
T = TypeVar("T")
Table = Mapping[str, Any]
_KINDS = ("campaign", "sequence", "reminder", "group")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_ENDS = ("answered", "bought")
OWN_DATES = ("birthday", "added")  # of a reminder; and those of the company


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The keys with plain values; the others are taken out before."""

    title: str
    scenario: str = setting(
        where=f"No scenario, no message: write one of {', '.join(list(Scenario)[1:])}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressed(_Head):
    whom: str = ""
    to: Literal["customer", "member"] = "customer"
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sequence(_Addressed):
    ends: tuple[str, ...] = _ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programme(_Head):
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    whom: str = ""
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    title: str = setting(rule=Rule(lambda text: 0 < len(text) <= 40, "Use 1 to 40 characters"))
    scripts: tuple[str, ...]
    missed: bool = False


def read_plans(
    root: Path, known: Known, complaints: list[Complaint], bodies: Mapping[str, str]
) -> tuple[Plan, ...]:
    """All plans of a workspace that have no mistake.

    Args:
        bodies: those of the database, by id, as JSON; "" for one that is not to be read.
    """
    plans = []
    files = sorted((root / FOLDER).glob("*.toml"))
    complaints += closed_folders(root / FOLDER, FOLDER)
    for path in files:
        reader = Reader(f"{FOLDER}/{path.name}", {}, complaints)
        before = len(complaints)
        table = reader.table(root, needed=False)
        if len(complaints) > before:
            continue
        if plan := read_plan(path.stem, table, known, reader):
            plans.append(plan)
    taken = {path.stem for path in files}
    for plan_id, body in sorted(bodies.items()):
        reader = Reader(place_of(plan_id), {}, complaints)
        if plan_id in taken:
            reader.complain("id", *taken_by_file(plan_id))
        elif body and (plan := read_plan(plan_id, orjson.loads(body), known, reader)):
            plans.append(plan)
    return tuple(plans)


def place_of(plan_id: str) -> str:
    """What complaints about a plan of the database name as its file."""
    return f"database:plans/{plan_id}"


def written_in(plan_id: str, bodies: Mapping[str, str]) -> str:
    return place_of(plan_id) if plan_id in bodies else f"{FOLDER}/{plan_id}.toml"


def taken_by_file(plan_id: str) -> tuple[str, str]:
    """Problem and cure."""
    return f"{FOLDER}/{plan_id}.toml has this name, too", "Give that file another one"


def read_plan(plan_id: str, table: Table, known: Known, reader: Reader) -> Plan | None:
    """One plan, from a file or whoever sends the same keys; None: the reader has complaints."""
    before = len(reader.complaints)
    if not _ID.fullmatch(plan_id):
        cure = 'Use up to 60 small letters, digits, "-" and "_"'
        reader.complain("id", f"{plan_id!r} is no name for a plan", cure)
    kind = table.get("kind")
    if kind not in _KINDS:
        problem = "is missing" if kind is None else f"unknown: {kind}"
        reader.complain("kind", problem, f"Write one of {', '.join(_KINDS)}")
        return None
    form = _Form(plan_id, _without(table, "kind"), known, reader)
    read = {"campaign": form.campaign, "sequence": form.sequence, "reminder": form.reminder}
    plan = read.get(kind, form.group)()
    if plan is None or len(reader.complaints) > before:
        return None
    Judge(known, reader).judge(plan)
    return plan if len(reader.complaints) == before else None


class _Form:
    """One table while it is read."""

    def __init__(self, plan_id: str, table: dict[str, Any], known: Known, reader: Reader) -> None:
        self._id, self._table, self._known, self._reader = plan_id, table, known, reader

    def campaign(self) -> Plan | None:
        on, rest = self._when(self._table, "")
        span, rest = self._span(rest, "", on)
        say, rest = self._say(rest, "")
        head = self._reader.read(_Addressed, rest)
        scenario = self._scenario(head)
        if head is None or on is None or span is None or scenario is None:
            return None
        return Campaign(**self._common(head, scenario), on=on, span=span, say=say)

    def sequence(self) -> Plan | None:
        event, rest = self._part("after", self._table, "", parts.after)
        steps, rest = self._tables("step", rest, self._step)
        head = self._reader.read(_Sequence, rest)
        scenario = self._scenario(head)
        if event:
            self._check_event(event[0])
        if head is None or event is None or scenario is None:
            return None
        for end in head.ends:
            if end not in _ENDS:
                self._reader.complain("ends", *unknown(end, _ENDS))
        name, days = event
        ends = tuple(end for end in head.ends if end != name)
        return Sequence(
            **self._common(head, scenario),
            after=name,
            after_days=days,
            ends=ends,
            steps=tuple(steps),
        )

    def reminder(self) -> Plan | None:
        date, rest = self._part("on", self._table, "", parts.relative)
        span, rest = self._span(rest, "")
        say, rest = self._say(rest, "")
        head = self._reader.read(_Addressed, rest)
        scenario = self._scenario(head)
        if date:
            self._check_date("on", date[0], OWN_DATES)
        if head is None or date is None or span is None or scenario is None:
            return None
        name, days = date
        common = self._common(head, scenario)
        return Reminder(**common, date=name, days=days, span=span, say=say)

    def group(self) -> Plan | None:
        posts, rest = self._tables("post", self._table, self._post)
        head = self._reader.read(_Programme, rest)
        scenario = self._scenario(head)
        if head is None or scenario is None:
            return None
        if not head.groups and not head.names:
            cure = 'Write groups = ["wr…"] (chat ids) or names = ["*宝妈群*"]'
            self._reader.complain("groups", "no group is meant", cure)
        return Programme(
            id=self._id,
            title=head.title,
            scenario=scenario,
            groups=head.groups,
            names=head.names,
            posts=tuple(posts),
        )

    def _step(self, table: Table, at: str) -> Step | None:
        span, rest = self._span(table, at)
        say, rest = self._say(rest, at)
        entry = self._reader.read(_Step, rest, at)
        return Step(day=entry.day, span=span, say=say) if entry and span else None

    def _post(self, table: Table, at: str) -> Post | None:
        on, rest = self._when(table, at)
        span, rest = self._span(rest, at, on)
        entry = self._reader.read(_Post, rest, at)
        if entry is None or on is None or span is None:
            return None
        for number, script in enumerate(entry.scripts):
            self._check_script(script, f"{at}scripts[{number}]")
        if not entry.scripts:
            self._reader.complain(f"{at}scripts", "is empty", "Name one script or more")
        return Post(
            title=entry.title, on=on, span=span, scripts=entry.scripts, missed=entry.missed
        )

    def _common(self, head: _Addressed, scenario: Scenario) -> dict[str, Any]:
        to: Receiver = head.to
        whom = self._segment(head.whom, "whom")
        if any(not one.removeprefix("tag:").strip("| ") for one in head.stores):
            cure = 'Write stores = ["all"], or ids and tags: ["SH001", "tag:华东"]'
            self._reader.complain("stores", "an entry names no store", cure)
        return {
            "id": self._id,
            "title": head.title,
            "scenario": scenario,
            "segment": head.whom,
            "whom": All((OfStores(head.stores), whom)) if head.stores else whom,
            "to": to,
            "stores": head.stores,
        }

    def _scenario(self, head: _Head | None) -> Scenario | None:
        if head is None:
            return None
        if head.scenario in tuple(Scenario):
            return Scenario(head.scenario)
        self._reader.complain("scenario", *unknown(head.scenario, list(Scenario)[1:]))
        return None

    def _segment(self, name: str, key: str) -> Node:
        if not name:
            return EVERYONE
        if name in self._known.segments:
            return self._known.segments[name]
        self._reader.complain(key, *unknown_segment(name, self._known.segments.conditions))
        return EVERYONE

    def _when(self, table: Table, at: str) -> tuple[When | None, dict[str, Any]]:
        on, rest = self._part("on", table, at, self._on)
        if isinstance(on, OnOccasion):
            on = replace(on, rules=self._known.calendar.rules_of(on.occasion))
        return on, rest

    def _on(self, told: Any) -> When:
        try:
            return parts.when(told)
        except ValueError:
            meant = parts.date_in(told, self._known.today)
            raise ValueError(f"Write {meant}" if meant else parts.ON) from None

    def _span(
        self, table: Table, at: str, on: When | None = None
    ) -> tuple[Span | None, dict[str, Any]]:
        """Without hours, the message is wanted at the cron line's time."""
        hours, deadline = table.get("hours"), table.get("deadline")
        rest = _without(table, "hours", "deadline")
        try:
            span = parts.span(hours, deadline)
        except ValueError as error:
            key = "deadline" if str(error) == parts.DEADLINE else "hours"
            value = deadline if key == "deadline" else hours
            self._reader.complain(at + key, f"{value!r} cannot be used", str(error))
            return None, rest
        if isinstance(on, OnCron) and hours is None:
            return self._at_its_time(on, span), rest
        return span, rest

    def _at_its_time(self, on: OnCron, span: Span) -> Span:
        try:
            fired = when.times(on.line, self._known.today, self._known.zone)
        except ValueError:
            return span  # judging.py complains of it
        return replace(span, start=fired[0]) if fired else span

    def _say(self, table: Table, at: str) -> tuple[tuple[Choice, ...], dict[str, Any]]:
        rest = _without(table, "say", "script")
        if "say" in table and "script" in table:
            self._reader.complain(f"{at}script", "say is there too", "Keep one of them")
        value = table.get("say")
        if "script" in table:
            choices = [({"script": table["script"]}, at)]
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            choices = [(entry, f"{at}say[{number}].") for number, entry in enumerate(value)]
        else:
            cure = 'Write script = "holiday/…", or say = [{whom = "vip", script = "…"}, …]'
            self._reader.complain(f"{at}script", "there is nothing to say", cure)
            return (), rest
        return tuple(choice for one in choices if (choice := self._choice(*one))), rest

    def _choice(self, table: Table, at: str) -> Choice | None:
        entry = self._reader.read(_Choice, table, at)
        if entry is None:
            return None
        self._check_script(entry.script, f"{at}script")
        whom = self._segment(entry.whom, f"{at}whom")
        return Choice(segment=entry.whom, whom=whom, script=entry.script)

    def _tables(
        self, name: str, table: Table, read: Callable[[Table, str], T | None]
    ) -> tuple[list[T], dict[str, Any]]:
        rest = _without(table, name)
        value = table.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self._reader.complain(name, "there is none", f"Write [[{name}]] for each")
            return [], rest
        found = [read(one, f"{name}[{number}].") for number, one in enumerate(value)]
        return [one for one in found if one is not None], rest

    def _part(
        self, name: str, table: Table, at: str, read: Callable[[Any], T]
    ) -> tuple[T | None, dict[str, Any]]:
        rest = _without(table, name)
        try:
            return read(table.get(name)), rest
        except ValueError as error:
            problem = f"{table[name]!r} cannot be used" if name in table else "is missing"
            self._reader.complain(at + name, problem, str(error))
            return None, rest

    def _check_script(self, script: str, key: str) -> None:
        if script not in self._known.scripts:
            problem, cure = unknown(script, self._known.scripts)
            if "Did you mean" not in cure:
                cure = "Write it into scripts_library/, or name another one"
            self._reader.complain(key, problem.replace("unknown", "unknown script"), cure)

    def _check_event(self, name: str) -> None:
        if name.startswith("tag:"):
            tags = self._known.segments.words.tags
            if (tag := name.removeprefix("tag:")) not in tags:
                problem, cure = unknown(tag, tags)
                more = f"or add it to tags under [known] in {SEGMENTS}"
                self._reader.complain("after", f"{problem} (tag)", f"{cure}; {more}")
        else:
            stages = (*STAGES, *self._known.segments.words.stages)
            own = ("added", "silent", BOUGHT, *(f"stage:{stage}" for stage in stages))
            self._check_date("after", name, own)

    def _check_date(self, key: str, name: str, own: tuple[str, ...]) -> None:
        known = (*own, *self._known.segments.words.dates)
        if name not in known:
            problem, cure = unknown(name, known)
            more = f"or add it to dates under [known] in {SEGMENTS}"
            self._reader.complain(
                key, problem.replace("unknown", "unknown date"), f"{cure}; {more}"
            )


def _without(table: Table, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}
