"""Pinyin that was typed instead of characters, and abbreviations of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.matching.hanzi import hanzi
from bot.scripts.matching.pinyin import Reader, initials, looks_abbreviated, split

READER = Reader(
    ["怎么退货", "快递到哪了", "退款多久到账", "size怎么选", "满9元包邮", "vip有什么好处"],
    ["退货", "快递", "运费", "颜色"],
)
# all but the sounds that are words to nobody who types
SYLLABLES = sorted(one for one in hanzi().signs if len(one) > 1 and one not in ("ng", "hm", "hng"))


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("kuaidi", ("kuai", "di")),
        ("zenmetuihuo", ("zen", "me", "tui", "huo")),
        ("xian", ("xian",)),  # the fewest there are
        ("xi'an", ("xi", "an")),
        ("fangan", ("fan", "gan")),
        ("fang'an", ("fang", "an")),
        ("nver", ("nv", "er")),
        ("hello", ()),
        ("ztth", ()),
        ("ng", ()),
        ("'", ()),
        ("", ()),
        ("ma" * 41, ()),  # nobody types so long a word
    ],
)
def test_splitting(word: str, syllables: tuple[str, ...]) -> None:
    assert split(word) == syllables


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=12))
def test_any_syllables_can_be_split_and_make_up_the_word(syllables: list[str]) -> None:
    word = "".join(syllables)
    found = split(word)
    assert "".join(found) == word
    assert len(found) <= len(syllables)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("zenme tuihuo", "怎么退货"),
        ("zen me tui huo", "怎么退货"),
        ("zenmetuihuo?", "怎么退货?"),
        ("zen3me tui4huo4", "怎么退货"),
        ("man 20 yuan bao you?", "满20元包邮?"),  # figures stay
        ("kuaidi, daonale", "快递,到哪了"),
        ("zenme tuihuo vip", "怎么退货vip"),
        ("xl zenme tuihuo", "xl怎么退货"),  # a word that is no pinyin
        ("kuaidi dao na le", "快递到哪了"),
        ("tuikuan duojiu daozhang", "退款多久到账"),
        ("kuaidi qian", "快递钱"),  # not 会, which is read kuai in 会计
        ("zenme tuihuo😭", "怎么退货😭"),
        ("wode coupon zenme yong buliao le", "我的优惠券怎么用不了了"),
    ],
)
def test_pinyin_is_read_back_by_the_words_of_the_library(typed: str, read: str) -> None:
    assert READER.read(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("huazhuangpin guoqi le", "化妆品过期了"),
        ("☺ mianmo zenme yong", "☺面膜怎么用"),
        ("yunfei xian zenme yong", "运费险怎么用"),
    ],
)
def test_pinyin_is_read_by_the_words_of_shops_too(typed: str, read: str) -> None:
    assert READER.read(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("kuaidi到哪了", "快递到哪了"),
        ("怎么tuikuan", "怎么退款"),
        ("tuihuo怎么弄", "退货怎么弄"),
        ("size怎么选", "size怎么选"),  # the library writes it so
        ("xuexi怎么报名", "xuexi怎么报名"),  # nobody here says 学习
        ("iphone怎么退货", "iphone怎么退货"),
        ("da点的", "da点的"),
    ],
)
def test_pinyin_beside_characters(typed: str, read: str) -> None:
    assert READER.read(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("运飞多少", "运费多少"),
        ("推荐一个", "推荐一个"),  # goes with its neighbour
        ("推", "推"),
    ],
)
def test_slips_of_the_hand_are_mended(typed: str, read: str) -> None:
    assert READER.read(typed) == read


def test_a_particle_behind_a_slip_kept_it() -> None:
    """拼吗 stands in 能拼吗, and tells nothing of 正拼."""
    assert Reader(["保证正品吗"], ["正品"]).read("是正拼吗") == "是正品吗"


@pytest.mark.parametrize(("text", "words"), [("衬衫掉色", ["删掉"]), ("玩意儿咋退", ["儿砸"])])
def test_a_word_that_shops_or_everybody_uses_was_taken_for_a_slip(
    text: str, words: list[str]
) -> None:
    assert Reader(["怎么退货", *words], words).read(text) == text


@pytest.mark.parametrize("text", ["hello world", "tui", "", "2 3", "how are you", "怎么退货"])
def test_what_is_no_pinyin_stays(text: str) -> None:
    assert READER.read(text) == text


@pytest.mark.parametrize("text", ["size", "vip", "size vip?"])
def test_latin_words_of_the_library_are_no_pinyin(text: str) -> None:
    """size is not 四则."""
    assert READER.read(text) == text


@pytest.mark.parametrize(
    ("text", "letters"),
    [("怎么退货", "zmth"), ("退 货?", "th"), ("退货2次", "th2c"), ("ABC怎么", "ABCzm"), ("", "")],
)
def test_initials(text: str, letters: str) -> None:
    assert initials(text) == letters


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("ztth", True),
        ("zmth", True),
        ("zenme", False),
        ("zm", False),
        ("zmthzmthzmthz", False),
        ("zm th", False),
        ("怎么", False),
    ],
)
def test_what_looks_abbreviated(text: str, is_one: bool) -> None:
    assert looks_abbreviated(text) is is_one


@given(st.text(alphabet="abcdefghinoqruvxz' 怎么退货3", max_size=80))
def test_reading_is_stable_and_never_fails(text: str) -> None:
    read = READER.read(text)
    assert read == READER.read(text)
    assert bool(read) == bool(text)
