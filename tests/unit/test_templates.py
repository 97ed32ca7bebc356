"""Rules for every template: both languages, no script, no style, nothing from other sites."""

import re
from pathlib import Path

import pytest

from bot.telling.words import counted, worded, written
from bot.web.templates import TEMPLATES

FOLDER = Path("bot/web/templates")
FILES = sorted(FOLDER.rglob("*.html"))
CHINESE = re.compile("[\u3400-\u9fff]")
# The brand's own sign, and the names of languages, which stand in themselves.
OWN = re.compile(r'aria-hidden="true">话<|lang="zh-CN">中文<')
BOTH = re.compile(r"""\bt\(\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*,\s*("(?:[^"\\]|\\.)*"|'[^']*')""")
# "1 messages": such words are written "{message|messages}" and filled by `counted`.
PLURAL = re.compile(r"%d (?:new |more )?[a-z]+s\b")
TAG = re.compile(r"""<\w+(?:"[^"]*"|'[^']*'|[^>"'])*>""")
ASKS = re.compile(r"hx-(?:post|get)=")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_speaks_both_languages_and_runs_nothing(path: Path) -> None:
    text = COMMENT.sub("", path.read_text("utf-8"))
    assert [english for _, english in BOTH.findall(text) if CHINESE.search(english)] == []
    assert CHINESE.findall(OWN.sub("", BOTH.sub("", text))) == []
    assert [english for _, english in BOTH.findall(text) if PLURAL.search(english)] == []
    assert re.findall(r"\sstyle=|\son\w+=|hx-on|javascript:|\|\s*safe|https?://", text) == []
    # htmx asks where the request stands: on a form's button it asked nothing at all.
    assert [tag for tag in TAG.findall(text) if "hx-confirm" in tag and not ASKS.search(tag)] == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    TEMPLATES.get_template(path.relative_to(FOLDER).as_posix())


@pytest.mark.parametrize(
    ("text", "numbers", "said"),
    [
        ("%d {message|messages}", (1,), "1 message"),
        ("%d {message|messages}", (0,), "0 messages"),
        ("In %d {day|days} %d came, %d %%", (1, 2, 50), "In 1 day 2 came, 50 %"),
        ("{it is|they are} %d", (1,), "it is 1"),
        ("共 %d 条", (1,), "共 1 条"),
    ],
)
def test_words_follow_their_number(text: str, numbers: tuple[int, ...], said: str) -> None:
    assert counted(text, *numbers) == said


def test_what_is_no_text_is_told_in_words() -> None:
    assert worded("[image]", "zh") == "[图片]"
    assert worded("[location] 虹口店", "en") == "[place] 虹口店"
    assert (
        worded("看这个 [image]\n[business_card]\n[别的]", "zh") == "看这个 [image]\n[名片]\n[别的]"
    )
    assert (written("[voice]"), written("[link] 这个有货吗")) == ("", "这个有货吗")
