"""A library is read completely, or refused with a list of all that is wrong."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ScriptError
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.scripts.script import Condition, Facts

REFUND = """
[[script]]
id = "faq/refund"
title = "退款多久到账"
category = "faq"
ask = ["退款多久到账", "钱什么时候退给我"]
keywords = ["退款 到账", "退钱"]
say = ["{{ customer.name or '亲' }},{{ shared.refund_time }}到账。", "很快就到。"]
attachments = [{type = "link", title = "指南", url = "https://example.com/a", desc = "怎么退"}]
persona = "小话"
[script.when]
channel = ["kf"]
tags = ["VIP"]
hours = "09:00-21:00"
from = 2026-01-01
until = 2026-12-31
"""


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, "utf-8")
    return folder


def test_a_script_is_read_with_all_it_has(tmp_path: Path) -> None:
    (tmp_path / "_shared.jinja").write_text('{% set refund_time = "三天" %}', "utf-8")
    script = Library.load(write(tmp_path, faq=REFUND))["faq/refund"]

    assert script.title == "退款多久到账"
    assert script.examples == ("退款多久到账", "钱什么时候退给我")
    assert script.keywords == (("退款", "到账"), ("退钱",))
    assert script.attachments[0].url == "https://example.com/a"
    assert script.persona == "小话"
    assert script.file == "faq.toml"
    assert script.when == Condition(
        channels=("kf",),
        tags=("VIP",),
        hours=(time(9), time(21)),
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
    )
    words = Renderer().fill(script, script.say[0], {"customer": {"name": "小明"}})
    assert words == "小明,三天到账。"
    assert script.say[1].fixed == "很快就到。"


def test_files_in_folders_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "faq").mkdir()
    write(tmp_path / "faq", money=REFUND.replace("{{ shared.refund_time }}", ""))
    library = Library.load(tmp_path)
    assert [script.file for script in library] == ["faq/money.toml"]
    assert len(library) == 1
    assert "faq/refund" in library


def test_all_complaints_come_together(tmp_path: Path) -> None:
    write(tmp_path, a="[[script]\n", b='[[script]]\nid = "X"\n', c=REFUND)
    with pytest.raises(ScriptError) as caught:
        Library.load(tmp_path)
    assert {complaint.file for complaint in caught.value.complaints} == {
        "a.toml",
        "b.toml",
        "c.toml",
    }


def test_unknown_keys_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    """They came in another order each time, so that two checks could not be compared."""
    keys = [f"typo_{number}" for number in range(8)]
    typos = "".join(f"{key} = 1\n" for key in keys)
    write(tmp_path, faq=REFUND.replace("[script.when]", f"{typos}[script.when]\n{typos}"))
    with pytest.raises(ScriptError) as caught:
        Library.load(tmp_path)
    told = [one.key for one in caught.value.complaints if "typo" in one.key]
    assert told == [f"faq/refund.{part}{key}" for part in ("", "when.") for key in keys]


def test_a_wrong_id_gets_a_hint(tmp_path: Path) -> None:
    library = Library.load(write(tmp_path, faq=REFUND.replace("{{ shared.refund_time }}", "")))
    with pytest.raises(ScriptError, match="Did you mean faq/refund"):
        library["faq/refunds"]


def test_handover_words_and_silent_words_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        handover='[person]\nzh = "要人"\nen = "a person"\nwords = ["人工"]\nunless = ["人工棉"]\n'
        '[quiet]\nsilent = true\nwords = ["嗯"]\n',
    )
    library = Library.load(tmp_path)
    assert [(rule.name, rule.zh) for rule in library.rules] == [("person", "要人")]
    assert library.quiet == {"嗯"}


@given(st.times(), st.times(), st.times())
def test_hours_and_their_complement_share_the_day(start: time, end: time, moment: time) -> None:
    if start == end:
        return
    facts = Facts(channel="kf", now=datetime.combine(date(2026, 3, 1), moment, UTC))
    inside = Condition(hours=(start, end)).holds(facts)
    assert inside != Condition(hours=(end, start)).holds(facts)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (Condition(channels=("kf", "bot")), True),
        (Condition(channels=("contact",)), False),
        (Condition(tags=("VIP", "SVIP")), True),
        (Condition(tags=("SVIP",)), False),
        (Condition(last_day=date(2026, 3, 1)), True),
        (Condition(last_day=date(2026, 2, 28)), False),
        (Condition(first_day=date(2026, 3, 2)), False),
    ],
)
def test_conditions(condition: Condition, holds: bool) -> None:
    facts = Facts(
        channel="kf", now=datetime(2026, 3, 1, 23, 30, tzinfo=UTC), tags=frozenset({"VIP"})
    )
    assert condition.holds(facts) is holds
