"""Customers and what is known about them → a worksheet to fill in and import again."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from bot.profile.fields import DATE, Consent, FieldRule, told
from bot.profile.importing import NO, YES, Person, titles_of
from bot.sheets.sheet import opened
from bot.store.customers.field_dates import FieldDates
from bot.store.customers.field_import import find
from bot.store.customers.views import CustomerViews, Place, Wanted
from bot.store.desk.staff import Sight
from bot.store.sql import Database

PAGE = 500
_SAYS = {Consent.GIVEN: YES, Consent.WITHDRAWN: NO}


async def write(
    database: Database, path: Path, rules: Mapping[str, FieldRule], dates: FieldDates, *,
    sight: Sight = None, wanted: Wanted | None = None,
) -> int:  # fmt: skip
    """
    Args:
        path: ends in .csv or .xlsx.
        sight: only customers of these members.
        wanted: only customers whom it finds.

    Returns:
        The number of customers.

    Raises:
        BotError: the name of the file has another ending.
        OSError: it cannot be written.
    """
    views, after, number = CustomerViews(database), Place(), 0
    with ExitStack() as stack:
        sheet = stack.enter_context(opened(path, "客户资料", freeze="D2", to_fill_in=True))
        sheet.add(titles_of(rules))
        while page := await views.page(sight, wanted or Wanted(), after=after, number=PAGE):
            _, people = await find(database, (("id", row["id"]) for row in page), dates)
            for row in page:
                known = people[row["id"]]
                sheet.add([row["id"], row["phone"], row["name"], *_cells(known, rules)])
            after = Place(page[-1]["place"], page[-1]["id"])
            number += len(page)
        await asyncio.to_thread(stack.close)  # an Excel file is packed now
    return number


def _cells(person: Person, rules: Mapping[str, FieldRule]) -> Iterator[str]:
    for name, rule in rules.items():
        yield _said(rule, person.values.get(name, ""))
        if rule.consent:
            yield _SAYS.get(person.consents.get(name, Consent.NOT_ASKED), "")


def _said(rule: FieldRule, value: str) -> str:
    """The value as people write it and an import reads it."""
    if value and rule.kind != DATE:
        with suppress(ValueError):
            return told(rule, value)[0]
    return value
