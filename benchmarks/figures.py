"""What a benchmark found, and how it is shown."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WIDTH = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    name: str
    value: float
    unit: str
    target: str = ""  # as it is written down, "< 450"; "" if there is none
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


def below(name: str, value: float, unit: str, most: float, note: str = "") -> Figure:
    return Figure(
        name=name, value=value, unit=unit, target=f"< {most:g}", met=value < most, note=note
    )


def at_least(name: str, value: float, unit: str, least: float, note: str = "") -> Figure:
    return Figure(
        name=name, value=value, unit=unit, target=f">= {least:g}", met=value >= least, note=note
    )


def plain(name: str, value: float, unit: str, note: str = "") -> Figure:
    return Figure(name=name, value=value, unit=unit, note=note)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all stay at or under."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each name over the rounds."""
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


def show(section: Section) -> None:
    print(f"\n{section.title}\n{'-' * len(section.title)}")
    for figure in section.figures:
        verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
        value = f"{figure.value:>12,.{places(figure.value)}f} {figure.unit:<9}"
        line = f"{padded(figure.name)} {value} {figure.target:>10} {verdict:<6} {figure.note}"
        print(line.rstrip())
    for note in section.notes:
        print(f"  {note}")


def padded(text: str) -> str:
    """Chinese characters are two columns wide."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return text + " " * (WIDTH - len(text) - wide)


def places(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
