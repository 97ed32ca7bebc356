"""config/referral.toml → campaigns, or every mistake in it."""

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.channels.way import MEMBERS, TAGS, TITLE, CodeChannel
from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.naming import Named, lost
from bot.files.reader import Reader, Rule, setting
from bot.store.states import OWN_CODES, REFERRAL

FILE = "config/referral.toml"
NAME = re.compile(r"[a-z0-9_]{1,14}")  # a state has 30 characters (doc 92572), and says who
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_DRAWN = 10  # random letters, so that nobody guesses another's code
_WAIT = Rule(lambda value: 1 <= value <= 720, "Use 1 to 720 hours: before that nobody is known")
_COUNT = Rule(lambda value: value > 0, "Use 1 or more")
_CODES = Rule(lambda value: 1 <= value <= 100_000, "Use 1 to 100000: a company has 500000 in all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What somebody hears after bringing so many."""

    count: int = setting(rule=_COUNT, where="Add count = 3")
    script: str = setting(where='Add script = "news/invite_3"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    id: str
    first: date
    until: date  # its last day
    thresholds: tuple[Threshold, ...]  # by count; may be empty
    title: str = setting(rule=TITLE, where='Add title = "春季老带新"')
    members: tuple[str, ...] = setting(rule=MEMBERS, where='Add members = ["userid"]')
    script: str = ""  # the welcome for friends; "": the usual one
    tags: tuple[str, ...] = setting((), rule=TAGS)  # tags that friends get
    skip_verify: bool = True
    ask: str = ""  # the script by which a customer in 微信客服 asks for their code
    wait_h: float = setting(24.0, rule=_WAIT)  # hours that they must stay before they count
    per_hour: int = setting(10, rule=_COUNT)  # friends of one customer; more wait for a person
    codes: int = setting(2000, rule=_CODES)  # codes made at most
    not_for: tuple[str, ...] = setting((), rule=TAGS)  # friends with such a tag do not count
    scenario: Literal["reminder", "promotion", "holiday", "after_sales"] = "reminder"

    @property
    def plan(self) -> str:
        """The `touch.plan` of its rewards."""
        return plan_of(self.id)

    def runs(self, day: date) -> bool:
        return self.first <= day <= self.until

    def span(self, zone: ZoneInfo) -> tuple[float, float]:
        """Its begin and end (exclusive), in Unix seconds."""
        begin = datetime.combine(self.first, time(), zone)
        end = datetime.combine(self.until + timedelta(days=1), time(), zone)
        return begin.timestamp(), end.timestamp()

    def channel(self, state: str) -> CodeChannel:
        """One customer's code as an ordinary channel code."""
        return CodeChannel(
            state=state, title=self.title, members=self.members, script=self.script,
            tags=self.tags, skip_verify=self.skip_verify,
        )  # fmt: skip

    def new_state(self) -> str:
        return f"{OWN_CODES}{self.id}-{''.join(secrets.choice(_LETTERS) for _ in range(_DRAWN))}"


def plan_of(campaign: str) -> str:
    return f"{REFERRAL}{campaign}"


def read_referral(
    root: Path, complaints: list[Complaint], scripts: Collection[str] | None = None
) -> Mapping[str, Campaign]:
    """The campaigns by id; none without the file.

    Args:
        scripts: ids of all scripts; None: not checked.
    """
    campaigns = {one.id: one for one in _campaigns(root, Reader(FILE, {}, complaints))}
    complaints += lost(scripts_named(campaigns), scripts)
    return campaigns


def scripts_named(campaigns: Mapping[str, Campaign]) -> Iterator[Named]:
    for one in campaigns.values():
        keys = {"script": one.script, "ask": one.ask}
        for number, threshold in enumerate(one.thresholds):
            keys[f"thresholds[{number}].script"] = threshold.script
        for key, script in keys.items():
            if script:
                yield Named(FILE, f"referral.{one.id}.{key}", script)


def _campaigns(root: Path, reader: Reader) -> Iterator[Campaign]:
    for name, key, entry in reader.all_named(root, "referral"):
        if not NAME.fullmatch(name):
            cure = "Use small letters, digits and _, 14 at most: it is part of every code"
            reader.complain(key, "cannot be the name of a campaign", cure)
        elif campaign := _campaign(name, entry, reader):
            yield campaign


def _campaign(name: str, entry: dict[str, Any], reader: Reader) -> Campaign | None:
    key, before = f"referral.{name}", len(reader.complaints)
    rest = {one: value for one, value in entry.items() if one not in ("from", "until")}
    raw = rest.pop("thresholds", [])
    first, until = (_day(entry.get(one), f"{key}.{one}", reader) for one in ("from", "until"))
    if first and until and until < first:
        reader.complain(f"{key}.until", "lies before from", "Write the last day")
    thresholds = _thresholds(raw, f"{key}.thresholds", reader)
    campaign = reader.read(
        Campaign, rest, f"{key}.", id=name, first=first, until=until, thresholds=thresholds
    )
    return campaign if len(reader.complaints) == before else None


def _day(value: Any, key: str, reader: Reader) -> date | None:
    if type(value) is date:
        return value
    reader.complain(key, "is no day", "Write a day without quotes: 2026-03-01")
    return None


def _thresholds(raw: Any, key: str, reader: Reader) -> tuple[Threshold, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        reader.complain(key, "is no list", 'Write [{ count = 3, script = "news/invite_3" }]')
        return ()
    found = [
        one
        for number, entry in enumerate(raw)
        if (one := reader.read(Threshold, entry, f"{key}[{number}].")) is not None
    ]
    if len({one.count for one in found}) < len(found):
        reader.complain(key, "has a count twice", "Write each number once")
    if len({one.script for one in found}) < len(found):
        cure = "Write one for each: the same words do not reach somebody twice within days"
        reader.complain(key, "has a script twice", cure)
    return tuple(sorted(found, key=lambda one: one.count))


class ReferralBook(Followed[Mapping[str, Campaign]]):
    """The campaigns in force.

    Args:
        scripts: returns the ids of all scripts now; None: not checked.
    """

    files = (FILE,)
    kept, new, action = "the referral campaigns", "new referral campaigns", "referral"

    def __init__(
        self, root: Path, scripts: Callable[[], Collection[str] | None] = lambda: None
    ) -> None:
        super().__init__(root, {})
        self._scripts = scripts

    @property
    def campaigns(self) -> Mapping[str, Campaign]:
        """By id."""
        return self.rules

    @property
    def titles(self) -> dict[str, str]:
        """Their titles, by the `touch.plan` of their rewards."""
        return {one.plan: one.title for one in self.campaigns.values()}

    def read(self, complaints: list[Complaint]) -> Mapping[str, Campaign]:
        return read_referral(self.root, complaints, self._scripts())

    def channel(self, state: str) -> CodeChannel | None:
        """What somebody who comes by this code gets; None: it is not a customer's own."""
        if not state.startswith(OWN_CODES):
            return None
        campaign = self.campaigns.get(state.removeprefix(OWN_CODES).partition("-")[0])
        return campaign.channel(state) if campaign else None

    def asked(self, scripts: Collection[str], day: date) -> str | None:
        """The campaign whose code one of these scripts asks for; "": no campaign is running;
        None: they ask for no code."""
        meant = [one for one in self.campaigns.values() if one.ask and one.ask in scripts]
        running = sorted((one for one in meant if one.runs(day)), key=lambda one: one.until)
        return (running[0].id if running else "") if meant else None
