"""`huashu rehearse`: whole conversations, as an operator runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

CHECKOUT = Path(__file__).parents[2]
DATA = CHECKOUT / "tests/data"
STARTER = DATA / "starter_conversations.jsonl"


def rehearse(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["rehearse", *map(str, arguments), "--root", str(CHECKOUT)])


def findings(*arguments: object) -> list[dict[str, Any]]:
    result = rehearse(*arguments, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def played(
    tmp_path: Path, steps: list[dict[str, Any]], *, channel: str = "kf", **more: Any
) -> list[tuple[Any, Any]]:
    """(reply_id, handover) of every step."""
    expect = [{"after_step": number} for number in range(len(steps))]
    record = {"name": "one", "channel": channel, "steps": steps, "expect": expect, **more}
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(record), "utf-8")
    return [(one["got"]["reply_id"], one["got"]["handover"]) for one in findings(path)]


def customer(text: str, at: str = "", **more: str) -> dict[str, str]:
    return {"from": "customer", "text": text, **({"at": f"2026-05-11T{at}"} if at else {}), **more}


def staff(text: str) -> dict[str, str]:
    return {"from": "staff", "text": text}


def event(name: str, at: str = "", **more: str) -> dict[str, str]:
    return {"from": "system", "event": name, **({"at": f"2026-05-11T{at}"} if at else {}), **more}


RETURN, FEE, SILENT = ("faq/return_how", False), ("faq/ship_fee", False), (None, False)
CALLED = (None, True)


def test_the_starter_library_s_conversations_go_as_written() -> None:
    result = rehearse(STARTER)
    assert "✗" not in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("file", "company", "number", "missed"),
    [
        (
            "conversations.jsonl",
            "beauty",
            115,
            {  # asked or said by the matcher, all of them
                ("unknown-between-known", 1): "周末几点开直播: a menu",
                ("unknown-between-known", 2): "直播那个主播姐姐头发在哪里烫的: said, by a keyword",
                ("thanks-and-stickers", 1): "旗舰店在什么地方: a person",
                ("thanks-and-stickers", 6): "开车去的话车停哪: silent, a person was called",
                ("welcome-once", 4): "哦对，开封了能放多久: a menu",
            },
        ),
        (
            "grocer_conversations.jsonl",
            "grocer",
            98,
            {  # a group has no menus: a person
                ("group-questions-in-turn", 3): "送上门要收钱不: a person",
            },
        ),
    ],
)
def test_what_is_not_yet_as_other_companies_expect(
    file: str, company: str, number: int, missed: dict[tuple[str, int], str]
) -> None:
    library = DATA / f"companies/{company}.library.jsonl"
    found = findings(DATA / file, "--library", library)
    assert len(found) == number
    assert {(one["name"], one["after_step"]) for one in found if not one["ok"]} == missed.keys()


def test_each_expectation_is_one_object_with_its_reason() -> None:
    found = findings(STARTER)
    expected = [json.loads(line)["expect"] for line in STARTER.read_text("utf-8").splitlines()]
    assert len(found) == sum(map(len, expected))
    for one in found:
        assert list(one) == ["name", "after_step", "ok", "expected", "got", "why"]
        assert one["why"]["zh"]
        assert one["why"]["en"]
    complaint = next(one for one in found if one["got"]["handover"])
    assert "人" in complaint["why"]["zh"]
    assert "person" in complaint["why"]["en"]


def test_what_is_not_as_expected_comes_first_and_is_explained(tmp_path: Path) -> None:
    record = {
        "name": "绿豆",
        "steps": [customer("怎么退货"), customer("包邮吗", "10:30:00")],
        "expect": [
            {"after_step": 1, "reply_id": "faq/return_how", "handover": False},
            {"after_step": 2, "reply_id": "faq/bulk", "note": "来问批发的"},
            {"after_step": 9, "reply_id": None},
        ],
    }
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps(record), "utf-8")
    result = rehearse(path)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "✗ 绿豆  第 2 步 step 2"
    assert "faq/bulk" in lines[1]
    assert "来问批发的" in lines[1]
    assert "faq/ship_fee" in lines[2]
    assert "没有这一步" in result.stdout
    assert lines[-1].startswith("1/3 ")


def test_a_mistake_in_the_file_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"name": "a", "channel": "mail"}\n', "utf-8")
    result = rehearse(path)
    assert result.exit_code == 1
    assert "c.jsonl: line 1, channel: 'mail' is unknown" in result.stderr


def test_pieces_of_a_question_are_judged_after_the_last(tmp_path: Path) -> None:
    steps = [
        customer("在吗", "10:00:00"),
        customer("那个", "10:00:01"),
        customer("怎么退货", "10:00:02"),
        customer("我跟你们说个事情", "10:05:00"),
        customer("昨天路过你们那里", "10:05:04"),  # nothing answers it yet: the pause is longer
    ]
    assert played(tmp_path, steps) == [SILENT, SILENT, RETURN, SILENT, CALLED]


def test_a_person_serves_until_the_end(tmp_path: Path) -> None:
    steps = [
        customer("包邮吗", "10:00:00"),
        staff("我来"),
        customer("怎么退货"),
        event("promo_due"),
        event("handover_end"),
        customer("怎么退货", "11:00:00"),
        event("handover_end", "11:10:00"),  # nobody was there
        customer("包邮吗", "11:20:00"),
    ]
    assert played(tmp_path, steps) == [
        FEE, SILENT, SILENT, SILENT, SILENT, RETURN, SILENT, FEE,
    ]  # fmt: skip


def test_conversations_that_overlap_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The later one is written first; both customers write in one second."""
    records = [
        {
            "name": name,
            "channel": channel,
            "steps": [
                customer("我要投诉" if angry else "怎么退货", f"{hour}:00:00"),
                customer("包邮吗", f"{hour}:00:30"),
            ],
            "expect": [{"after_step": 0}, {"after_step": 1}],
        }
        for name, channel, angry, hour in (
            ("a", "kf", True, 15),
            ("b", "kf", False, 10),
            ("c", "contact", False, 10),
            ("d", "contact", True, 10),
        )
    ]
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    got = [(one["name"], one["got"]["reply_id"], one["got"]["handover"]) for one in findings(path)]
    assert got == [
        ("a", None, True), ("a", None, False), ("b", *RETURN), ("b", *FEE),
        ("c", *RETURN), ("c", *FEE), ("d", None, True), ("d", None, False),
    ]  # fmt: skip


