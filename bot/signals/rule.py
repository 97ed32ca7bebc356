"""The company's rules for what its shop tells: values only (config/signals.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Plain = str | float | bool  # as it stands in a TOML file, or in a signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a detail of the signal must be; of a list, one of its texts."""

    detail: str
    among: tuple[Plain, ...] = ()  # one of these, where there are any
    least: float | None = None  # this or more
    below: float | None = None  # less than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """For signals of one kind, if all conditions hold."""

    id: str
    kind: str
    when: tuple[Condition, ...] = ()
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    free_min: float = 0.0  # minutes in which the customer surely has time, from the signal on
    stage: str = ""
    date: tuple[str, ...] = ()  # dates of the customer that are now: "bought"
    date_from: Mapping[str, str] = field(default_factory=dict)  # date → detail that holds it
    birthday_from: str = ""  # the detail that holds it
    notice: str = ""  # a to-do for the member in charge, with {names} of details


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What becomes of one signal, by all rules together."""

    at: datetime  # when it happened, as far as that is past
    rules: tuple[str, ...] = ()  # whose conditions hold
    tag: frozenset[str] = frozenset()
    untag: frozenset[str] = frozenset()
    free_until: datetime | None = None
    stage: str = ""
    dates: Mapping[str, datetime] = field(default_factory=dict)  # when it happened
    told: Mapping[str, datetime] = field(default_factory=dict)  # dates out of details
    birthday: str = ""  # "05-17"; "L05-17" by the moon
    notices: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # details that a rule names, and that cannot be read as a date
