"""A value of the wrong type in a settings file gets a complaint: no traceback, and no silence.

The test plants one in every place of every file that ships, even in commented examples.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tomlkit

from bot.errors import Complaint, ConfigError
from bot.plans.book import read_book
from bot.touch.calendar import Calendar, read_days
from bot.workspace.config_files import FILES, ConfigFiles
from tests.engine import ROOT
from tests.plans import ZONE
from tests.starter import LIBRARY

Place = tuple[str | int, ...]
Read = Callable[[str], object]
WRONG: tuple[Any, ...] = (3, "zz", [3], {"zz": 3})
UNKNOWN = object()  # a key that nobody knows
WRITTEN: dict[str, str] = {}
EXAMPLE = re.compile(r"#\s?(\[.*\].*|[a-z_]+ = .*)")
VALUES = {
    "CORP_ID": "ww0123456789abcdef",
    "AGENT_ID": "1000002",
    "AES_KEY": "a" * 43,
    "AES_KEY_OLD": "a" * 43,
    "PROXY": "http://127.0.0.1:3128",
}
SECRET = "s" * 32
SAMPLES = {  # where examples are no TOML as they stand
    "referral.toml": """
        [referral.spring]
        title = "春季"
        from = 2026-03-01
        until = 2026-03-31
        members = ["ZhangSan"]
        tags = ["老带新"]
        wait_h = 24
        not_for = ["内部员工"]
        thresholds = [{ count = 3, script = "news/invite_3" }]""",
    "calendar.toml": """
        [days.queens_day]
        on = "03-08"
        zh = "女王节"
        also = ["女神节"]
        lasts = 2
        [official.2030]
        off = ["2030-01-01 to 2030-01-03"]
        work = ["2030-01-05"]
        [hours]
        dawn = 7""",
}
FREE = re.compile(r"^signals\.toml .*\.when")  # details of a shop's own: they may be anything


def table_of(name: str) -> dict[str, Any]:
    if name in SAMPLES:
        return tomllib.loads(SAMPLES[name])
    text = (ROOT / "config" / name).read_text("utf-8")
    lines = (found[1] if (found := EXAMPLE.fullmatch(one)) else one for one in text.splitlines())
    table = tomllib.loads("\n".join(lines))
    if name == "tagging.toml":
        table["rule"]["sleeping"]["whom"] = "vip"  # the example's is not among those that ship
    return table


def places(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Of those that look alike side by side only the first."""
    yield at, value
    seen: set[object] = set()
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, one in items:
        looks: object = key if isinstance(value, dict) else type(one)
        if isinstance(one, dict):
            looks = frozenset(one)
        if looks not in seen:
            seen.add(looks)
            yield from places(one, (*at, key))


def planted(table: Mapping[str, Any]) -> Iterator[tuple[Place, Any, str, bool]]:
    """Where, what, the text of the file then, and whether that must be complained of."""
    for at, old in places(table):
        wrong = [one for one in WRONG if at and one != old]
        for one in [*wrong, UNKNOWN] if isinstance(old, dict) else wrong:
            copy: Any = deepcopy(table)
            holder = copy
            for key in at[:-1]:
                holder = holder[key]
            if one is UNKNOWN:
                (holder[at[-1]] if at else copy)["zzz"] = 1
            else:
                holder[at[-1]] = one
            variable = isinstance(old, str) and old.startswith("env:")
            must = one is UNKNOWN or (kind(one) is not kind(old) and not variable)
            yield at, one, text_of(copy), must


def text_of(table: Mapping[str, Any]) -> str:
    """As TOML, what is no table first. Most of it is as it was, and tomlkit takes its time."""
    parts = sorted(table.items(), key=lambda part: is_table(part[1]))
    for key, value in parts:
        if (known := repr((key, value))) not in WRITTEN:
            WRITTEN[known] = tomlkit.dumps({key: value})
    return "\n".join(WRITTEN[repr(part)] for part in parts)


def is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and all(isinstance(one, dict) for one in value) and value != []
    )


def kind(value: object) -> type:
    return float if type(value) is int else type(value)


def hold(name: str, table: Mapping[str, Any], read: Read) -> None:
    """Every mistake is complained of, by file, place and cure."""
    read(text_of(table))
    wrong: list[tuple[str, Any, str]] = []
    for at, one, text, must in planted(table):
        where = f"{name} {'.'.join(map(str, at))}"
        try:
            read(text)
        except ConfigError as error:
            wrong += [(where, one, str(each)) for each in error.complaints if not told(each)]
        else:
            wrong += [(where, one, "silent")] if must and not FREE.match(where) else []
    assert wrong == []


def told(one: Complaint) -> bool:
    return bool(one.file.startswith("config/") and one.key and one.problem and one.cure)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wrong")
    copytree(ROOT / "config", root / "config")
    names = set(re.findall(r"env:(\w+)", (ROOT / "config/bot.toml").read_text("utf-8")))
    values = ((one, next((VALUES[end] for end in VALUES if one.endswith(end)), SECRET))
              for one in sorted(names))  # fmt: skip
    lines = (f"{one}={value}\n" for one, value in values)
    (root / ".env").write_text("".join(lines), "utf-8")
    return root


@pytest.mark.parametrize("name", FILES)
def test_something_else_in_a_file(root: Path, name: str) -> None:
    files = ConfigFiles(root, ZoneInfo("Asia/Shanghai"))

    def read(text: str) -> None:
        before = files.read(name)
        files.write(name, text, before.digest)
        (root / "config" / name).write_text(before.text, "utf-8")

    hold(name, table_of(name), read)


@pytest.mark.parametrize("path", sorted((ROOT / "config/plans").glob("*.toml")), ids=str)
def test_something_else_in_a_plan(tmp_path: Path, path: Path) -> None:
    (tmp_path / "config/plans").mkdir(parents=True)
    segments = (ROOT / "config/segments.toml").read_text("utf-8")
    (tmp_path / "config/segments.toml").write_text(segments, "utf-8")
    calendar = Calendar(read_days(ROOT, []))
    scripts = {one.id: one for one in LIBRARY}

    def read(text: str) -> None:
        (tmp_path / "config/plans" / path.name).write_text(text, "utf-8")
        found = read_book(
            tmp_path, scripts=scripts, calendar=calendar, zone=ZONE, today=date(2026, 1, 1)
        )
        if found.complaints:
            raise ConfigError(found.complaints)

    hold(path.name, tomllib.loads(path.read_text("utf-8")), read)
