"""The audit log says in words what people did, not with the code's names."""

import re
from pathlib import Path

import bot
from bot.web.console.audit_words import ACTS, VERBS, WORDS

DEEDS = re.compile(r'(?:note\(\s*f?|_in\(visit, \w+, )"([a-z.]+)(?=["{])')


def test_each_deed_has_words() -> None:
    code = "".join(
        path.read_text("utf-8") for path in (Path(bot.__file__).parent / "web").rglob("*.py")
    )
    deeds = set(DEEDS.findall(code))
    assert {"own.save", "moment.write", "staff.put", "plan.", "login.once"} <= deeds
    for deed in deeds - WORDS.keys():
        thing, *rest = deed.split(".")
        assert thing in ACTS, deed
        assert rest == [""] or VERBS.keys() & rest, deed
