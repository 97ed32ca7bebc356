"""English words among Chinese ones are read as Chinese, unless the scripts themselves use them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.matching.english import in_chinese
from bot.scripts.matching.pinyin import Reader


def nobody(word: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("coupon用不了", "优惠券用不了"),
        ("要自己付shipping fee吗", "要自己付运费吗"),
        ("有没有user manual的pdf", "有没有说明书的pdf"),
        ("same day delivery有吗", "当天送有吗"),
        ("能ship到singapore吗", "能发货到singapore吗"),
        ("我的iphone和airpods", "我的iphone和airpods"),
        ("没有英文", "没有英文"),
    ],
)
def test_the_longest_phrase_is_read(typed: str, read: str) -> None:
    assert in_chinese(typed, nobody) == read


def test_what_the_library_writes_itself_stays() -> None:
    assert in_chinese("pay和refund", {"refund"}.__contains__) == "付款和refund"
    here, elsewhere = Reader(["怎么申请refund", "怎么付款"], []), Reader(["怎么退款"], [])
    assert here.read("我要refund") == "我要refund"
    assert elsewhere.read("我要refund") == "我要退款"


def test_pinyin_beside_characters_is_still_read() -> None:
    assert Reader(["快递到哪了"], ["快递"]).read("kuaidi到哪了") == "快递到哪了"


@given(st.text(alphabet="退款 ab'-refundpay", max_size=60))
def test_where_all_is_kept_nothing_changes(text: str) -> None:
    assert in_chinese(text, lambda word: True) == text
    assert bool(in_chinese(text, nobody)) == bool(text)
