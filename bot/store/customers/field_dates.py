"""Fields of customers that are dates: plans count from them, whoever told them last."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from bot.profile.fields import DATE, FieldRule
from bot.signals.applying import moment_of
from bot.store.sql import Database, Transaction, given

_NEW = """
    INSERT INTO customer_date (customer, name, at) VALUES ($1, $2, $3)
    ON CONFLICT (customer, name) DO """
_PUT, _FIRST = f"{_NEW}UPDATE SET at = excluded.at", f"{_NEW}NOTHING"
_DROP = "DELETE FROM customer_date WHERE customer = $1 AND name = $2"
_OF = """
    SELECT customer, name, at FROM customer_date
    WHERE customer IN (SELECT value FROM texts($1))"""
# What a file told at $2, of those that it names.
_TOLD = """
    SELECT customer, name, value FROM customer_field
    WHERE customer IN (SELECT value FROM texts($1)) AND at = $2"""
_BACK = "UPDATE customer_date SET at = $4 WHERE customer = $1 AND name = $2 AND at = $3"
_OUT = "DELETE FROM customer_date WHERE customer = $1 AND name = $2 AND at = $3"

Moments = Mapping[tuple[str, str], float]  # by customer and field, Unix seconds


class FieldDates:
    """The dates of customers that belong to fields.

    Args:
        zone: the company's, in which days begin.
        rules: give the rules of the fields that are in force, by name.
    """

    def __init__(
        self, database: Database, zone: tzinfo = UTC,
        rules: Callable[[], Mapping[str, FieldRule]] = dict,
    ) -> None:  # fmt: skip
        self._database, self._zone, self._rules = database, zone, rules

    @property
    def names(self) -> Collection[str]:
        return {name for name, rule in self._rules().items() if rule.kind == DATE}

    def day(self, at: float) -> str:
        """The day of a moment (Unix seconds), as the value of a field is kept: "2026-03-10"."""
        return f"{datetime.fromtimestamp(at, self._zone).date()}"

    async def of(self, customers: Iterable[str]) -> Moments:
        if not (names := self.names):
            return {}
        rows = await self._database.rows(_OF, given({*customers}))
        return {(row["customer"], row["name"]): row["at"] for row in rows if row["name"] in names}

    async def put(
        self, transaction: Transaction, values: Iterable[tuple[str, str, str]], *, over: bool
    ) -> None:
        """Write the dates among `values`; other fields are passed over.

        Args:
            values: customer, field, value; "" takes the date out.
            over: whether a known date is replaced; else it stays.
        """
        names = self.names
        dates = [one for one in values if one[1] in names]
        rows = [
            (*key, at.timestamp())
            for *key, value in dates
            if (at := moment_of(value, self._zone)) is not None
        ]
        gone = [(customer, name) for customer, name, value in dates if not value]
        await transaction.each(_PUT if over else _FIRST, rows)
        await transaction.each(_DROP, gone)

    async def told(self, keys: Iterable[tuple[str, str]], at: float) -> Moments:
        """The dates among `keys` (customer, field) whose field still has what was imported at
        `at`."""
        names = self.names
        asked = {key for key in keys if key[1] in names}
        if not asked:
            return {}
        rows = await self._database.rows(_TOLD, given(one for one, _ in asked), at)
        return {
            key: found.timestamp()
            for row in rows
            if (key := (row["customer"], row["name"])) in asked
            and (found := moment_of(row["value"], self._zone)) is not None
        }

    async def undo(self, transaction: Transaction, told: Moments, before: Moments) -> None:
        """Bring the dates that an import `told` back to what they were `before`; dates that have
        changed since stay."""
        back = [(*key, at, before[key]) for key, at in told.items() if key in before]
        out = [(*key, at) for key, at in told.items() if key not in before]
        await transaction.each(_BACK, back)
        await transaction.each(_OUT, out)
