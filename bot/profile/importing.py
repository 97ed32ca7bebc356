"""A worksheet or CSV file with facts about customers → what becomes of each of its rows. Pure.

A row names its customer by id, phone or unionid. An empty cell changes nothing; an unusable one is
reported, and the others of its row are imported.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from bot.errors import Complaint
from bot.profile.fields import DATE, LONGEST, Consent, FieldRule, fitting, options
from bot.profile.phone import plain_phone
from bot.sheets.grid import Grid, grid_of, no_table, plain_title, remedy
from bot.sheets.sheet import unguarded

Fate = Literal["new", "changed", "same", "fault"]
KEYS: Mapping[str, tuple[str, ...]] = {  # titles of what names a customer; we write the first
    "id": ("客户编号", "客户id", "external_userid", "id"),
    "phone": ("手机号", "手机", "手机号码", "电话", "电话号码", "联系电话", "phone"),
    "unionid": ("unionid",),
}
FOR_PEOPLE = ("姓名", "客户", "客户姓名", "name")  # columns that only people read
NOTES = ("备注", "note")  # also columns that begin like this
AGREES = "同意"  # after the title of a field: whether they agree to its use
YES, NO = "同意", "不同意"
_YES = frozenset({YES, "是", "y", "yes", "1", "true", "√"})
_NO = frozenset({NO, "收回", "否", "n", "no", "0", "false", "×"})
# Excel makes a number of 5.10, which then is 5.1.
_SHORT_DAY = re.compile(r"(?!0?2\.3)(0?[1-9]|1[0-2])\.([123])")  # February has no 30th
_QUOTED = 40  # characters of a value in a message
_HEADS = 20  # the titles are within so many rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the file, under our names."""

    number: int
    who: Mapping[str, str]  # those of KEYS that are filled in
    values: Mapping[str, str]  # by field
    consents: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What we read from a file, and which columns we leave out, with the reason."""

    lines: tuple[Line, ...]
    left_out: tuple[Complaint, ...]
    sheets: tuple[Complaint, ...] = ()  # sheets that were not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer, and what is known about them."""

    id: str
    name: str
    values: Mapping[str, str]  # by field
    consents: Mapping[str, Consent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """One field of one customer."""

    field: str
    value: str
    old: str  # "" = nothing was known
    consent: Consent | None = None  # None: as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What becomes of a line. With complaints it is either a fault, and nothing of it is imported,
    or only these cells are left out."""

    number: int
    fate: Fate
    customer: str = ""  # id
    name: str = ""
    puts: tuple[Put, ...] = ()
    complaints: tuple[Complaint, ...] = ()


def titles_of(rules: Mapping[str, FieldRule]) -> list[str]:
    """The columns of a worksheet that we write, to be filled in and imported."""
    heads = _headers(rules)

    def free(key: str, names: Iterable[str]) -> str:
        """A name that no field uses."""
        return next(one for one in names if heads.get(plain_title(one), key) == key)

    titles = [free(key, KEYS[key]) for key in ("id", "phone")]
    titles.append(free("", (*FOR_PEOPLE, f"{NOTES[0]}{FOR_PEOPLE[0]}")))
    for rule in rules.values():
        titles += [rule.title, *([f"{rule.title}{AGREES}"] if rule.consent else [])]
    return titles


def read_table(path: Path, rules: Mapping[str, FieldRule]) -> Table:
    """
    Raises:
        ConfigError: the file is not a table of customers.
    """
    heads = _headers(rules)

    def named(grid: Grid) -> list[list[str | None]]:
        return [[heads.get(plain_title(title)) for title in line] for line in grid[:_HEADS]]

    def head_of(grid: Grid) -> int:
        rows = enumerate(named(grid))
        return next((n for n, keys in rows if any(one in KEYS for one in keys)), -1)

    sheets = list[Complaint]()
    grid = grid_of(path, lambda grid: head_of(grid) >= 0, sheets)
    if (head := head_of(grid)) < 0:
        begin = "Begin with a row of titles: 客户编号 or 手机号, then the fields"
        raise no_table(path, "has no row of titles", begin)
    below = grid[head + 1 :]
    keys, left_out = _columns(path, grid[head], named(grid)[head], below, rules)
    lines = (
        _line(number, dict(zip(keys, cells, strict=False)), rules)
        for number, cells in enumerate(below, head + 2)
        if any(cell.strip() for cell in cells)
    )
    return Table(lines=tuple(lines), left_out=tuple(left_out), sheets=tuple(sheets))


def _columns(
    path: Path, titles: Sequence[str], keys: Sequence[str | None], below: Grid,
    rules: Mapping[str, FieldRule],
) -> tuple[list[str | None], list[Complaint]]:  # fmt: skip
    """`keys` of only the columns that are read, and the columns left out, with the reason.

    Args:
        keys: according to the titles; None: unknown.
        below: the rows below the titles.
    """
    read, known, left_out = [*keys], dict[str, str](), list[Complaint]()
    for place, (title, key) in enumerate(zip(titles, keys, strict=True)):
        text = title.strip()
        if key is not None and key not in known:
            known[key] = text
            continue
        read[place] = None
        if key is not None:
            problem = f"has the column {text} twice"
            cure = f"Only the first of them counts: {known[key]}"
        elif text.startswith(NOTES) or plain_title(text) in FOR_PEOPLE:
            continue
        elif text:
            problem, cure = f"unknown: {text}", _meant(text, rules)
        elif any(place < len(line) and line[place].strip() for line in below):
            problem, cure = f"column {place + 1} has no title", "Give it the title of a field"
        else:
            continue
        left_out.append(Complaint(path.name, "*", problem, cure))
    return read, left_out


def _meant(title: str, rules: Mapping[str, FieldRule]) -> str:
    """The column whose title is nearly this; "": none."""
    names = [one for rule in rules.values() for one in (rule.title, rule.title + AGREES, rule.id)]
    all_names = {
        plain_title(one): one for one in [*names, *(one for some in KEYS.values() for one in some)]
    }
    plain = plain_title(title)
    close = get_close_matches(plain, all_names, 1)
    # 客户生日, 会员到期时间: two Chinese characters say what it is.
    within = [one for one in all_names if len(one) > 1 and one in plain and not one.isascii()]
    found = max(within, key=len) if within else next(iter(close), "")
    return f"Did you mean {all_names[found]}?" if found else ""


def _headers(rules: Mapping[str, FieldRule]) -> dict[str, str]:
    """Title → what its column holds: one of KEYS, a field, "FIELD 同意"."""
    found = {plain_title(title): key for key, titles in KEYS.items() for title in titles}
    for rule in rules.values():
        for title in (rule.title, rule.id):
            found |= {
                plain_title(title): f"={rule.id}",
                plain_title(title + AGREES): f"?{rule.id}",
            }
        found[f"{rule.id}consent"] = f"?{rule.id}"
    return found


def _line(number: int, cells: Mapping[str | None, str], rules: Mapping[str, FieldRule]) -> Line:
    text = {key: unguarded(cell.strip()) for key, cell in cells.items() if key}
    who = {key: text[key] for key in KEYS if text.get(key)}
    if "phone" in who and not remedy(who["phone"]):
        who["phone"] = plain_phone(who["phone"])
    return Line(
        number=number, who=who,
        values={name: one for name in rules if (one := text.get(f"={name}", ""))},
        consents={name: one for name in rules if (one := text.get(f"?{name}", ""))},
    )  # fmt: skip


@dataclass(slots=True)
class Judge:
    """Decides what becomes of lines, in order; only one of them may name a customer.

    Args:
        file: the file's name, for complaints.
    """

    file: str
    rules: Mapping[str, FieldRule]
    taken: dict[str, int] = field(default_factory=dict)  # customer → the row that names them

    def rows(
        self, lines: Iterable[Line], found: Mapping[tuple[str, str], Collection[str]],
        people: Mapping[str, Person],
    ) -> Iterator[Row]:  # fmt: skip
        """
        Args:
            found: customers by key and text that name them.
        """
        for line in lines:
            ids = next((found.get(one, ()) for one in line.who.items()), ())
            told: list[Complaint] = []
            person = people[next(iter(ids))] if self._named(line, ids, told) else None
            if person is None:
                yield Row(number=line.number, fate="fault", complaints=tuple(told))
                continue
            puts = tuple(self._puts(line, person, told))
            over = any(put.old and put.old != put.value for put in puts)
            fate: Fate = "changed" if over else "new" if puts else "same"
            yield Row(
                number=line.number, fate=fate, customer=person.id, name=person.name, puts=puts,
                complaints=tuple(told),
            )  # fmt: skip

    def _named(self, line: Line, ids: Collection[str], told: list[Complaint]) -> bool:
        """Whether the line names one customer, whom no other row names."""
        if not line.who:
            self._complain(told, line, "", "names no customer", "Fill in 客户编号 or 手机号")
        elif not ids:
            text = next(iter(line.who.values()))
            look = "Look it up on the page 客户; who is no contact yet is not known"
            cure = remedy(text) or look
            self._complain(told, line, "", f"there is no customer {text!r}", cure)
        elif len(ids) > 1:
            self._complain(told, line, "", f"means {len(ids)} customers", "Fill in 客户编号")
        elif (before := self.taken.setdefault(next(iter(ids)), line.number)) != line.number:
            self._complain(told, line, "", f"row {before} has this customer, too", "Keep one row")
        return not told

    def _puts(self, line: Line, person: Person, told: list[Complaint]) -> Iterator[Put]:
        for name, rule in self.rules.items():
            text, old = line.values.get(name, ""), person.values.get(name, "")
            as_it_was = " ".join(text.split()) == " ".join(old.split())
            spoilt = remedy(text) or _either(rule, text)
            value = old if as_it_was else None if spoilt else fitting(rule, text)
            if value is None:
                cure = spoilt or _cure(rule)
                self._complain(told, line, rule.title, f"{_short(text)!r} cannot be used", cure)
            consent = self._consent(line, rule, person, told)
            if value is None and consent is Consent.GIVEN:  # consent to an unreadable value
                problem = f"goes with {rule.title}, which is left out"
                cure = "Mend the value: it is taken with it"
                self._complain(told, line, f"{rule.title}{AGREES}", problem, cure)
                consent = None
            if (value and value != old) or (consent is not None and (value or old)):
                yield Put(field=name, value=value or old, old=old, consent=consent)

    def _consent(
        self, line: Line, rule: FieldRule, person: Person, told: list[Complaint]
    ) -> Consent | None:
        """The consent that the line states; None: none, or nothing new."""
        text = line.consents.get(rule.id, "")
        known = person.consents.get(rule.id, Consent.NOT_ASKED)
        title = f"{rule.title}{AGREES}"
        if text.casefold() in _YES:
            if known is Consent.WITHDRAWN:
                cure = "Ask them again, and note it on their page: no file may say it for them"
                self._complain(told, line, title, "this customer took it back", cure)
            return Consent.GIVEN if known is Consent.NOT_ASKED else None
        if text.casefold() in _NO:
            return None if known is Consent.WITHDRAWN else Consent.WITHDRAWN
        if text:
            self._complain(
                told, line, title, f"{_short(text)!r} cannot be used", "Write 同意 or 不同意"
            )
        return None

    def _complain(
        self, told: list[Complaint], line: Line, title: str, problem: str, cure: str
    ) -> None:
        told.append(Complaint(self.file, f"row {line.number} {title}".strip(), problem, cure))


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def _either(rule: FieldRule, text: str) -> str:
    """What to do about a birthday that may be two days; "": it is one."""
    found = _SHORT_DAY.fullmatch(text) if rule.kind == "birthday" else None
    if found is None:
        return ""
    month, digit = int(found[1]), found[2]
    return (
        f"Excel writes {text} for {text}0, too: write {month:02}-0{digit} or {month:02}-{digit}0"
    )


def _cure(rule: FieldRule) -> str:
    if rule.kind == "birthday":
        return "Write 05-17, 1990/5/17, or 农历5月17日"
    if rule.kind == DATE:
        return "Write 2027-05-17"
    if chosen := options(rule):
        return f"Choose one of {', '.join(zh for zh, _ in chosen.values())}"
    return f"Use up to {LONGEST} characters"
