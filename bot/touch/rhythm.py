"""When somebody usually writes: their best hours, from counts of their own messages. Pure."""

from collections.abc import Sequence
from math import sqrt

from bot.touch.hours import Best

HALF = 24  # counts of workdays come first, then those of all other days
AWAKE_H = 16  # among so many hours messages fall by chance
SURE = 3.0  # standard deviations above chance


def best_hours(counts: Sequence[int], hours: int, least: int) -> Best | None:
    """The window of the day in which somebody writes most; None while that is unknown.

    Args:
        counts: 48 numbers of messages: by hour on workdays, then by hour on other days.
        hours: how long the window is; 0 = none is learned.
        least: messages in the window, before it is believed.

    Returns:
        From and to (exclusive) in hours of their clock; from > to passes midnight. Only a window
        that holds clearly more than chance would.
    """
    if not 0 < hours < AWAKE_H:
        return None
    day = [counts[hour] + counts[hour + HALF] for hour in range(HALF)]
    windows = [sum(day[(begin + step) % HALF] for step in range(hours)) for begin in range(HALF)]
    seen, total = max(windows), sum(day)
    share = hours / AWAKE_H
    chance = total * share + SURE * sqrt(total * share * (1 - share))
    if seen < least or seen <= chance:
        return None
    begin = windows.index(seen)
    return begin, (begin + hours - 1) % HALF + 1
