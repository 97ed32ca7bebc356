"""The company's rules for signals of its shop, as plain values (config/signals.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Plain = str | float | bool  # a value of a TOML file, or of a signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a detail of the signal must be; of a list, one of its texts must fit."""

    detail: str
    among: tuple[Plain, ...] = ()  # one of these, if there are any
    least: float | None = None  # this or more
    below: float | None = None  # less than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule for signals of one kind; it applies if all conditions hold."""

    id: str
    kind: str
    when: tuple[Condition, ...] = ()
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    free_min: float = 0.0  # minutes from the signal on in which the customer surely has time
    stage: str = ""
    date: tuple[str, ...] = ()  # customer's dates to set to the time of the signal: "bought"
    date_from: Mapping[str, str] = field(default_factory=dict)  # date → the detail that holds it
    birthday_from: str = ""  # the detail that holds it
    notice: str = ""  # text of a to-do for the member in charge, with {names} of details


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What all rules together make of one signal."""

    at: datetime  # when it happened, unless that is in the future
    rules: tuple[str, ...] = ()  # rules whose conditions hold
    tag: frozenset[str] = frozenset()
    untag: frozenset[str] = frozenset()
    free_until: datetime | None = None
    stage: str = ""
    dates: Mapping[str, datetime] = field(default_factory=dict)  # set to when it happened
    told: Mapping[str, datetime] = field(default_factory=dict)  # dates from details
    birthday: str = ""  # "05-17"; "L05-17" in the lunar calendar
    notices: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # details named by a rule that are not readable as dates
