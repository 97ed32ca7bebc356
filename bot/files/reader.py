"""TOML tables → frozen dataclasses. Every mistake becomes a complaint, and reading goes on."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from bot.errors import Complaint
from bot.files.textfile import parse_toml, read_text

T = TypeVar("T")
_NAMES = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list of texts",
    dict: "a table",
}
_hints: Callable[[type], dict[str, Any]] = cache(get_type_hints)
_COMMA = re.compile("[,，、]")  # Chinese keyboards write the others
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


class Secret:
    """A text that is never shown when somebody prints or logs it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Rule(NamedTuple):
    holds: Callable[[Any], bool]
    cure: str


POSITIVE = Rule(lambda value: value > 0, "Use a number above 0")
NOT_NEGATIVE = Rule(lambda value: value >= 0, "Use 0 or more")


def setting(
    default: Any = MISSING, *, rule: Rule | None = None, where: str = "", shown: bool = True
) -> Any:
    """A dataclass field with a rule for its value, and where people find that value.

    A callable `default` makes the default.
    """
    metadata = {"rule": rule, "where": where}
    if callable(default):
        return field(default_factory=default, repr=shown, metadata=metadata)
    return field(default=default, repr=shown, metadata=metadata)


class _Broken(Exception):
    """The value cannot be used; the complaint about it is filed."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one file. `complaints` may be shared with the readers of other files."""

    file: str
    environ: Mapping[str, str]
    complaints: list[Complaint]

    def complain(self, key: str, problem: str, cure: str) -> None:
        self.complaints.append(Complaint(self.file, key, problem, cure))

    def table(self, root: Path, *, needed: bool) -> dict[str, Any]:
        """The whole file; empty when there is none or when it cannot be read."""
        try:
            text = read_text(root / self.file, self.file, self.complaints)
            if text is None:
                return {}
            table = parse_toml(text)
        except FileNotFoundError:
            table = {}
        except tomllib.TOMLDecodeError as error:
            self.complain("syntax", str(error), "Mend this place; TOML, in UTF-8")
            return {}
        if needed and not table:
            cure = "Lay out a workspace with `huashu init DIR`, or name yours with --root"
            self.complain(str(root), "no settings here", cure)
        return table

    def part(self, value: Any, key: str) -> dict[str, Any]:
        """The table [key] of the file; empty, with a complaint, if that is no table."""
        if isinstance(value, dict):
            return value
        self.complain(key, "is no table", f"Write [{key}] on a line of its own")
        return {}

    def named(
        self, table: Mapping[str, Any], kind: str, name: str = "NAME"
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Of each [kind.NAME] its name, its place in the file and what stands below it.

        Args:
            name: what a name is called in a complaint.
        """
        tables = table.get(kind, {})
        if not isinstance(tables, dict):
            self.complain(kind, "is no table", f"Write [{kind}.{name}] on a line of its own")
            return
        for one, entry in tables.items():
            if self.part(entry, f"{kind}.{one}") is entry:
                yield one, f"{kind}.{one}", entry

    def all_named(
        self, root: Path, kind: str, name: str = "NAME"
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The same for a file that holds nothing else and is optional."""
        table = self.table(root, needed=False)
        for key in [one for one in table if one != kind]:
            self.complain(key, "unknown key", f"Write [{kind}.{name}] above it")
        return self.named(table, kind, name)

    def read(
        self, kind: type[T], table: Mapping[str, Any], at: str = "", **given: Any
    ) -> T | None:
        """Build `kind` from `table`; fields `given` are no keys of the file.

        None when a complaint says what is in the way.
        """
        hints, before = _hints(kind), len(self.complaints)
        known = {f.name: f for f in fields(kind) if f.name not in given}  # type: ignore[arg-type]  # T is a dataclass
        self._refuse_unknown(table, list(known), at)
        values = dict(given)
        for name, entry in known.items():
            try:
                if name in table:
                    values[name] = self._value(hints[name], table[name], at + name, entry)
                else:
                    self._need(entry, at + name)
            except _Broken:
                continue
        return kind(**values) if len(self.complaints) == before else None

    def _refuse_unknown(self, table: Mapping[str, Any], known: list[str], at: str) -> None:
        for key in [key for key in table if key not in known]:
            near = get_close_matches(key, known, 1)
            cure = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}"
            self.complain(at + key, "unknown key", cure)

    def _need(self, entry: "Field[Any]", key: str) -> None:
        if entry.default is MISSING and entry.default_factory is MISSING:
            self.complain(
                key, "is missing", entry.metadata.get("where") or f"Add {entry.name} = …"
            )

    def _value(self, hint: Any, raw: Any, key: str, entry: "Field[Any]") -> Any:
        where = entry.metadata.get("where", "")
        value = self._convert(hint, self._resolve(raw, key, where), raw, key, where)
        rule: Rule | None = entry.metadata.get("rule")
        if rule and not rule.holds(value):
            cure = _found(rule.cure, where) if _is_variable(raw) else rule.cure
            self.complain(key, self._problem(raw, shown=entry.repr), cure)
            raise _Broken
        return value

    def _problem(self, raw: Any, *, shown: bool = True) -> str:
        """What cannot be used; for a variable only its name, as it may hold some other secret."""
        if not _is_variable(raw):
            return f"{repr(raw) if shown else 'this value'} cannot be used"
        name = raw.removeprefix("env:")
        number = len(self.environ[name].strip())
        return f"{name} holds {number} characters that cannot be used"

    def _resolve(self, raw: Any, key: str, where: str) -> Any:
        """`"env:NAME"` stands for the environment variable NAME, in any field."""
        if not _is_variable(raw):
            return raw
        name = raw.removeprefix("env:")
        if not self.environ.get(name, "").strip():
            if not _NAME.fullmatch(name):  # it may be the value itself
                cure = f'Write "env:{_variable(key)}" here, and the value into .env'
                self.complain(key, "what stands behind env: is no name of a variable", cure)
                raise _Broken
            cure = f"Put {name}=… into .env or the environment"
            self.complain(key, f"{name} is not set", _found(cure, where))
            raise _Broken
        return self.environ[name].strip()

    def _convert(self, hint: Any, value: Any, raw: Any, key: str, where: str) -> Any:
        if get_origin(hint) is UnionType:
            hint = next(kind for kind in get_args(hint) if kind is not NoneType)
        kind = get_origin(hint) or hint
        if kind is Secret:
            return self._secret(value, raw, key)
        if kind is Literal:
            return self._choice(get_args(hint), value, raw, key)
        if is_dataclass(kind) and isinstance(kind, type):
            built = self.read(kind, self._typed(dict, value, key), key + ".")
            if built is None:
                raise _Broken
            return built
        if value is not raw:
            return self._from_variable(kind, value, raw, key, where)
        if kind is dict:
            return self._mapping(get_args(hint), self._typed(dict, value, key), key)
        if kind is tuple:
            texts = self._typed(tuple, tuple(value) if isinstance(value, list) else value, key)
            return tuple(self._typed(str, text, key) for text in texts)
        return self._typed(kind, value, key)

    def _secret(self, value: Any, raw: Any, key: str) -> Secret:
        if value is raw:
            name = _variable(key)
            cure = f'Write "env:{name}" here and put {name}=… into .env or the environment'
            self.complain(key, "a secret must not stand in a file", cure)
            raise _Broken
        return Secret(value)

    def _choice(self, choices: tuple[str, ...], value: Any, raw: Any, key: str) -> str:
        if value not in choices:
            *most, last = filter(None, choices)  # "" is that of a key that is left out
            named = " or ".join(filter(None, (", ".join(most), last)))
            self.complain(key, self._problem(raw), f"Use {named}")
            raise _Broken
        return str(value)

    def _mapping(self, kinds: tuple[Any, Any], table: dict[str, Any], key: str) -> dict[Any, Any]:
        keys, values = kinds
        return {
            self._key(keys, name, f"{key}.{name}"): self._typed(values, value, f"{key}.{name}")
            for name, value in table.items()
        }

    def _key(self, kind: Any, name: str, key: str) -> Any:
        try:
            return _parsed(kind, name)
        except ValueError:
            return self._typed(kind, name, key)

    def _from_variable(self, kind: Any, text: str, raw: str, key: str, where: str) -> Any:
        try:
            return _parsed(kind, text)
        except ValueError:
            self.complain(key, self._problem(raw), _found(f"Write {_NAMES[kind]}", where))
            raise _Broken from None

    def _typed(self, kind: Any, value: Any, key: str) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:  # not isinstance: true is no whole number here
            got = _NAMES.get(type(value), type(value).__name__)
            self.complain(key, f"is {got}", f"Write {_NAMES[kind]}")
            raise _Broken
        return value


