"""A script's file is in the library and of a kind that WeCom accepts (doc 90253)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.checks import REQUIRED, check
from bot.scripts.files import kind_of, mistake_in
from bot.scripts.library import Library
from bot.scripts.script import Attachment

SCRIPT = """
[[script]]
id = "faq/size"
title = "尺码表"
category = "faq"
ask = ["有没有尺码表"]
say = ["给您。"]
attachments = [{}]
"""
MB = 2**20


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "library/images").mkdir(parents=True)
    for name in ("images/size.JPG", "images/a.gif", "film.mp4", "list.pdf"):
        (tmp_path / "library" / name).write_bytes(b"enough")
    (tmp_path / "secret.jpg").write_bytes(b"enough")
    return tmp_path / "library"


def write(library: Path, attachment: str) -> None:
    (library / "a.toml").write_text(SCRIPT.format(attachment), "utf-8")


@pytest.mark.parametrize(
    ("attachment", "file"),
    [
        ('{type = "image", file = "images/size.JPG"}', "images/size.JPG"),
        ('{type = "video", file = "film.mp4"}', "film.mp4"),
        ('{type = "file", file = "list.pdf"}', "list.pdf"),
        ('{type = "file", file = "images/a.gif"}', "images/a.gif"),
        (
            '{type = "link", title = "a", url = "https://a.cn", pic_file = "images/size.JPG"}',
            "images/size.JPG",
        ),
        (
            '{type = "miniprogram", title = "a", appid = "a", page = "a",'
            ' pic_file = "images/size.JPG"}',
            "images/size.JPG",
        ),
    ],
)
def test_a_file_is_read_with_its_script(library: Path, attachment: str, file: str) -> None:
    write(library, attachment)
    loaded = Library.load(library)
    assert loaded.files == {file}
    [item] = loaded["faq/size"].attachments
    assert isinstance(item, Attachment)
    assert file in (item.file, item.pic_file)


@pytest.mark.parametrize(
    ("attachment", "key", "problem", "cure"),
    [
        ('{type = "image", file = "images/b.jpg"}', "file", "there is no file", "library/"),
        ('{type = "file", file = "images"}', "file", "there is no file", "library/"),
        ('{type = "file", file = "a\\u0000b"}', "file", "there is no file", "correct"),
        ('{type = "image", file = "../secret.jpg"}', "file", "leads out", "library/"),
        ('{type = "image", file = "images/../images/size.JPG"}', "file", "leads out", "library/"),
        ('{type = "image", file = "/etc/passwd"}', "file", "leads out", "library/"),
        ('{type = "image", file = "images/a.gif"}', "file", "is no image", ".jpg or .jpeg"),
        ('{type = "video", file = "list.pdf"}', "file", "is no video", ".mp4"),
        ('{type = "file", file = "images/size.JPG"}', "file", "is no file", 'type = "image"'),
        (
            '{type = "link", title = "a", url = "https://a.cn", pic_file = "list.pdf"}',
            "pic_file",
            "is no image",
            ".png",
        ),
        ('{type = "file"}', "media_id", "missing", "media_id or file"),
        (
            '{type = "image", media_id = "m", file = "images/size.JPG"}',
            "file",
            "media_id is there too",
            "one",
        ),
        (f'{{type = "file", file = "{"很" * 201}.pdf"}}', "file", "too long", "200"),
        ('{type = "file", file = " "}', "file", "not a text", "file ="),
    ],
)
def test_a_mistake_is_named(
    library: Path, attachment: str, key: str, problem: str, cure: str
) -> None:
    write(library, attachment)
    [told] = [told for told in check(library) if told.key not in REQUIRED]
    assert (told.file, told.key) == ("a.toml", f"faq/size.attachments[0].{key}")
    assert problem in told.problem
    assert cure in told.cure


@pytest.mark.parametrize(
    ("name", "size", "fits"),
    [
        ("a.png", 5, False),
        ("a.png", 6, True),
        ("a.png", 10 * MB, True),
        ("a.png", 10 * MB + 1, False),
        ("a.mp4", 10 * MB, True),
        ("a.mp4", 10 * MB + 1, False),
        ("a.pdf", 20 * MB, True),
        ("a.pdf", 20 * MB + 1, False),
    ],
)
def test_sizes(tmp_path: Path, name: str, size: int, fits: bool) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)
    assert (mistake_in(tmp_path, kind_of(name), name) is None) is fits


@pytest.mark.parametrize("target", ["../../secret.jpg", "loop.jpg", "nothing.jpg"])
def test_a_link_cannot_lead_out_or_nowhere(library: Path, target: str) -> None:
    (library / "images/loop.jpg").symlink_to(target)
    assert mistake_in(library, "image", "images/loop.jpg") is not None


def test_a_library_may_itself_be_a_link(library: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(library)
    assert mistake_in(tmp_path / "linked", "image", "images/size.JPG") is None


@given(st.lists(st.sampled_from(["..", ".", "images", "secret.jpg", "size.JPG", "", "/"])))
def test_no_name_reaches_beyond_the_library(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    root = tmp_path_factory.getbasetemp() / "beyond"
    (root / "library/images").mkdir(parents=True, exist_ok=True)
    (root / "library/images/size.JPG").write_bytes(b"enough")
    (root / "secret.jpg").write_bytes(b"enough")
    name = "/".join(parts)
    if mistake_in(root / "library", "image", name) is None:
        found = (root / "library" / name).resolve()
        assert found == (root / "library/images/size.JPG").resolve()
