"""What customers call themselves comes from WeCom as it is, with all that nobody sees."""

import pytest

from bot.wecom.answers import Profile
from bot.wecom.group_chats import Person


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("\u3000\u3000", ""),
        ("\u3164\u2800", ""),
        ("\u200b", ""),
        ("\u202e反着写", "反着写"),
        ("张\n三", "张 三"),
        (" . ", "."),
        ("👨‍👩‍👧 小满", "👨‍👩‍👧 小满"),
    ],
)
def test_a_name_that_shows_nothing_was_a_blank_link_and_another_turned_its_line_around(
    name: str, kept: str
) -> None:
    assert Profile.read({"external_userid": "wm1", "nickname": name}).name == kept
    person = Person.read({"userid": "wm1", "type": 2, "name": name, "group_nickname": name})
    assert (person.name, person.nickname) == (kept, kept)
