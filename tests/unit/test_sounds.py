"""What sounds like an opt-out or a complaint, on messages that nothing was fitted to."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.recognise.sounds import KINDS, sound_of

DATA = Path(__file__).parents[1] / "data"


def rows(name: str) -> list[tuple[str, str]]:
    """Kinds and texts."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [(kind, text) for kind, _, text in (one.partition(" ") for one in lines)]


def shares(name: str) -> dict[tuple[str, str], float]:
    """How much of each kind is heard as each."""
    heard: dict[str, list[str]] = defaultdict(list)
    for kind, text in rows(name):
        sound = sound_of(text)
        heard[kind].append(sound.kind if sound else "")
    return {
        (kind, one): heard[kind].count(one) / len(heard[kind]) for kind in heard for one in KINDS
    }


def test_most_are_heard_and_hardly_anything_else() -> None:
    """Each of the others is hard or ordinary by halves."""
    share = shares("sounds_held.txt")
    assert share["unwanted", "unwanted"] >= 0.8
    assert share["complaint", "complaint"] >= 0.8
    assert share["other", "unwanted"] <= 0.006
    assert share["other", "complaint"] <= 0.018
    assert share["complaint", "unwanted"] <= 0.01


def test_of_another_hand_fewer_are_heard() -> None:
    """Whoever wrote these had seen none of the others. More than half of the opt-outs are about
    how often they come or where to switch them off; two in five of the others are hard."""
    share = shares("sounds_fresh.txt")
    assert share["unwanted", "unwanted"] >= 0.59
    assert share["complaint", "complaint"] >= 0.68
    assert share["other", "unwanted"] <= 0.015
    assert share["other", "complaint"] <= 0.015
    assert share["complaint", "unwanted"] <= 0.014


@pytest.mark.parametrize("name", ["sounds_held.txt", "sounds_fresh.txt"])
def test_nothing_that_was_fitted_to_is_among_them(name: str) -> None:
    assert not {text for _, text in rows("sounds.txt")} & {text for _, text in rows(name)}


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("以后有活动不用喊我啦", "听起来不想再收到消息：以后有活动不用喊我啦"),
        ("说好上午送，现在四点了还没影", "听起来不满意：现在四点了还没影"),
    ],
)
def test_it_names_the_clause_that_told_it(text: str, zh: str) -> None:
    sound = sound_of(text)
    assert sound is not None
    assert sound.zh == zh


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    sound = sound_of(text)
    assert sound is None or sound.kind in KINDS
