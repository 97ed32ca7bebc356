"""What reached each customer in each period, counted from the deliveries alone.

It knows nothing of quotas and shares no code with what enforces them: a test compares the two.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta, timezone
from typing import Any

from bot.mockwecom.mass_task import Fate, MassTask
from bot.mockwecom.record import Call, Delivery

BEIJING = timezone(timedelta(hours=8))
LIMITS = frozenset({41094, 45009, 45033, 95001, 95002})


def delivered(
    deliveries: Iterable[Delivery], to: str = ""
) -> dict[str, dict[str, dict[str, int]]]:
    """By receiver and way, how much in each day, ISO week and month in China.

    The way is the delivery's channel, "mass" for mass messages, and "all" for everything that a
    program sent; what a person wrote in the client counts as "staff" alone.
    """
    counts: dict[str, dict[str, Counter[str]]] = {}
    for delivery in deliveries:
        if to and delivery.to != to:
            continue
        there = delivery.at.astimezone(BEIJING)
        ways = ("staff",) if delivery.api == "servicer" else (_way(delivery), "all")
        for way in ways:
            counter = counts.setdefault(delivery.to, {}).setdefault(way, Counter())
            counter.update((f"{there:%Y-%m-%d}", f"{there:%G-W%V}", f"{there:%Y-%m}"))
    return {
        one: {way: dict(counter) for way, counter in ways.items()} for one, ways in counts.items()
    }


def limit_errors(calls: Iterable[Call], tasks: Iterable[MassTask]) -> dict[str, Any]:
    """Where a limit was hit: by API and errcode, and mass messages over the quota."""
    refused = Counter(f"{call.api} {call.errcode}" for call in calls if call.errcode in LIMITS)
    over = [
        {"msgid": task.msgid, "member": member, "to": receiver}
        for task in tasks
        for member, part in task.parts.items()
        for receiver, fate in part.fates.items()
        if fate is Fate.OVER_QUOTA
    ]
    return {"refused": dict(refused), "over_quota": over}


def _way(delivery: Delivery) -> str:
    return "mass" if delivery.api.endswith("add_msg_template") else delivery.channel
