"""From a message to the scripts that may answer it: sentences, keywords, abbreviations."""

import pytest

from bot.scripts.matching.finder import Finder, Finding
from bot.scripts.matching.index import Entry
from bot.scripts.matching.wordings import Wordings

Asked = dict[str, tuple[str, ...]]

ASKED: Asked = {
    "return": ("怎么退货", "不合适能退吗"),
    "exchange": ("怎么换货", "尺码不合适怎么换"),
    "track": ("快递到哪了", "我的包裹怎么还没到"),
    "invoice": ("发票怎么开", "能开增值税发票吗"),
    "hours": ("你们几点关门", "营业到几点"),
    "iphone": ("iphone怎么保修",),
    "card": (),
}
KEYWORDS = {"card": (("礼品卡",), ("名片", "印刷")), "invoice": (("专票",),)}
ENGLISH: Asked = {
    "cancel": ("how do i cancel my order",),
    "shipping": ("when will my shipping arrive",),
    "refund": ("can i get a refund",),
}
SENTENCES = 2  # at most, of a message of any length, beside the whole
ASIDE = "我上个星期在你们店里给我妈妈买了一件衣服"


def finder(asked: Asked) -> Finder:
    keywords = [KEYWORDS.get(one, ()) for one in asked]
    entries = [
        Entry(id=one, examples=texts, beside=[" ".join(group) for group in groups])
        for (one, texts), groups in zip(asked.items(), keywords, strict=True)
    ]
    return Finder(entries, keywords, Wordings({"大闸蟹": "iphone"}))


FINDER = finder(ASKED)
PRICES = finder({"price": ("今天什么价", "车厘子多少钱一箱", "一箱几斤"), "where": ("送到哪里",)})


def first(finding: Finding, asked: Asked = ASKED) -> str:
    return list(asked)[finding.found[0].number] if finding.found else ""


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("咋退货呀", "return"),
        ("不合适怎么换", "exchange"),
        ("物流到哪儿了", "track"),
        ("包裹還沒到", "track"),
        ("zenme tuihuo", "return"),
        ("kuaidi到哪了", "track"),
        ("发漂怎么开", "invoice"),
        ("大闸蟹怎么保修", "iphone"),
    ],
)
def test_the_likeliest_comes_first(text: str, script: str) -> None:
    found = FINDER.find(text).found
    assert first(FINDER.find(text)) == script
    assert [one.probability for one in found] == sorted(
        (one.probability for one in found), reverse=True
    )


def test_a_place_stands_for_others_only_where_a_script_has_several() -> None:
    """往吉林几天 called a person: the answer was for any place, and named five others."""
    one = finder({"shops": ("北京有店吗", "上海有店吗"), "hours": ("几点关门",)})
    assert one.find("广州有店吗").text == "北京有店吗"
    days = finder({"hours": ("周六开门吗", "周日上班吗")})
    assert days.find("礼拜三开门吗").text == "周六开门吗"
    for other in ("一周三次可以吗", "下周一出差要带走赶得及吗"):
        assert days.find(other).text == other
    each = finder({"beijing": ("北京店在哪",), "shanghai": ("上海店在哪",)})
    assert each.find("广州店在哪").text == "广州店在哪"


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("车厘子要五箱", False),  # was told the price, and nobody took the order
        ("今天少要点车厘子", False),
        ("车厘子五箱多少钱", True),
        ("今天车厘子什么价", True),
        ("车厘子一箱几斤", True),  # got nothing: 几斤 was taken for an amount
        ("车厘子一箱多重", True),
        ("车厘子两箱咋卖", True),
        ("车厘子要几斤", False),
    ],
)
def test_who_orders_does_not_ask_the_price(text: str, trusted: bool) -> None:
    found = PRICES.find(text)
    assert (found.found[0].trust == 1.0) is trusted


def test_chances_and_nothing_make_one() -> None:
    finding = FINDER.find("怎么退")
    assert sum(one.probability for one in finding.found) + finding.nothing == pytest.approx(1)