def test_what_quiet_hours_hold_back_takes_nobody_s_place(tmp_path: Path) -> None:
    """A birthday at nine in the evening kept the day's promotion back, and was not sent itself."""
    steps = [event("promo_due", "10:00:00"), event("birthday", "21:00:00")]
    assert played(tmp_path, steps, channel="contact")[0] == ("news/new_arrivals", False)


@pytest.mark.parametrize("channel", ["kf", "group", "contact"])
def test_what_does_not_happen_there_happens_to_nobody(tmp_path: Path, channel: str) -> None:
    steps = [event("comet_seen", "10:00:00"), event("handover_end"), event("friend_added")]
    assert played(tmp_path, steps, channel=channel) == [SILENT, SILENT, ("welcome/first", False)]


def test_two_days_of_silence_close_customer_service(tmp_path: Path) -> None:
    steps = [
        event("promo_due", "10:00:00"),
        customer("包邮吗", "11:00:00"),
        event("birthday", "22:00:00"),
        {"from": "system", "event": "birthday", "at": "2026-05-12T10:00:00"},
        {"from": "system", "event": "birthday", "at": "2026-05-14T10:00:00"},
    ]
    assert played(tmp_path, steps) == [
        SILENT, FEE, SILENT, ("holiday/birthday", False), SILENT,
    ]  # fmt: skip


def test_a_library_of_any_company(tmp_path: Path) -> None:
    library = DATA / "companies/grocer.library.jsonl"
    records = [
        {
            "name": "新客",
            "channel": "kf",
            "steps": [event("session_enter", "10:00:00"), customer("你好", "10:00:10")],
            "expect": [
                {"after_step": 1, "reply_id": "session-enter", "handover": False},
                {"after_step": 2, "reply_id": "hello", "handover": False},
            ],
        },
        {
            "name": "生日",
            "channel": "contact",
            "steps": [event("friend_added", "10:00:00"), event("birthday", "11:00:00")],
            "expect": [
                {"after_step": 1, "reply_id": ["friend-added", "other"]},
                {"after_step": 2, "reply_id": "birthday", "handover": False},
            ],
        },
        {
            "name": "投诉",
            "channel": "kf",
            "steps": [customer("我要投诉", "10:00:00")],
            "expect": [{"after_step": 1, "reply_id": "system/complaint", "handover": True}],
        },
    ]
    path = tmp_path / "grocer.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    result = rehearse(path, "--library", library)
    assert result.exit_code == 0, result.output
    assert "✓ 投诉  1  system/complaint，请人" in result.output  # it said 不回复 beside it
