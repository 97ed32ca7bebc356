"""The database overlays the files, whatever either of them holds."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ScriptError
from bot.scripts.known import Known
from bot.scripts.layers import Origin, Overlay, lay_over, origins, read_layers
from bot.scripts.library import Library
from bot.scripts.script import HandoverRule, Script, Variant
from bot.scripts.version import Kind, Version

IDS = st.sampled_from([f"faq/{letter}" for letter in "abcdef"])
RULE = HandoverRule(name="person", zh="要人", en="a person", words=["人工"])
FILE = """
[[script]]
id = "faq/refund"
title = "退款多久到账"
category = "faq"
ask = ["退款多久到账"]
say = ["{{ shared.days }}到账。"]
[[script]]
id = "faq/hours"
title = "几点开门"
category = "faq"
ask = ["几点开门"]
say = ["九点。"]
"""
RECORD = {
    "id": "faq/refund",
    "category": "faq",
    "title": "退款要几天",
    "examples": ["退款要几天"],
    "keywords": ["退款 几天"],
    "replies": ["五天。", "{{ shared.days }}。"],
    "when": {"channel": ["kf"], "from": "2026-01-31"},
}


def script(script_id: str, file: str) -> Script:
    return Script(
        id=script_id, title=script_id, category="faq", say=(Variant(source=file),), file=file
    )


def written(folder: Path) -> Path:
    (folder / "_shared.jinja").write_text('{% set days = "三天" %}', "utf-8")
    (folder / "faq.toml").write_text(FILE, "utf-8")
    return folder


def version(number: int = 1, **changes: object) -> Version:
    content = orjson.dumps({**RECORD, **changes}).decode()
    return Version(script="faq/refund", number=number, content=content)


@given(
    below=st.lists(IDS, unique=True),
    above=st.dictionaries(IDS, st.booleans()),  # id → whether it is retired
)
def test_the_upper_layer_shows_and_the_lower_one_where_there_is_none(
    below: list[str], above: dict[str, bool]
) -> None:
    base = Library((script(one, "a.toml") for one in below), rules=[RULE], quiet=["嗯"])
    overlay = Overlay(
        scripts=[script(one, f"database:{one}@1") for one, gone in above.items() if not gone],
        hidden={one: f"database:{one}@2" for one, gone in above.items() if gone},
    )
    library, told = lay_over(base, overlay), origins(base, overlay)

    expected = {
        **dict.fromkeys(below, "a.toml"),
        **{one: f"database:{one}@1" for one in above},
    }
    shown = {one: file for one, file in expected.items() if not above.get(one)}
    assert {one.id: one.file for one in library} == shown
    assert (library.rules, library.quiet) == (base.rules, base.quiet)
    assert told.keys() == {*below, *above}
    for one, origin in told.items():
        assert origin.retired == (one not in library)
        assert origin.retired or origin.place == library[one].file
        assert origin.over == ("a.toml" if one in below and one in above else "")
    stayed = [one.id for one in library if one.id in below]
    assert stayed == [one for one in below if one in library]  # each in its place


@given(below=st.lists(IDS, unique=True), above=st.lists(IDS, unique=True))
def test_laying_the_same_over_it_again_changes_nothing(below: list[str], above: list[str]) -> None:
    base = Library(script(one, "a.toml") for one in below)
    overlay = Overlay(scripts=[script(one, "database") for one in above])
    once = lay_over(base, overlay)
    assert list(lay_over(once, overlay)) == list(once)
    assert list(lay_over(base, Overlay())) == list(base)
    assert once.says_the_same(lay_over(base, overlay))


def test_a_version_is_a_script_like_any_other(tmp_path: Path) -> None:
    library = read_layers(written(tmp_path), [version(3)]).library()
    refund = library["faq/refund"]
    assert [one.id for one in library] == ["faq/refund", "faq/hours"]
    assert refund.file == "database:faq/refund@3"
    assert refund.examples == ("退款要几天",)
    assert refund.keywords == (("退款", "几天"),)
    assert refund.say[0].fixed == "五天。"
    assert refund.say[1].parts == ("三天", "。")  # and knows the shared phrases of the files
    assert (refund.when.channels, str(refund.when.first_day)) == (("kf",), "2026-01-31")


def test_a_retired_script_is_hidden_and_comes_back(tmp_path: Path) -> None:
    retired = Version(script="faq/refund", number=2, kind=Kind.RETIRED)
    layers = read_layers(written(tmp_path), [retired])
    assert "faq/refund" not in layers.library()
    assert origins(layers.base, layers.overlay)["faq/refund"] == Origin(
        place="database:faq/refund@2", over="faq.toml", retired=True
    )
    again = Version(script="faq/refund", number=3, kind=Kind.FILE)
    assert read_layers(tmp_path, [again]).library()["faq/refund"].file == "faq.toml"


def test_a_required_script_cannot_be_retired(tmp_path: Path) -> None:
    layers = read_layers(
        written(tmp_path), [Version(script="faq/hours", number=1, kind=Kind.RETIRED)]
    )
    with pytest.raises(ScriptError, match="faq/hours"):
        layers.library(["faq/hours"])


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        ({"replies": ["{{ custmer.name }}"]}, "reply[0] (faq/refund)", "unknown variable"),
        ({"replies": []}, "reply (faq/refund)", "missing"),
        ({"then": "later"}, "then (faq/refund)", "unknown"),
        ({"when": {"from": "soon"}}, "when.from (faq/refund)", "no date"),
        ({"attachments": [{"type": "image", "file": "no.jpg"}]}, "attachments[0].file", "no file"),
        ({"examples": "退款"}, "examples (faq/refund)", "not a list"),
    ],
)
def test_a_mistake_in_a_version_is_named_like_one_in_a_file(
    tmp_path: Path, change: dict[str, object], key: str, problem: str
) -> None:
    layers = read_layers(written(tmp_path), [version(7, **change)])
    [told] = layers.complaints
    assert told.file == "database:faq/refund@7"
    assert told.key.startswith(key)
    assert problem in told.problem
    assert told.cure
    with pytest.raises(ScriptError):
        layers.library()


@given(st.text() | st.binary(max_size=30).map(lambda data: data.decode("latin-1")))
def test_no_content_is_too_odd(content: str) -> None:
    layers = read_layers(
        Path("nowhere"), [Version(script="faq/refund", number=1, content=content)]
    )
    assert layers.complaints


def test_what_has_not_changed_is_the_same_object(tmp_path: Path) -> None:
    known = Known()
    before = read_layers(written(tmp_path), [version()], known=known).library()
    (tmp_path / "faq.toml").write_text(FILE.replace("九点", "十点"), "utf-8")
    after = read_layers(tmp_path, [version()], known=known).library()
    assert after["faq/refund"] is before["faq/refund"]
    assert after["faq/hours"] is not before["faq/hours"]
    assert after["faq/hours"].say[0].fixed == "十点。"
    assert not after.says_the_same(before)
    (tmp_path / "faq.toml").touch()
    assert read_layers(tmp_path, [version()], known=known).library().says_the_same(after)


def test_a_mistake_in_between_does_not_make_it_forget(tmp_path: Path) -> None:
    known = Known()
    before = read_layers(written(tmp_path), known=known).library()
    (tmp_path / "faq.toml").write_text(FILE + "[[script", "utf-8")
    assert read_layers(tmp_path, known=known).complaints
    after = read_layers(written(tmp_path), known=known).library()
    assert after["faq/refund"] is before["faq/refund"]


def test_a_changed_shared_phrase_reaches_every_script(tmp_path: Path) -> None:
    known = Known()
    before = read_layers(written(tmp_path), known=known).library()
    (tmp_path / "_shared.jinja").write_text('{% set days = "两天" %}', "utf-8")
    after = read_layers(tmp_path, known=known).library()
    assert after["faq/refund"] is not before["faq/refund"]
    assert after["faq/refund"].say[0].parts == ("两天", "到账。")


def test_a_picture_that_is_gone_is_missed(tmp_path: Path) -> None:
    """The script itself had not changed, so it was taken over, picture and all."""
    known = Known()
    (tmp_path / "size.jpg").write_bytes(b"a picture")
    picture = 'attachments = [{type = "image", file = "size.jpg"}]'
    (tmp_path / "faq.toml").write_text(FILE.replace("{{ shared.days }}", "") + picture, "utf-8")
    assert read_layers(tmp_path, known=known).library().files == {"size.jpg"}
    (tmp_path / "size.jpg").unlink()
    [told] = read_layers(tmp_path, known=known).complaints
    assert "no file" in told.problem


def test_numbers_that_json_cannot_write_are_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "faq.toml").write_text(FILE.replace('"九点。"', f"{2**70}"), "utf-8")
    assert "faq/hours.say" in {told.key for told in read_layers(tmp_path).complaints}
