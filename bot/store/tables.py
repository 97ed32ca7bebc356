"""All tables, as the models define them, and how their rows are exported and imported."""

import hashlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import chain

import orjson
from tortoise import fields
from tortoise.models import Model

from bot.store.sql import Rows, Source

MODELS = (  # all there are: to write a migration, Tortoise has to be given each of them
    "models", "touch.models", "groups.models", "customers.contact_models", "channels.models",
    "desk.web_models", "stores.models", "handover.models", "moments.models",
    "customers.profile_models", "referral.models",
)  # fmt: skip
PAGE = 1000  # rows in memory at a time
KINDS = {  # of a column, by what a field of its model is
    fields.BooleanField: bool,
    fields.IntField: int,
    fields.BigIntField: int,
    fields.SmallIntField: int,
    fields.FloatField: float,
    fields.CharField: str,
    fields.TextField: str,
}
MIGRATIONS = "SELECT name FROM tortoise_migrations WHERE app = 'huashu' ORDER BY name"
HIGHEST = {  # number that was given out so far, as of rows that are deleted again
    "sqlite": "SELECT seq AS n FROM sqlite_sequence WHERE name = '{table}'",
    "postgres": "SELECT last_value AS n FROM {table}_{key}_seq WHERE is_called",
}
GO_ON = {
    "sqlite": "UPDATE sqlite_sequence SET seq = $1 WHERE name = '{table}' RETURNING seq",
    "postgres": "SELECT setval('{table}_{key}_seq', $1)",
}
BEGIN = {
    "sqlite": "INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', $1)",
    "postgres": "SELECT setval('{table}_{key}_seq', $1)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    key: str  # the column of its primary key
    columns: Mapping[str, type]  # bool, int, float or str, in the order of the model

    @property
    def counts(self) -> bool:
        """Whether the database numbers the rows of this table."""
        return self.columns[self.key] is int


@cache
def tables() -> tuple[Table, ...]:
    """All tables, by name."""
    modules = (import_module(f"bot.store.{name}") for name in MODELS)
    models = chain.from_iterable(vars(module).values() for module in modules)
    found = {
        model._meta.db_table: _table(model)
        for model in models
        if isinstance(model, type) and issubclass(model, Model) and model is not Model
    }
    return tuple(found[name] for name in sorted(found))


def _table(model: type[Model]) -> Table:
    about = model._meta
    columns = {
        about.fields_db_projection[name]: KINDS[type(field)]
        for name, field in about.fields_map.items()
    }
    return Table(name=about.db_table, key=about.db_pk_column, columns=columns)


async def migrations(source: Source) -> list[str]:
    """The migrations that were applied: they tell which columns there are."""
    return [row["name"] for row in await source.rows(MIGRATIONS)]


async def lines(
    source: Source, table: Table, columns: Sequence[str] = ()
) -> AsyncIterator[list[bytes]]:
    """The rows of a table as lines of JSON, a page at a time, by key.

    Args:
        columns: only these, in this order; (): all.
    """
    kinds = {name: table.columns[name] for name in columns or table.columns}
    head = f"SELECT {', '.join(map(quoted, kinds))} FROM {quoted(table.name)}"
    tail = f"ORDER BY {quoted(table.key)} LIMIT {PAGE}"
    place = "CAST($1 AS BIGINT)" if table.counts else "CAST($1 AS TEXT)"
    page = await source.rows(f"{head} {tail}")
    while page:
        yield list(_lines(page, kinds))
        if len(page) < PAGE:
            return
        after = f"WHERE {quoted(table.key)} > {place}"
        page = await source.rows(f"{head} {after} {tail}", page[-1][table.key])


def _lines(page: Rows, kinds: Mapping[str, type]) -> Iterator[bytes]:
    for row in page:
        values = {
            name: None if row[name] is None else kind(row[name]) for name, kind in kinds.items()
        }
        yield orjson.dumps(values)


async def numbers(source: Source, without: Collection[str] = ()) -> dict[str, int]:
    """How many rows each table has."""
    each = (
        f"SELECT '{table.name}' AS name, count(*) AS n FROM {quoted(table.name)}"
        for table in tables()
        if table.name not in without
    )
    return {row["name"]: row["n"] for row in await source.rows(" UNION ALL ".join(each))}


def putting(table: Table, columns: Sequence[str]) -> str:
    """SQL that adds a row."""
    marks = ", ".join(f"${number + 1}" for number in range(len(columns)))
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({marks})"


async def is_empty(source: Source, table: Table) -> bool:
    return not await source.rows(f"SELECT 1 AS n FROM {quoted(table.name)} LIMIT 1")


async def highest(source: Source, table: Table, database: str) -> int:
    """The last number that the database gave to a row; 0: none yet.

    Args:
        database: sqlite or postgres.
    """
    if not table.counts:
        return 0
    rows = await source.rows(HIGHEST[database].format(table=table.name, key=table.key))
    return int(rows[0]["n"]) if rows else 0


async def go_on(source: Source, table: Table, number: int, database: str) -> None:
    """The next row that is added gets a number above `number`."""
    if table.counts and number:
        names = {"table": table.name, "key": table.key}
        if not await source.rows(GO_ON[database].format(**names), number):
            await source.rows(BEGIN[database].format(**names), number)


def quoted(name: str) -> str:
    return f'"{name}"'


class RowsHash:
    """A hash of the rows, independent of their order: databases sort texts differently."""

    def __init__(self) -> None:
        self._sum, self.rows = 0, 0

    def add(self, line: bytes) -> None:
        digest = hashlib.sha256(line).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % 2**256
        self.rows += 1

    def __str__(self) -> str:
        return f"{self._sum:064x}"
