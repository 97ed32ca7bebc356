"""What scripts may print of what is known of a customer: {{ customer.fields.size }}."""

from collections.abc import Mapping
from contextlib import suppress

from bot.profile.fields import printed
from bot.profile.rules import CustomerBook
from bot.scripts.templates import FIELDS
from bot.store.customers.fields import Fields
from bot.touch.touch import Scenario


class Printing:
    """Reads a customer's fields each time: a consent withdrawn a second ago counts."""

    def __init__(self, fields: Fields, book: CustomerBook) -> None:
        self._fields, self._book = fields, book

    async def of(self, customer: str, scenario: str = Scenario.REPLY) -> Mapping[str, str]:
        """Attributes of the variable `customer`; what may not be printed is left out."""
        rules, found = self._book.rules.fields, dict[str, str]()
        for name, known in (await self._fields.of(customer)).items() if customer else ():
            if name in rules:
                with suppress(ValueError):  # what was told is no birthday
                    found[f"{FIELDS}{name}"] = printed(
                        rules[name], known.value, known.consent, scenario
                    )
        return found

    def sample(self) -> Mapping[str, str]:
        """A placeholder for each field, where words are tried out."""
        rules = self._book.rules.fields.values()
        return {f"{FIELDS}{one.id}": f"（{one.title}）" for one in rules if one.scenarios != ()}