def test_nothing_at_all() -> None:
    for text in ("", "???", "囧", "@小助手 ", "👍"):
        assert FINDER.find(text) == Finding(text=FINDER.find(text).text, found=(), nothing=1.0)


def test_a_question_within_a_long_message_is_found() -> None:
    finding = FINDER.find(f"{ASIDE}。不过颜色她不太喜欢，发票怎么开？麻烦了啊我先去忙别的了")
    assert first(finding) == "invoice"
    assert finding.found[0].probability > 0.8
    assert finding.text.startswith("我上个星期")


def test_of_a_short_message_no_sentence_is_taken_out() -> None:
    assert {one.sentence for one in FINDER.find("你好,发票怎么开").found} == {""}


def test_a_sentence_by_itself_is_worth_less_than_the_whole_message() -> None:
    alone = FINDER.find("发票怎么开").found[0].probability
    within = FINDER.find(f"{ASIDE}。发票怎么开").found[0].probability
    assert within < alone


@pytest.mark.parametrize("sentences", [1, 5, 400])
def test_only_so_many_sentences_are_looked_at(sentences: int) -> None:
    text = "。".join(f"{ASIDE}{number}，发票怎么开" for number in range(sentences))
    assert len(list(FINDER.sentences(text))) <= SENTENCES


def test_a_question_at_either_end_of_a_flood_is_found() -> None:
    flood = "。".join(f"今天第{number}次出门去看了电影吃了饭" for number in range(40))
    for text in (f"发票怎么开？{flood}", f"{flood}。发票怎么开？"):
        assert first(FINDER.find(text)) == "invoice"


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("礼品卡", "礼品卡"),
        ("我的礼品卡在哪里用", "礼品卡"),
        ("名片還能印刷嗎", "名片 印刷"),
    ],
)
def test_keywords_fire(text: str, keyword: str) -> None:
    fired = {one.number: one.keyword for one in FINDER.find(text).found if one.keyword}
    assert fired == {list(ASKED).index("card"): keyword}


@pytest.mark.parametrize("text", ["名片夹在哪里", "名片", "不想用礼品卡", "礼品"])
def test_keywords_that_do_not_fire(text: str) -> None:
    assert all(not one.keyword for one in FINDER.find(text).found)


@pytest.mark.parametrize(
    ("text", "script"), [("zmth", "return"), ("kddnl", "track"), ("fpzmk", "invoice")]
)
def test_abbreviations_are_offered_and_never_sure(text: str, script: str) -> None:
    finding = FINDER.find(text)
    assert first(finding) == script
    assert finding.found[0].probability <= 0.5
    assert finding.abbreviated


def test_an_abbreviation_with_a_letter_wrong_is_less_likely() -> None:
    right, wrong = FINDER.find("kddnl"), FINDER.find("kdfnl")
    assert first(wrong) == "track"
    assert wrong.found[0].probability < right.found[0].probability


@pytest.mark.parametrize(
    ("text", "script"),
    [("cancel", "cancel"), ("shipping", "shipping"), ("refunds", "refund"), ("order", "cancel")],
)
def test_a_single_english_word_is_no_abbreviation(text: str, script: str) -> None:
    assert first(finder(ENGLISH).find(text), ENGLISH) == script


def test_a_latin_word_of_the_library_is_no_abbreviation() -> None:
    finding = FINDER.find("iphone")
    assert first(finding) == "iphone"
    assert not finding.abbreviated  # but compared like any other message


def test_the_language_is_that_of_most_texts() -> None:
    assert (FINDER.language, finder(ENGLISH).language) == ("zh", "en")
    assert finder({}).find("怎么退货").found == ()


def test_a_chinese_library_without_titles_and_replies_is_no_english_one() -> None:
    """Empty texts outvoted its questions: no pinyin was read, and the other model weighed."""
    entries = [Entry(id=one, examples=texts[:1], beside=[""]) for one, texts in ASKED.items()]
    bare = Finder(entries, [[] for _ in entries], Wordings())
    assert bare.language == "zh"
    assert entries[bare.find("kuaidi dao na le").found[0].number].id == "track"
    assert finder(ENGLISH).language == "en"
