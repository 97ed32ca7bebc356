"""Examples leave out what is private to a customer, and keep what they ask about."""

import pytest

from bot.scripts.example import impersonal, numberless


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("单号SF1234567890到哪了", "单号SF 到哪了"),
        ("打我138-0013 8000吧", "打我 吧"),
        ("我是＋86 13800138000", "我是＋"),
        ("座机 0571-88888888\n没人接", "座机 没人接"),
        ("身份证11010119900307123X要不要", "身份证 要不要"),
        ("发到a.b@qq.com，还有https://x.cn/?a=1吗", "发到 ，还有 吗"),
        ("a@b.cn_c@d.cn收不到", "收不到"),
        ("小满妈妈问2026年12315尾号1234行不", "问2026年12315尾号1234行不"),
        ("好不好用", "好不好用"),  # 好 is a name, too
    ],
)
def test_names_and_numbers_are_left_out(text: str, left: str) -> None:
    assert impersonal(text, ("小满妈妈", "好")) == left


def test_a_question_without_a_blank_held_the_bot_up_for_minutes() -> None:
    """Each of its letters might have begun a mail address."""
    text = "a" * 400_000
    assert numberless(text) == text