def _found(cure: str, where: str) -> str:
    """With the place where one finds the value."""
    return f"{cure}. {where}" if where else cure


def _variable(key: str) -> str:
    return "HUASHU_" + key.replace(".", "_").upper()


def _is_variable(raw: object) -> bool:
    return isinstance(raw, str) and raw.startswith("env:")


def _parsed(kind: Any, text: str) -> Any:
    """A text of the environment, or a key of a table, as what the field holds.

    Raises:
        ValueError: it cannot be that.
    """
    if kind is tuple:
        return listed(text)
    if kind in (str, int, float):
        return kind(text)
    raise ValueError(text)


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in _COMMA.split(text) if part.strip())


def read_dotenv(path: Path, complaints: list[Complaint]) -> dict[str, str]:
    """NAME=value lines; none if there is no such file, or if it cannot be read."""
    return dict(dotenv_lines(path, complaints))


def dotenv_lines(path: Path, complaints: list[Complaint]) -> Iterator[tuple[str, str]]:
    """As they stand there: of a name that is given twice the last one counts."""
    try:
        text = read_text(path, ".env", complaints) or ""
    except FileNotFoundError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        if equals:
            yield name.strip(), value.strip().strip("\"'")
        else:  # not repeated here: it may well be half a secret
            complaints.append(Complaint(".env", f"line {number}", "is no NAME=value", "Mend it"))
