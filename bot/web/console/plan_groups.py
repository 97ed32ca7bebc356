"""The customer groups (客户群) of a plan: which one can choose, and their names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.store.desk.audit_names import names
from bot.store.groups.views import Group, GroupFilter, GroupViews
from bot.web.visit import Visit

LISTED = 500  # one finds more by name, or on the page of groups


class Choice(NamedTuple):
    """A group to choose; its name may be hostile."""

    id: str
    name: str
    group: Group | None  # None: chosen before, but not in the list


class Choices(NamedTuple):
    items: tuple[Choice, ...]
    more: bool  # there are groups that are not listed


async def choices(visit: Visit, chosen: Iterable[str]) -> Choices:
    """The groups that `visit.me` may see, by name, after chosen ones that are not among them."""
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
    """The names of these groups, except names that several of them share."""
    found = await names(visit.office.database, groups)
    often = Counter(found.values())
    return {group: name for group, name in found.items() if often[name] == 1}
