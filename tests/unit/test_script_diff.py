"""A version's changes are shown by field, and within a line by letters."""

from bot.web.console.scripts.diff import Change, changes, fields_of

OLD = (
    '{"id":"a","title":"退货","category":"faq","examples":["怎么退","能退吗"],'
    '"reply":"七天内可退。"}'
)
NEW = (
    '{"id":"a","title":"退货","category":"faq","examples":["怎么退","能退吗","退货"],'
    '"reply":"十天内可退。","when":{"channel":["kf"]}}'
)


def test_what_changed_is_told_and_nothing_else() -> None:
    assert changes(fields_of(OLD), fields_of(OLD)) == []
    assert changes(fields_of(OLD), fields_of(NEW)) == [
        Change(field="ask", lines=((("ins", "退货"),),)),
        Change(
            field="say",
            lines=((("del", "七"), ("ins", "十"), ("same", "天内可退。")),),
        ),
        Change(field="when.channel", lines=((("ins", "kf"),),)),
    ]


def test_lines_with_little_in_common_are_two() -> None:
    [one] = changes({"say": ["好的"]}, {"say": ["没有货了"]})
    assert one.lines == ((("del", "好的"),), (("ins", "没有货了"),))
