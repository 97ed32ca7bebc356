"""synonyms.toml and bars.toml: what is read, and what counts as a mistake."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Complaint
from bot.events import Channel
from bot.scripts.decision import Bars
from bot.scripts.tuning import BARS, SYNONYMS, bars_text, read_bars, read_synonyms

shares = st.floats(0, 1).map(lambda value: round(value, 3))


def synonyms(text: str) -> tuple[dict[str, str], list[Complaint]]:
    complaints: list[Complaint] = []
    return read_synonyms(SYNONYMS, tomllib.loads(text), complaints), complaints


def bars(text: str) -> tuple[dict[str, Bars], list[Complaint]]:
    complaints: list[Complaint] = []
    return read_bars(BARS, tomllib.loads(text), complaints), complaints


def test_each_wording_leads_to_the_usual_one() -> None:
    assert synonyms('"快递" = ["包裹", " 物流 "]\n"XL" = ["加大"]') == (
        {"包裹": "快递", "物流": "快递", "加大": "XL"},
        [],
    )


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('"快递" = "包裹"', "快递", "not a list of texts"),
        ('"快递" = [1, 2]', "快递", "not a list of texts"),
        ('["快递"]\na = 1', "快递", "not a list of texts"),
        ('"快递" = ["快递"]', "快递", "'快递' is no other wording"),
        ('"快递" = [" "]', "快递", "'' is no other wording"),
        ('"快递" = ["包裹", "包裹"]', "快递", "包裹 belongs to 快递 already"),
        ('"快递" = ["包裹"]\n"物流" = ["包裹"]', "物流", "包裹 belongs to 快递 already"),
        ('"快递" = ["物流"]\n"物流" = ["货运"]', "快递", "物流 belongs to 物流 already"),
    ],
)
def test_complaints_about_synonyms_name_file_key_and_cure(
    text: str, key: str, problem: str
) -> None:
    _, (complaint,) = synonyms(text)
    assert (complaint.file, complaint.key, complaint.problem) == ("synonyms.toml", key, problem)
    assert complaint.cure


def test_the_cure_is_itself_no_mistake() -> None:
    """TOML wants quotes around a Chinese key."""
    _, (complaint,) = synonyms('"快递" = 1')
    assert synonyms(complaint.cure.removeprefix("Write ")) == (
        {"包裹": "快递", "物流": "快递"},
        [],
    )


def test_what_is_right_beside_a_mistake_is_kept() -> None:
    found, complaints = synonyms('"快递" = ["包裹", "", "物流"]\n"退货" = 3')
    assert found == {"包裹": "快递", "物流": "快递"}
    assert len(complaints) == 2


def test_bars_by_channel() -> None:
    found, complaints = bars("[all]\nanswer = 0.9\n[bot]\nanswer = 1\nask = 0\nlead = 0.25")
    assert found == {"": Bars(answer=0.9), "bot": Bars(answer=1.0, ask=0.0, lead=0.25)}
    assert complaints == []


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("[nowhere]\nanswer = 0.5", "nowhere", "no channel"),
        ("all = 0.5", "all", "no channel"),
        ("[all]\nanswer = 1.01", "all.answer", "no probability"),
        ("[all]\nanswer = -0.1", "all.answer", "no probability"),
        ("[all]\nanswer = true", "all.answer", "no probability"),
        ('[all]\nanswer = "0.5"', "all.answer", "no probability"),
        ("[all]\nanswer = nan", "all.answer", "no probability"),
        ("[bot]\nanswers = 0.5", "bot.answers", "unknown"),
    ],
)
def test_complaints_about_bars_name_file_key_and_cure(text: str, key: str, problem: str) -> None:
    found, (complaint,) = bars(text)
    assert (complaint.file, complaint.key, complaint.problem) == ("bars.toml", key, problem)
    assert complaint.cure
    assert found == {}


@given(
    st.dictionaries(
        st.sampled_from(["", *map(str, Channel)]),
        st.builds(Bars, answer=shares, ask=shares, lead=shares),
    )
)
def test_what_is_written_is_read_again(some: dict[str, Bars]) -> None:
    text = bars_text(some, ["回答的把握", "how sure"])
    assert text.startswith("# 回答的把握\n# how sure\n")
    assert bars(text) == (some, [])
