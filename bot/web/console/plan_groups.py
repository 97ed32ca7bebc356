"""The customer groups (客户群) of a plan: which can be chosen, and what they are called."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.store.desk.audit_names import names
from bot.store.groups.views import Group, GroupFilter, GroupViews
from bot.web.visit import Visit

LISTED = 500  # more are found by their names, or on the page of groups


class Choice(NamedTuple):
    """Hostile: the name."""

    id: str
    name: str
    group: Group | None  # None: chosen before, and not in the list


class Choices(NamedTuple):
    items: tuple[Choice, ...]
    more: bool  # groups that are not listed


async def choices(visit: Visit, chosen: Iterable[str]) -> Choices:
    """Those that `visit.me` may see, by name; first those that are chosen and not among them."""
    views = GroupViews(visit.office.database)
    which = GroupFilter(owners=visit.me.sight)
    page = await views.page(visit.office.clock.now(), which, limit=LISTED)
    listed = {one.chat_id: one for one in page.items}
    others = [one for one in chosen if one not in listed]
    names_of = await called(visit, others)
    items = [
        *(Choice(one, names_of.get(one, one), None) for one in others),
        *(Choice(one.chat_id, one.name or one.chat_id, one) for one in page.items),
    ]
    return Choices(items=tuple(items), more=bool(page.after))


async def called(visit: Visit, groups: Iterable[str]) -> Mapping[str, str]:
    """What these are called; those without a name of their own alone are left out."""
    found = await names(visit.office.database, groups)
    often = Counter(found.values())
    return {group: name for group, name in found.items() if often[name] == 1}
