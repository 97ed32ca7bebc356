"""What sounds like an opt-out or a complaint, on messages that nothing was fitted to."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.recognise.sounds import KINDS, sound_of

DATA = Path(__file__).parents[1] / "data"
ROWS = [
    one.partition(" ")[::2] for one in (DATA / "sounds_held.txt").read_text("utf-8").split("\n")
]


def test_most_are_heard_and_hardly_anything_else() -> None:
    """Each of the others is hard or ordinary by halves."""
    heard: dict[str, list[str]] = defaultdict(list)
    for kind, text in ROWS[:-1]:
        sound = sound_of(text)
        heard[kind].append(sound.kind if sound else "")
    share = {
        (kind, one): heard[kind].count(one) / len(heard[kind]) for kind in heard for one in KINDS
    }
    assert share["unwanted", "unwanted"] >= 0.8
    assert share["complaint", "complaint"] >= 0.8
    assert share["other", "unwanted"] <= 0.006
    assert share["other", "complaint"] <= 0.018
    assert share["complaint", "unwanted"] <= 0.01


def test_nothing_that_was_fitted_to_is_among_them() -> None:
    fitted = {
        one.partition(" ")[2] for one in (DATA / "sounds.txt").read_text("utf-8").split("\n")
    }
    assert not fitted & {text for _, text in ROWS if text}


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
