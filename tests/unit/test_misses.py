"""Unanswered questions become clusters, and each cluster a suggestion."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest

from bot.scripts.decision import Band, Decision, Match
from bot.scripts.grouping import group
from bot.scripts.misses import Cluster, Miss, cluster, is_missed, offered
from tests.misses import TOPICS, agreement, questions
from tests.starter import LIBRARY, matcher

ROOT = Path(__file__).parents[2]
EXAMPLES = [example for script in LIBRARY for example in script.examples]
START = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = "能带狗吗"
PARKING = ["停车收费吗", "你们那儿停车收费不", "停车场在哪里", "停车要钱吗", "附近有没有停车场"]
PETS = ["能带宠物进店吗", "宠物可以进来不", "宠物让进店吗", "带宠物逛街行吗"]


def missed(texts: Sequence[str], *, offered: str = "") -> list[Miss]:
    return [
        Miss(text=text, at=START + timedelta(hours=number), offered=offered)
        for number, text in enumerate(texts)
    ]


def found(texts: Sequence[str], words: str) -> Cluster:
    (one,) = [one for one in cluster(missed(texts)) if words in "".join(one.questions)]
    return one


@pytest.mark.parametrize("topics", TOPICS)
@pytest.mark.parametrize("typos", [0.15, 0.5])
def test_a_thousand_questions_fall_into_their_topics(topics: str, typos: float) -> None:
    agreed = []
    for seed in range(5):
        asked = questions(topics, seed, typos=typos)
        numbers = group([text for text, _ in asked], EXAMPLES)
        agreed.append(agreement([topic for _, topic in asked], numbers))
    assert len(TOPICS[topics]) == 20
    assert all(len(wordings) >= 12 for wordings in TOPICS[topics].values())
    assert mean(agreed) >= 0.6
    assert min(agreed) >= 0.55


def test_unequal_topics_are_found_too() -> None:
    chance = random.Random(1)
    asked = [
        (text, topic)
        for text, topic in questions("store", 1, 3000)
        if chance.random() < 1 / (1 + [*TOPICS["store"]].index(topic))
    ]
    numbers = group([text for text, _ in asked], EXAMPLES)
    assert agreement([topic for _, topic in asked], numbers) >= 0.5


def test_the_index_knows_agreement_from_chance() -> None:
    assert agreement([1, 1, 2, 2], ["a", "a", "b", "b"]) == 1
    assert agreement([1, 1, 2, 2, 3, 3], [1, 2, 3, 1, 2, 3]) < 0.1
    assert agreement([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(4 / 7)


def test_a_chain_of_likenesses_is_no_cluster() -> None:
    words = [f"{chr(0x4E00 + 40 * n)}{chr(0x4E10 + 40 * n)}" for n in range(60)]
    numbers = group([one + other for one, other in pairwise(words)])
    assert max(numbers.count(number) for number in numbers) <= 10


def test_what_nobody_else_asks_stays_alone() -> None:
    numbers = group([*PARKING, "火星上能种土豆吗"])
    assert numbers.count(numbers[-1]) == 1
    assert len(set(numbers[:-1])) == 1


def test_texts_without_any_content_harm_nothing() -> None:
    assert group([]) == []
    assert group(["", "怎么办", "？？", "[微笑]"]) == [0, 0, 0, 0]


def test_the_same_questions_give_the_same_clusters_in_every_process() -> None:
    program = (
        "from bot.scripts.misses import *; from datetime import *; from tests.misses import *;"
        "print(cluster([Miss(text=t, at=datetime(2026, 3, 1, tzinfo=UTC)) "
        "for t, _ in questions('home', 3, 300)]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_the_biggest_cluster_comes_first_with_its_age() -> None:
    first, second = cluster(missed([*PETS, *PARKING, PARKING[0]]))
    assert (first.size, second.size) == (6, 4)
    assert first.questions[0] == PARKING[0]  # asked twice
    assert set(first.questions) == set(PARKING)
    assert first.first_at == START + timedelta(hours=4)
    assert first.last_at == START + timedelta(hours=9)


def test_a_draft_has_title_questions_and_keywords() -> None:
    draft = found([*PETS, *PARKING], "宠物").draft
    assert draft is not None
    assert "宠物" in draft.title
    assert set(draft.ask) <= set(PETS)
    assert draft.keywords == ("宠物",)


def test_a_keyword_is_the_cluster_s_own() -> None:
    everywhere = [f"停车{word}" for word in ("时间", "尺寸", "材质", "快递", "颜色", "生日")]
    (one, *_) = cluster(missed(PARKING), known=everywhere)
    assert one.draft is not None
    assert "停车" not in one.draft.keywords


def test_a_draft_s_questions_differ_and_are_clean() -> None:
    texts = [f"{before}{text}" for text in PETS for before in ("", "你好，", "请问", "@小助手 ")]
    draft = found(texts, "宠物").draft
    assert draft is not None
    assert len(set(draft.ask)) == len(draft.ask) <= 4
    assert all("你好" not in text and "@" not in text for text in draft.ask)


def test_a_script_that_was_offered_for_many_is_the_nearest() -> None:
    plain = missed(PETS[:2])
    (one,) = cluster([*plain, *missed(PETS[2:], offered="faq/pets")])
    assert (one.nearest, one.draft) == ("faq/pets", None)
    (other,) = cluster([*missed(PETS[:3]), *missed(PETS[3:], offered="faq/pets")])
    assert other.nearest == ""
    assert other.draft is not None


def test_nothing_missed_nothing_told() -> None:
    assert cluster([]) == []


def test_what_is_handed_over_on_purpose_is_no_miss() -> None:
    ask = Match(script_id="faq/a", score=0.6, tier="similar", example="a")

    def decision(band: Band, rule: str = "", normalised: str = ASKED) -> Decision:
        return Decision(
            band=band,
            bar="rule" if rule else "ask",
            rule=rule,
            candidates=(ask,),
            normalised=normalised,
            reason_zh="没有合适的话术",
            reason_en="",
        )

    assert is_missed(decision("ask"))
    assert is_missed(decision("handover"))
    assert not is_missed(decision("handover", "complaint"))
    assert not is_missed(decision("handover", normalised=""))
    assert not is_missed(decision("answer"))
    assert not is_missed(decision("silent"))
    assert not is_missed(matcher().decide("你们这种黑店我要去投诉"))
    assert (offered(decision("ask")), offered(decision("handover"))) == ("faq/a", "")
