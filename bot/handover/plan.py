"""Who gets whom. Pure."""

from collections.abc import Mapping, Sequence

from bot.store.handover.candidates import Estate
from bot.store.handover.handovers import Given


def shared_out(estate: Estate, takers: Sequence[str], *, known_first: bool) -> list[Given]:
    """Each customer goes to a taker who has them already, else to the one with the fewest; so do
    groups.

    Args:
        takers: one at least.
        known_first: False: only the number counts.
    """
    loads = {one.member: one.load for one in estate.candidates}
    room = {taker: loads.get(taker, 0) for taker in takers}
    found = []
    for customer in estate.customers:
        knows = [one for one in estate.known.get(customer, ()) if one in room]
        taker = knows[0] if known_first and knows else _least(room)
        room[taker] += taker not in knows
        found.append(Given("customer", customer, taker))
    groups = dict.fromkeys(takers, 0)
    for chat in estate.groups:
        taker = _least(groups)
        groups[taker] += 1
        found.append(Given("group", chat, taker))
    return found


def _least(room: Mapping[str, int]) -> str:
    return min(room, key=lambda taker: room[taker])
