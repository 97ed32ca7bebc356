"""Fields of customers: their values, who told them, and what customers agreed to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.profile.fields import BIRTHDAY, Consent, Source
from bot.profile.zones import ZONE
from bot.store.customers.field_dates import FieldDates, Moments
from bot.store.sql import Database, given

# $1 customer, $2 name, $3 value, $4 source, $5 who, $6 at, $7 origin
_NEW = """
    INSERT INTO customer_field (customer, name, value, source, who, at, origin)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (customer, name) DO """
PUT = f"""{_NEW}UPDATE SET value = excluded.value, source = excluded.source, who = excluded.who,
        at = excluded.at, origin = excluded.origin"""
ADD = f"""{PUT}
    WHERE customer_field.value = ''"""
AGREE = """
    UPDATE customer_field SET consent = $3, purpose = $4, consent_who = $5, consent_at = $6
    WHERE customer = $1 AND name = $2"""
# Of the value that was seen ($7). What they took back meanwhile no file gives again.
AGREE_AS_SEEN = f"{AGREE} AND value = $7 AND (consent <> 2 OR CAST($3 AS SMALLINT) = 2)"
# Without its value it is still known that they took their consent back: for the next value, too.
EMPTY = """
    UPDATE customer_field SET value = '', source = $3, who = $4, at = $5, origin = ''
    WHERE customer = $1 AND name = $2 AND consent = 2"""
DROP = "DELETE FROM customer_field WHERE customer = $1 AND name = $2 AND consent <> 2"
# $1 customer, $2 name, $3 value, $4 who noted it, $5 at. What others told goes before it, and of
# several members who note something the first.
NOTED = """
    INSERT INTO customer_field (customer, name, value, source, who, at)
    VALUES ($1, $2, $3, 'wecom', $4, $5)
    ON CONFLICT (customer, name) DO UPDATE SET value = excluded.value, who = excluded.who,
        at = excluded.at
    WHERE customer_field.source = 'wecom' AND customer_field.value <> excluded.value
        AND (customer_field.who = excluded.who OR customer_field.value = '')"""
_OF_NOTER = "WHERE customer = $1 AND name = $2 AND source = 'wecom' AND who = $3"
UNNOTED = f"DELETE FROM customer_field {_OF_NOTER} AND consent <> 2"
EMPTY_NOTED = f"UPDATE customer_field SET value = '' {_OF_NOTER} AND consent = 2"
# A birthday that was known before there were fields becomes one.
OWN_BORN = f"""
    INSERT INTO customer_field (customer, name, value, source, who, at, origin)
    SELECT id, '{BIRTHDAY}', birthday, '{Source.IMPORT}', $2, $3, $4 FROM customer
    WHERE id = $1 AND birthday <> ''
    ON CONFLICT (customer, name) DO NOTHING"""
BORN = "UPDATE customer SET birthday = $2 WHERE id = $1"
BORN_SO_FAR = f"{BORN} AND birthday = ''"
LIVES = "UPDATE customer SET zone = $2 WHERE id = $1"
LIVES_SO_FAR = f"{LIVES} AND zone = ''"
# What stood there before an import at $3, if nobody has touched it since.
_LAST = """
    WHERE customer = $1 AND name = $2 AND (at = $3 OR consent_at = $3)
        AND at <= $3 AND coalesce(consent_at, 0) <= $3"""
GIVE_BACK = f"""
    UPDATE customer_field SET value = $4, source = $5, who = $6, at = $7, origin = $8,
        consent = $9, purpose = $10, consent_who = $11, consent_at = $12 {_LAST}"""
TAKE_OUT = f"DELETE FROM customer_field {_LAST}"
OWN = (BIRTHDAY, ZONE)  # columns of the customer, too
OWN_BACK = """
    UPDATE customer SET {0} = $2 WHERE id = $1 AND {0} <> $2 AND NOT EXISTS (
        SELECT 1 FROM customer_field AS f WHERE f.customer = $1 AND f.name = '{0}'
        AND f.value = customer.{0})"""
_BEFORE = """
    WHERE {} IN (SELECT value FROM texts($1))"""
ROWS = f"""
    SELECT customer, name, value, source, who, at, origin, consent, purpose, consent_who,
           consent_at FROM customer_field {_BEFORE.format("customer")}"""
OWN_OF = f"SELECT id, {', '.join(OWN)} FROM customer {_BEFORE.format('id')}"
OF = """
    SELECT name, value, source, who, at, origin, consent, purpose, consent_who, consent_at
    FROM customer_field WHERE customer = $1 ORDER BY name"""
CONSENTS = """
    SELECT customer, name, consent FROM customer_field
    WHERE customer IN (SELECT value FROM texts($1)) AND consent <> 0"""
EVERY = "SELECT id, birthday FROM customer WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one field. Moments are Unix seconds."""

    name: str
    value: str
    source: str  # bot.profile.fields.Source
    who: str  # userid; "" = nobody of us
    at: float | None
    origin: str = ""  # the file that told it
    consent: Consent = Consent.NOT_ASKED
    purpose: str = ""  # what they agreed to
    consent_who: str = ""  # who asked them
    consent_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was known of some customers before an import."""

    # By customer and field, the columns of customer_field from `value` on.
    rows: Mapping[tuple[str, str], tuple[Any, ...]]
    own: Mapping[tuple[str, str], str]  # by customer and column of table customer (OWN)
    dates: Moments


class Fields:
    """Reads and writes the fields of customers.

    Args:
        dates: knows which fields are dates; None: none is.
    """

    def __init__(self, database: Database, dates: FieldDates | None = None) -> None:
        self._database, self.dates = database, dates or FieldDates(database)

    async def of(self, customer: str) -> dict[str, Known]:
        """What is known of a customer, by field. A birthday from before there were fields is
        among them; of a date, what the shop told since counts more than the field."""
        found = {
            row["name"]: Known(**row | {"consent": Consent(row["consent"])})
            for row in await self._database.rows(OF, customer)
        }
        if BIRTHDAY not in found:
            rows = await self._database.rows(EVERY, customer)
            if rows and rows[0]["birthday"]:
                found[BIRTHDAY] = Known(
                    name=BIRTHDAY, value=rows[0]["birthday"], source="", who="", at=None
                )
        dates = await self.dates.of([customer])
        for name in self.dates.names:
            if (at := dates.get((customer, name))) is None:
                found.pop(name, None)
            elif name not in found or found[name].value != self.dates.day(at):
                found[name] = Known(
                    name=name, value=self.dates.day(at), source=Source.SIGNAL, who="", at=None
                )
        return found

    async def put(
        self, customer: str, name: str, value: str, source: Source, who: str, at: float
    ) -> None:
        """Write a value; "" takes it out, and with it the customer's consent. That they withdrew
        their consent stays known."""
        async with self._database.transaction() as transaction:
            if value:
                row = (customer, name, value, source.value, who, at, "")
                await transaction.each(PUT, [row])
            else:
                await transaction.each(DROP, [(customer, name)])
                await transaction.each(EMPTY, [(customer, name, source.value, who, at)])
            if own := {BIRTHDAY: BORN, ZONE: LIVES}.get(name):
                await transaction.each(own, [(customer, value)])
            await self.dates.put(transaction, [(customer, name, value)], over=True)

    async def take_in(
        self, puts: Iterable[tuple[str, str, str]],
        agreed: Iterable[tuple[str, str, Consent, str, str]], who: str, at: float, *, file: str,
        over: bool,
    ) -> None:  # fmt: skip
        """Import values and consents from a file.

        Args:
            puts: customer, field, value.
            agreed: customer, field, whether they agree that it is used, what for, and the value
                that they mean: if the field has another one, the consent is left out.
            who: imports it.
            at: Unix seconds; `undo` knows the import by it.
            over: whether known values are replaced; else they stay.
        """
        rows = [(*put, Source.IMPORT.value, who, at, file) for put in puts]
        born, lives = (
            [(customer, value) for customer, name, value, *_ in rows if name == own]
            for own in (BIRTHDAY, ZONE)
        )
        async with self._database.transaction() as transaction:
            await transaction.each(PUT if over else ADD, rows)
            said = [
                (customer, name, int(consent), purpose, who, at, value)
                for customer, name, consent, purpose, value in agreed
            ]
            own = [(customer, who, at, file) for customer, name, *_ in said if name == BIRTHDAY]
            await transaction.each(OWN_BORN, own)
            await transaction.each(AGREE_AS_SEEN, said)
            if born:
                await transaction.each(BORN if over else BORN_SO_FAR, born)
            if lives:
                await transaction.each(LIVES if over else LIVES_SO_FAR, lives)
            await self.dates.put(transaction, (row[:3] for row in rows), over=over)

    async def before(self, customers: Collection[str]) -> Before:
        """What is known of these customers now, for `undo`."""
        whom = given({*customers})
        rows = await self._database.rows(ROWS, whom)
        own = await self._database.rows(OWN_OF, whom)
        return Before(
            rows={(row["customer"], row["name"]): tuple(row.values())[2:] for row in rows},
            own={(row["id"], name): row[name] for row in own for name in OWN},
            dates=await self.dates.of(customers),
        )

    async def undo(self, before: Before, keys: Collection[tuple[str, str]], at: float) -> None:
        """Take back what was imported at `at` into `keys` (customer, field), except what somebody
        has changed since."""
        rows = before.rows
        back = [(*key, at, *rows[key]) for key in keys if key in rows]
        out = [(*key, at) for key in keys if key not in rows]
        told = await self.dates.told(keys, at)
        async with self._database.transaction() as transaction:
            await self.dates.undo(transaction, told, before.dates)
            await transaction.each(GIVE_BACK, back)
            await transaction.each(TAKE_OUT, out)
            for name in OWN:
                own = [(key[0], before.own[key]) for key in keys if key[1] == name]
                await transaction.each(OWN_BACK.format(name), own)

    async def agree(
        self, customer: str, name: str, consent: Consent, purpose: str, who: str, at: float
    ) -> None:
        """Note whether a customer agrees that a field is used.

        Args:
            purpose: what it is used for.
            who: asked them.
        """
        row = (customer, name, int(consent), purpose, who, at)
        async with self._database.transaction() as transaction:
            await transaction.each(AGREE, [row])


async def consents_of(
    database: Database, customers: Iterable[str]
) -> Mapping[tuple[str, str], Consent]:
    """What these customers answered when asked for consent, by customer and field."""
    whom = given({*customers})
    return {
        (row["customer"], row["name"]): Consent(row["consent"])
        for row in await database.rows(CONSENTS, whom)
    }
