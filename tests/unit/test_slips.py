"""Slips that Python lets pass, but `huashu check` reports before a customer meets them."""

import sys
from pathlib import Path

import pytest

from bot.telling.complaints import both
from bot.workspace.application import load_application
from bot.workspace.slips import slips
from bot.workspace.sources import said_in
from tests.starter import LIBRARY

HEAD = """
from bot import Context, CustomerAdded, MessageReceived, Router, Texts, has_text
router = Router("mine")
@router.on({})
async def mine(event: MessageReceived, context: Context) -> None:
    {}
"""
FIRST, LAST = "mine.router, every.router", "every.router, mine.router"


def told(
    folder: Path, wants: str, does: str, routers: str = FIRST, every: str = "MessageReceived"
) -> list[str]:
    package = folder / f"slips_{abs(hash((wants, does, routers, every)))}"
    package.mkdir()
    (package / "__init__.py").write_text(f"from . import mine, every\nrouters = ({routers},)\n")
    (package / "mine.py").write_text(HEAD.format(wants, does))
    other = HEAD.format(every, "await context.say('faq/refund')")
    (package / "every.py").write_text(other.replace("mine", "every"))
    application = load_application(folder, f"{package.name}:routers")
    scripts = {"faq/refund", "faq/ship_time"}
    found = slips(folder, package.name, application.routers, scripts)
    return [both(one).replace(package.name, "handlers") for one in found]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.mark.parametrize("wants", ["MessageReceived, Texts('目录')", "CustomerAdded"])
def test_nothing_is_told_of_what_is_in_order(folder: Path, wants: str) -> None:
    assert told(folder, wants, "await context.say('faq/refund', 'faq/ship_time')") == []
    assert told(folder, wants, "context.keep_silent('no')") == []
    assert told(folder, wants, "await context.say(event.menu_id)") == []


def test_the_shipped_handlers_are_in_order() -> None:
    root = Path(__file__).parents[2]
    application = load_application(root, "handlers:routers")
    assert [*slips(root, "handlers", application.routers, {one.id for one in LIBRARY})] == []


def test_handlers_that_are_installed_elsewhere_are_not_read(tmp_path: Path) -> None:
    assert [*slips(tmp_path, "shop.handlers", [], None)] == []


def test_a_script_that_there_is_not(folder: Path) -> None:
    """A customer who asked got a person, and the log said ScriptError."""
    assert len(told(folder, "CustomerAdded", "context.words('faq/refnud')")) == 1
    assert told(folder, "CustomerAdded", "await context.say('faq/refund', 'faq/refnud')") == [
        "handlers/mine.py 第 6 行：没有话术「faq/refnud」。写一条已有话术的编号。\n"
        "  handlers/mine.py: line 6: unknown script: faq/refnud. Write the id of one"
    ]


@pytest.mark.parametrize("verb", ["say('faq/refund')", "hand_over('why')"])
def test_a_forgotten_await(folder: Path, verb: str) -> None:
    """Nothing was said and nobody called."""
    (found,) = told(folder, "CustomerAdded", f"context.{verb}")
    zh, en = found.splitlines()
    assert "前面少了 await，不会起作用。在前面加上 await。" in zh
    assert "handlers/mine.py: line 6: context." in en


@pytest.mark.parametrize("words", ["'您好'", "f'{event.text}，您好'"])
def test_words_that_are_returned_reached_nobody(folder: Path, words: str) -> None:
    """As in other frameworks; the customer got nothing, and no line told why."""
    assert told(folder, "CustomerAdded", f"return {words}") == [
        "handlers/mine.py 第 5 行：mine 用 return 交出的话没有人读。"
        "写进话术，用 await context.say(…) 说。\n"
        "  handlers/mine.py: line 5: mine returns words, which nobody reads. "
        "Say them: await context.say(…)"
    ]


def test_words_that_a_function_inside_a_handler_returns_were_said_to_reach_nobody(
    folder: Path,
) -> None:
    inside = "def greeting() -> str:\n        return '您好'\n    context.explain(said=greeting())"
    assert told(folder, "CustomerAdded", inside) == []


def test_a_router_that_nobody_named(folder: Path) -> None:
    assert told(folder, "CustomerAdded", "pass", "every.router") == [
        "handlers/mine.py 第 3 行：路由「mine」没有写进 routers，里面的处理函数永远轮不到。"
        "在 __init__.py 里写上。\n"
        "  handlers/mine.py: line 3: the router 'mine' is not in `routers`. Name it in __init__.py"
    ]


def test_a_handler_behind_one_that_takes_everything(folder: Path) -> None:
    assert told(folder, "MessageReceived, Texts('目录')", "pass", LAST) == [never("every", "mine")]
    assert told(folder, "CustomerAdded", "pass", LAST) == []


def test_a_handler_of_exact_texts_behind_one_of_all_texts(folder: Path) -> None:
    """Between faq and fallback it was never asked, and nobody was told."""
    everything = {"every": "MessageReceived, has_text", "routers": LAST}
    found = told(folder, "MessageReceived, Texts('目录')", "pass", **everything)
    assert found == [never("every", "mine")]
    assert told(folder, "MessageReceived", "pass", **everything) == []
    assert told(folder, "MessageReceived, Texts('')", "pass", **everything) == []
    few = {"every": "MessageReceived, Texts('目录', '价目')", "routers": LAST}
    assert told(folder, "MessageReceived, Texts('价目')", "pass", **few) == [
        never("every", "mine")
    ]
    assert told(folder, "MessageReceived, Texts('价目', '地址')", "pass", **few) == []


def never(first: str, second: str) -> str:
    return (
        f"handlers/__init__.py {second}.{second}：永远轮不到：它要的 MessageReceived 都被前面的 "
        f"{first}.{first} 收下了。把它的路由往前放。\n"
        f"  handlers/__init__.py: {second}.{second}: is never asked: {first}.{first} takes each "
        "MessageReceived it wants before it. Name its router further in front"
    )


def test_handlers_say_what_they_name_unless_they_look_whether_it_is_there() -> None:
    said = {one.script for one in said_in(Path(__file__).parents[2], "handlers")}
    assert said > {"welcome/first", "welcome/kf", "system/opted_out", "system/touch_todo"}
    looked_for = {"system/invite_code", "system/left_bot", "system/complaint_late"}
    assert said.isdisjoint({*looked_for, "MessageReceived"})
