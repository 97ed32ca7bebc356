"""Finds the customers that a file names, and what is known of them before it is imported."""

from collections.abc import Iterable, Mapping, Sequence

from bot.profile.fields import BIRTHDAY, Consent
from bot.profile.importing import Person
from bot.store.customers.field_dates import FieldDates
from bot.store.sql import Database, given

_TEXTS = "(SELECT value FROM texts($1))"
FIND = {
    key: f"SELECT id, {key} AS text, name, birthday FROM customer WHERE {column} IN {_TEXTS}"
    for key, column in (("id", "id"), ("phone", "phone <> '' AND phone"),
                        ("unionid", "unionid <> '' AND unionid"))
}  # fmt: skip
KNOWN = f"""
    SELECT customer, name, value, consent FROM customer_field WHERE customer IN {_TEXTS}"""

Found = Mapping[tuple[str, str], Sequence[str]]


async def find(
    database: Database, wanted: Iterable[tuple[str, str]], dates: FieldDates
) -> tuple[Found, Mapping[str, Person]]:
    """Find customers by what a file names them with.

    Args:
        wanted: (key, text): one of bot.profile.importing.KEYS, and the id, phone or unionid.

    Returns:
        The ids that each (key, text) names; and what is known of all of them, by id.
    """
    texts: dict[str, dict[str, None]] = {}
    for key, text in wanted:
        texts.setdefault(key, {})[text] = None
    found: dict[tuple[str, str], list[str]] = {}
    rows = {}
    for key, some in texts.items():
        for row in await database.rows(FIND[key], given(some)):
            found.setdefault((key, row["text"]), []).append(row["id"])
            rows[row["id"]] = row
    values: dict[str, dict[str, str]] = {
        one: {BIRTHDAY: row["birthday"]} if row["birthday"] else {} for one, row in rows.items()
    }
    consents: dict[str, dict[str, Consent]] = {one: {} for one in rows}
    for row in await database.rows(KNOWN, given(rows)):
        values[row["customer"]][row["name"]] = row["value"]
        consents[row["customer"]][row["name"]] = Consent(row["consent"])
    names = dates.names
    for known in values.values():
        for name in names:
            known.pop(name, None)
    for (one, name), at in (await dates.of(rows)).items():
        values[one][name] = dates.day(at)
    people = {
        one: Person(id=one, name=row["name"], values=values[one], consents=consents[one])
        for one, row in rows.items()
    }
    return found, people
