"""Best hours are learned when there is enough to learn from, and from nothing else."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.touch.rhythm import best_hours

COUNTS = st.lists(st.integers(0, 60), min_size=48, max_size=48)


def counts(**by_hour: int) -> list[int]:
    """h20=9: nine messages on workdays from eight in the evening; o20 on other days."""
    found = [0] * 48
    for hour, number in by_hour.items():
        found[int(hour[1:]) + (24 if hour[0] == "o" else 0)] = number
    return found


def test_whoever_writes_in_the_evening_has_evening_hours() -> None:
    assert best_hours(counts(h19=1, h20=9, h21=8, h22=2, o20=5), 3, 12) == (20, 23)
    assert best_hours(counts(h22=9, h23=9, h0=9), 3, 12) == (22, 1)
    assert best_hours(counts(h21=9, h22=9, h23=9), 3, 12) == (21, 24)


def test_too_little_and_too_even_say_nothing() -> None:
    assert best_hours(counts(h20=11), 3, 12) is None
    assert best_hours([3] * 48, 3, 12) is None
    assert best_hours(counts(h20=99), 0, 12) is None


@given(counts=COUNTS, hours=st.integers(1, 12), least=st.integers(1, 40))
def test_what_is_learned_is_the_densest_window(counts: list[int], hours: int, least: int) -> None:
    found = best_hours(counts, hours, least)
    if found is None:
        return
    begin, end = found
    assert 0 <= begin < 24
    assert 1 <= end <= 24
    inside = [(begin + step) % 24 for step in range(hours)]
    assert (inside[-1] + 1) % 24 == end % 24

    def seen(window: list[int]) -> int:
        return sum(counts[hour] + counts[hour + 24] for hour in window)

    assert seen(inside) >= least
    others = [[(first + step) % 24 for step in range(hours)] for first in range(24)]
    assert seen(inside) == max(map(seen, others))


@given(counts=COUNTS, shift=st.integers(0, 23))
def test_a_day_that_begins_later_has_its_window_later(counts: list[int], shift: int) -> None:
    later = [counts[half + (hour - shift) % 24] for half in (0, 24) for hour in range(24)]
    found, moved = best_hours(counts, 3, 12), best_hours(later, 3, 12)
    assert (found is None) == (moved is None)


def test_chance_is_seldom_taken_for_a_rhythm() -> None:
    """Sixty messages at random in sixteen hours of the day, two hundred times."""
    dice = random.Random(7)
    learned = 0
    for _ in range(200):
        day = [0] * 48
        for _ in range(60):
            day[dice.randrange(7, 23)] += 1
        learned += best_hours(day, 3, 12) is not None
    assert learned <= 10
