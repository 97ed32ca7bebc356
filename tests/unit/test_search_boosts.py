"""What speaks for a script reorders those that match about as well, and nothing else."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.decision import Hit
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.script import Condition, Script, Variant
from bot.scripts.search import Search
from bot.scripts.searching.boosts import LEAST, MOST, Boosts


def script(
    script_id: str, title: str, *, category: str = "faq", tags: tuple[str, ...] = ()
) -> Script:
    return Script(
        id=script_id,
        title=title,
        category=category,
        say=(Variant(source="好的", fixed="好的"),),
        examples=(title,),
        when=Condition(tags=tags),
    )


LIBRARY = Library(
    [
        script("a", "退货地址"),
        script("b", "退货运费", category="news"),
        script("c", "退货时间", tags=("VIP",)),
        script("d", "怎么退货", category="chat"),
        script("e", "退出的货"),
        script("f", "积分怎么用", tags=("新客",)),
        script("g", "几点关门", category="greeting"),
    ]
)
SEARCH = Search(LIBRARY, {})
SEARCH.prepare()
IDS = [one.id for one in LIBRARY]
TYPED = st.sampled_from(["退货", "th", "tui", "退", "t", "退货地", "tuihuoyf", "积分", "zm", "g"])
BOOSTS = st.builds(
    Boosts,
    categories=st.lists(st.sampled_from(["faq", "news", "chat"]), max_size=2),
    tags=st.none() | st.frozensets(st.sampled_from(["VIP", "新客"])),
    favourites=st.frozensets(st.sampled_from(IDS)),
    uses=st.dictionaries(st.sampled_from(IDS), st.integers(-1, 10**6)),
    successes=st.dictionaries(st.sampled_from(IDS), st.floats(-1, 2, allow_nan=False)),
)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.script_id for hit in hits]


def place(script_id: str, typed: str, boosts: Boosts) -> int:
    found = ids(SEARCH.find(typed, boosts=boosts))
    return found.index(script_id) if script_id in found else len(found)


@given(TYPED, BOOSTS)
def test_nothing_is_found_or_lost_for_a_boost(typed: str, boosts: Boosts) -> None:
    assert set(ids(SEARCH.find(typed, boosts=boosts))) == set(ids(SEARCH.find(typed)))


@given(TYPED, BOOSTS)
def test_what_matches_far_better_stays_before(typed: str, boosts: Boosts) -> None:
    for before, after in pairwise(SEARCH.find(typed, boosts=boosts)):
        assert after.score <= before.score * MOST / LEAST + 1e-9


@given(BOOSTS, st.sampled_from(list(LIBRARY)))
def test_the_factor_is_bounded(boosts: Boosts, one: Script) -> None:
    assert LEAST <= boosts.factor(one) <= MOST


@given(TYPED, BOOSTS, st.sampled_from(IDS), st.integers(0, 10**7), st.floats(0, 1))
def test_more_for_a_script_never_lowers_it(
    typed: str, boosts: Boosts, one: str, uses: int, share: float
) -> None:
    before = boosts.successes.get(one, 0.5)  # nothing known is as good as half
    for more in (
        replace(boosts, favourites={*boosts.favourites, one}),
        replace(boosts, uses={**boosts.uses, one: boosts.uses.get(one, 0) + uses}),
        replace(boosts, successes={**boosts.successes, one: before + share}),
    ):
        assert place(one, typed, more) <= place(one, typed, boosts)


def test_of_those_that_match_alike_each_boost_brings_its_own_forward() -> None:
    assert ids(SEARCH.find("退货"))[:3] == ["a", "b", "c"]
    for boosts in (
        Boosts(favourites={"c"}),
        Boosts(uses={"c": 12, "b": 3}),
        Boosts(successes={"c": 0.9, "a": 0.4, "b": 0.2}),
        Boosts(tags=frozenset({"VIP"})),
    ):
        assert ids(SEARCH.find("退货", boosts=boosts))[0] == "c"
    assert ids(SEARCH.find("退货", boosts=Boosts(categories=["news"])))[0] == "b"


def test_what_is_for_other_customers_sinks() -> None:
    stranger = Boosts(tags=frozenset({"新客"}))
    assert ids(SEARCH.find("退货", boosts=stranger))[:4] == ["a", "b", "d", "c"]
    assert ids(SEARCH.find("", boosts=stranger))[-1] == "c"


def test_whatever_speaks_for_it_a_stranger_never_wins() -> None:
    everything = Boosts(
        categories=["greeting"], favourites={"g"}, uses={"g": 10**9}, successes={"g": 1.0}
    )
    assert "g" not in ids(SEARCH.find("退货", boosts=everything))
    assert Matcher(LIBRARY).rank("怎么退货", 9, boosts=everything)[0].script_id == "d"


def test_at_hand_are_favourites_the_most_used_and_then_categories() -> None:
    boosts = Boosts(favourites={"f"}, uses={"d": 3, "b": 7}, categories=["chat"])
    assert ids(SEARCH.find("", boosts=boosts)) == ["f", "b", "d", "g", "a", "c", "e"]
    assert ids(SEARCH.find("", 2, boosts=boosts)) == ["f", "b"]


def test_favourites_are_found_in_any_crowd() -> None:
    """A letter or two stand in more places than are looked at."""
    crowd = [script(f"s{number}", "退货退货退货退货") for number in range(1000)]
    search = Search([*crowd, script("mine", "退货地址")], {})
    assert "mine" not in ids(search.find("t", 2000))
    assert ids(search.find("t", 5, boosts=Boosts(favourites={"mine"})))[0] == "mine"


def test_the_ranking_is_boosted_too() -> None:
    matcher = Matcher(LIBRARY)
    assert [one.script_id for one in matcher.rank("th", 3)] == ["a", "b", "c"]
    boosts = Boosts(favourites={"b"})
    assert [one.script_id for one in matcher.rank("th", 3, boosts=boosts)] == ["b", "a", "c"]
