"""A worksheet or CSV file of stores → stores, with each row's fate."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.errors import Complaint
from bot.scripts.entry import unknown
from bot.scripts.renderer import clean
from bot.sheets.grid import RETYPE, Grid, grid_of, no_table, plain_title, remedy
from bot.sheets.sheet import unguarded
from bot.stores.store import COLUMNS, OWN, TITLES, Store

Fate = Literal["new", "changed", "same", "wrong"]
LONGEST = 200  # characters of what a script says of a store
_PARTS = re.compile(r"[,，、;；\n]")
_ID = re.compile(r"[^|\s]{1,64}")
_HEADERS = {plain_title(title): key for key, titles in COLUMNS.items() for title in titles}
_Line = tuple[str, Mapping[str, str]]  # "row 7" and its cells by our keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What becomes of one row."""

    place: str  # "row 7"
    store: Store | None  # None: it has mistakes
    fate: Fate
    what: tuple[str, ...] = ()  # titles of what is another one, where it is changed
    complaints: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    rows: Sequence[Row] = ()
    missing: Sequence[Store] = field(default=())  # that are known and not in the file; none
    # where it has sheets that are not read: they may stand there
    sheets: Sequence[Complaint] = ()  # that were not read

    @property
    def good(self) -> bool:
        return not any(row.complaints for row in self.rows)

    @property
    def written(self) -> list[Store]:
        """New or changed."""
        return [row.store for row in self.rows if row.store and row.fate in ("new", "changed")]


def read_stores(path: Path, known: Iterable[Store]) -> Import:
    """
    Args:
        known: those that exist already.

    Raises:
        ConfigError: the file is no table of stores.
    """
    there = {store.id: store for store in known}
    taken: dict[str, str] = {}  # "id:…", "member:…" → where it was
    sheets = list[Complaint]()
    grid = grid_of(path, lambda grid: _head(grid) >= 0, sheets)
    rows = [_row(path.name, place, cells, there, taken) for place, cells in _lines(path, grid)]
    named = {row.store.id for row in rows if row.store}
    missing = [one for one in there.values() if one.id not in named and not sheets]
    return Import(rows=rows, missing=missing, sheets=sheets)


def _keys(line: Iterable[str]) -> list[str | None]:
    return [_HEADERS.get(plain_title(title)) for title in line]


def _head(grid: Grid) -> int:
    """The index of the row of titles; -1: there is none."""
    rows = enumerate(map(_keys, grid[:20]))
    return next((n for n, keys in rows if "id" in keys and "name" in keys), -1)


def _lines(path: Path, grid: Grid) -> Iterator[_Line]:
    if (head := _head(grid)) < 0:
        cure = f"Begin with a row of {'、'.join(TITLES.values())}; `huashu stores template`"
        raise no_table(path, "has no row of titles", cure)
    titles, keys = grid[head], _keys(grid[head])
    for place, (title, key) in enumerate(zip(titles, keys, strict=True)):
        if key and key in keys[:place]:
            cure = "Keep one of the two columns"
            raise no_table(path, f"{title.strip()} is there twice", cure)
        if key is None and title.strip() and not title.strip().startswith("备注"):
            problem, cure = unknown(title.strip(), list(TITLES.values()))
            more = f"{cure}; a column for people alone begins with 备注"
            raise no_table(path, problem, more)
    for row, line in enumerate(grid[head + 1 :], head + 2):
        cells = {
            key: unguarded(cell.strip()) for key, cell in zip(keys, line, strict=False) if key
        }
        if any(cells.values()):
            yield f"row {row}", cells


def _row(
    file: str,
    place: str,
    cells: Mapping[str, str],
    there: Mapping[str, Store],
    taken: dict[str, str],
) -> Row:
    complaints: list[Complaint] = []

    def complain(key: str, problem: str, cure: str) -> None:
        complaints.append(Complaint(file, f"{place} {TITLES[key]}", problem, cure))

    def once(key: str, name: str, what: str) -> None:
        if (before := taken.setdefault(name.casefold(), place)) != place:
            complain(key, f"{what} is in {before} too", "Name it once")

    for key, text in cells.items():
        if cure := remedy(text):
            complain(key, f"{text!r} cannot be used", cure)
    store_id, name = cells.get("id", ""), cells.get("name", "")
    if not _ID.fullmatch(store_id):
        complain("id", f"{store_id!r} is no id", "Use up to 64 characters, no blank, no |")
    elif store_id not in there and store_id.isdecimal():
        same = next((one for one in there if one.lstrip("0") == store_id), "")
        if same:  # Excel has made a number of 001, and every store would be another one
            complain("id", f"{store_id} is not known, but {same} is", RETYPE)
    once("id", f"id:{store_id}", store_id)
    if not name:
        complain("name", "is empty", "Write what customers call the store")
    for key in OWN:
        if len(text := cells.get(key, "")) > LONGEST or str(clean(text)) != text:
            cure = f"One line of up to {LONGEST} characters; customers read it"
            complain(key, "is too long, or has a line break or a hidden character", cure)
    members: dict[str, str] = {}
    for part in _split(cells.get("members", "")):
        member, _, persona = (piece.strip() for piece in part.replace("：", ":").partition(":"))
        once("members", f"member:{member}", member)
        if not member or len(member) > 64:
            complain("members", f"{part!r} names no userid", 'Write "ZhangSan" or "ZhangSan:小张"')
        members[member] = persona
    if complaints:
        return Row(place=place, store=None, fate="wrong", complaints=tuple(complaints))
    store = Store(
        id=store_id, name=name, members=members, persona=cells.get("persona", ""),
        tags=tuple(dict.fromkeys(tag.replace("|", "") for tag in _split(cells.get("tags", "")))),
        values={key: cells[key] for key in OWN if key != "name" and cells.get(key)},
    )  # fmt: skip
    before = there.get(store.id)
    if before is None:
        return Row(place=place, store=store, fate="new")
    what = tuple(_differences(before, store))
    return Row(place=place, store=store, fate="changed" if what else "same", what=what)


def _split(cell: str) -> Iterator[str]:
    return (part.strip() for part in _PARTS.split(cell) if part.strip())


def _differences(before: Store, after: Store) -> Iterator[str]:
    for key in ("name", "members", "tags", "persona"):
        if getattr(before, key) != getattr(after, key):
            yield TITLES[key]
    for key in OWN:
        if before.values.get(key) != after.values.get(key):
            yield TITLES[key]


def table_of(stores: Iterable[Store]) -> Iterator[list[str]]:
    """Stores as rows of cells, titles first; `read_stores` reads them back."""
    yield list(TITLES.values())
    for store in stores:
        members = (
            f"{one}:{persona}" if persona else one for one, persona in store.members.items()
        )
        fixed = [store.id, store.name, "，".join(members), "，".join(store.tags), store.persona]
        yield [*fixed, *(store.values.get(key, "") for key in OWN if key != "name")]
