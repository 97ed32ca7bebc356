"""The stores (门店) of a plan: which one can choose, and what they are called."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from bot.store.stores.stores import StoreTable
from bot.web.visit import Visit

LISTED = 500  # one chooses more by a tag
ALL, TAG = "all", "tag:"


class Choice(NamedTuple):
    value: str  # as in a plan's `stores`
    title: str
    more: str  # what one may find it by


class Choices(NamedTuple):
    items: tuple[Choice, ...]
    more: bool  # there are stores that are not listed


async def stores_to_choose(visit: Visit, chosen: Iterable[str]) -> Choices:
    """All together, by their tags, and one by one; chosen ones that are no more come first."""
    found, title = await StoreTable(visit.office.database).all(), titled(visit)
    tags = sorted({tag for one in found for tag in one.tags})
    values = [ALL, *(f"{TAG}{tag}" for tag in tags)] if found else []
    items = {one: Choice(one, title(one), "") for one in values}
    wanted, there = {*chosen}, {one.id for one in found}
    gone = [one for one in chosen if one not in items and one not in there]
    few = [one for number, one in enumerate(found) if number < LISTED or one.id in wanted]
    return Choices(
        items=(
            *(Choice(one, title(one), visit.t("没有这家店了", "there is none")) for one in gone),
            *items.values(),
            *(Choice(one.id, one.name, " · ".join((one.id, *one.tags))) for one in few),
        ),
        more=len(few) < len(found),
    )


def titled(visit: Visit) -> Callable[[str], str]:
    """A function that says in words what an entry of `stores` means."""
    voices = visit.office.desk.voices

    def told(entry: str) -> str:
        if entry == ALL:
            return visit.t("全部门店", "all stores")
        if entry.startswith(TAG):
            tag = entry.removeprefix(TAG)
            return visit.t(f"标签“{tag}”的门店", f"stores tagged {tag}")
        return voices.of("", store=entry).values["name"] or entry

    return told
