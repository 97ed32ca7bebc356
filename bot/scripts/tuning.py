"""Reads synonyms.toml and bars.toml, by which a company tunes the matcher; writes bars.toml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from bot.errors import Complaint
from bot.events import Channel
from bot.scripts.decision import Bars

SYNONYMS = "synonyms.toml"
BARS = "bars.toml"
_ALL = "all"
_NAMES = tuple(field.name for field in fields(Bars))
_GROUP = 'Write "快递" = ["包裹", "物流"]'


def read_synonyms(
    file: str, content: Mapping[str, Any], complaints: list[Complaint]
) -> dict[str, str]:
    """Another wording → the usual one, which it is compared as, from `"快递" = ["包裹", "物流"]`.

    Mistakes are added to `complaints`.
    """
    found: dict[str, str] = {}
    for usual, others in content.items():
        if not isinstance(others, list) or not all(isinstance(one, str) for one in others):
            complaints.append(Complaint(file, usual, "not a list of texts", _GROUP))
            continue
        for other in map(str.strip, others):
            if not other or other == usual:
                complaints.append(
                    Complaint(file, usual, f"{other!r} is no other wording", "Take it out")
                )
            elif other in found or other in content:
                taken = found.get(other, other)
                problem = f"{other} belongs to {taken} already"
                complaints.append(Complaint(file, usual, problem, "Keep it in one group"))
            else:
                found[other] = usual
    return found


def read_bars(
    file: str, content: Mapping[str, Any], complaints: list[Complaint]
) -> dict[str, Bars]:
    """The bars by channel; "" is for all others ([all]). Mistakes are added to `complaints`."""
    known = {_ALL: "", **{str(channel): str(channel) for channel in Channel}}
    found: dict[str, Bars] = {}
    for table, values in content.items():
        if table not in known or not isinstance(values, dict):
            cure = f"Name a table {', '.join(known)}"
            complaints.append(Complaint(file, table, "no channel", cure))
            continue
        wrong = list(_wrong(file, table, values))
        complaints += wrong
        if not wrong:
            found[known[table]] = Bars(**{name: float(value) for name, value in values.items()})
    return found


def _wrong(file: str, table: str, values: Mapping[str, Any]) -> Iterator[Complaint]:
    for name, value in values.items():
        key = f"{table}.{name}"
        if name not in _NAMES:
            yield Complaint(file, key, "unknown", f"Use {', '.join(_NAMES)}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            yield Complaint(file, key, "no probability", "Write a number from 0 to 1")


def bars_text(bars: Mapping[str, Bars], head: Sequence[str]) -> str:
    """The content of bars.toml."""
    lines = [f"# {line}" for line in head]
    for channel, one in bars.items():
        lines += ["", f"[{channel or _ALL}]"]
        lines += [f"{name} = {round(value, 3)}" for name, value in asdict(one).items()]
    return "\n".join(lines) + "\n"
