"""Conversations as people write them down, and what is made of them before they are played."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from bot.errors import ConfigError
from bot.rehearse.conversation import Conversation
from bot.rehearse.group import Callers
from bot.rehearse.library import open_repertoire
from bot.rehearse.reading import read_conversations
from bot.rehearse.stage import Company
from bot.rehearse.touches import script_for
from bot.scripts.script import Script, Variant
from bot.touch.calendar import Calendar
from bot.touch.touch import Scenario
from tests.engine import lay_secrets, workspace
from tests.stage import ARCHIVE

CHECKOUT = Path(__file__).parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
ASKED = {"from": "customer", "text": "怎么退货"}
SERVED = {"from": "staff", "text": "您好"}


def read(
    tmp_path: Path, *records: Any, base: int | None = None, name: str = "c.jsonl"
) -> list[Conversation]:
    path = tmp_path / name
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))
    return read_conversations(path, SHANGHAI, base)


def talk(*steps: Any, after: tuple[int, ...] = (), channel: str = "kf", **expected: Any) -> Any:
    expect = [{"after_step": number, **expected} for number in after]
    return {"name": "a", "channel": channel, "steps": steps, "expect": expect}


def test_what_a_conversation_holds(tmp_path: Path) -> None:
    step = {
        "from": "system",
        "event": "promo_due",
        "detail": {"name": "五一"},
        "at": "2026-05-01T10:00:00Z",
    }
    expect = {"after_step": 1, "reply_id": None, "handover": False, "note": "why"}
    (one,) = read(
        tmp_path, {"name": "n", "channel": "contact", "steps": [step], "expect": [expect]}
    )
    assert (one.name, one.place, one.base) == ("n", "contact", 1)
    assert (one.steps[0].by, one.steps[0].event, one.steps[0].detail) == (
        "system",
        "promo_due",
        "五一",
    )
    assert one.steps[0].at == datetime(2026, 5, 1, 18, tzinfo=SHANGHAI)
    (expected,) = one.expectations
    assert (expected.reply_ids, expected.handover, expected.note) == ((None,), False, "why")


@pytest.mark.parametrize(
    ("base", "after"),
    [
        (0, (0, 2)),  # a 0 tells
        (1, (1, 3)),  # as many as there are steps
        (1, (1,)),  # of what a colleague writes nothing is expected
        (0, (2,)),
    ],
)
def test_from_which_number_steps_are_counted(
    tmp_path: Path, base: int, after: tuple[int, ...]
) -> None:
    (one,) = read(tmp_path, talk(ASKED, SERVED, ASKED, after=after, reply_id="x"))
    assert one.base == base


def test_a_whole_file_counts_alike(tmp_path: Path) -> None:
    doubtful, clear = talk(ASKED, ASKED, ASKED, after=(1,)), talk(ASKED, after=(0,))
    assert [one.base for one in read(tmp_path, doubtful, clear)] == [0, 0]
    assert [one.base for one in read(tmp_path, doubtful, clear, base=1)] == [1, 1]


def test_the_middle_of_a_burst_is_not_meant(tmp_path: Path) -> None:
    pieces = [{**ASKED, "at": f"2026-05-01T10:00:0{number}"} for number in range(3)]
    (one,) = read(tmp_path, talk(*pieces, SERVED, after=(2,), reply_id="x"))
    assert one.base == 0


def test_times_without_zone_without_day_and_without_anything(tmp_path: Path) -> None:
    steps = [
        ASKED,
        {**ASKED, "at": "2026-05-01T10:00:00"},
        {**SERVED, "at": "10:30"},
        ASKED,
        ASKED,
        ASKED,
        {**ASKED, "at": "2026-04-01 09:00"},
    ]
    (one,) = read(tmp_path, talk(*steps, after=(0, 4)))
    ten = datetime(2026, 5, 1, 10, tzinfo=SHANGHAI)
    assert [(step.at - ten) / timedelta(minutes=1) for step in one.steps] == pytest.approx(
        [-1, 0, 30, 31, 31 + 1 / 60, 32 + 1 / 60, 33 + 1 / 60]
    )  # the second of two is typed at once, the third follows one that is judged


def test_other_names_for_the_same(tmp_path: Path) -> None:
    steps = [
        {"from": "客户", "text": "在吗"},
        {"event": "Enter_Session"},
        {"from": "servicer", "text": "在"},
    ]
    (one,) = read(tmp_path, talk(*steps, channel="微信客服"))
    assert [(step.by, step.event) for step in one.steps] == [
        ("customer", ""),
        ("system", "session_enter"),
        ("staff", ""),
    ]


def test_what_is_no_text(tmp_path: Path) -> None:
    steps = [
        {"from": "customer", **more} for more in ({"kind": "image"}, {"voice": 3}, {"text": ""})
    ]
    (one,) = read(tmp_path, talk(*steps))
    assert [step.text for step in one.steps] == ["[图片]", "[语音]", ""]


def test_a_list_is_as_good_as_lines(tmp_path: Path) -> None:
    assert len(read(tmp_path, [talk(ASKED), talk(ASKED)])) == 2


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ([1], "item 1, *: not an object"),
        (
            talk(ASKED, channel="mail"),
            "line 1, channel: 'mail' is unknown. Use kf, group, contact",
        ),
        (talk({"from": "customer"}), "line 1, steps[0]: neither text nor event"),
        (talk({"text": 3}), "line 1, steps[0]: text and event are texts"),
        (talk("怎么退货"), "line 1, steps[0]: not an object"),
        (talk({**ASKED, "from": "robot"}), "line 1, steps[0].from: 'robot' is unknown"),
        (talk({**ASKED, "at": "gestern"}), "line 1, steps[0].at: 'gestern' is no time"),
        (
            {**talk(ASKED), "expect": [{"afterstep": 1}]},
            "line 1, expect[0].afterstep: unknown key. Did you mean after_step?",
        ),
        (talk(ASKED, after=("last",)), "line 1, expect[0].after_step: is no number"),  # type: ignore[arg-type]  # the mistake on trial
        (talk(ASKED, after=(1,), handover="no"), "line 1, expect[0].handover: neither true nor"),
        (talk(ASKED, after=(1,), reply_id=7), "line 1, expect[0].reply_id: no id"),
        ({**talk(ASKED), "steps": {}, "expect": 1}, "line 1, expect: not a list"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, record: Any, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, record)
    assert f"c.jsonl: {told}" in str(error.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no conversations here"):
        read(tmp_path)
    (tmp_path / "d.jsonl").write_text("{", "utf-8")
    with pytest.raises(ConfigError, match="line 1: no JSON"):
        read_conversations(tmp_path / "d.jsonl", SHANGHAI)
    with pytest.raises(ConfigError, match="No such file"):
        read_conversations(tmp_path / "e.jsonl", SHANGHAI)


# ---- a group


def group(tmp_path: Path, *said: tuple[str, str]) -> Callers:
    steps = [{"from": "customer", "who": who, "text": text} for who, text in said]
    return Callers(read(tmp_path, talk(*steps, channel="group"))[0])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("@小助手 怎么退货", "怎么退货"),
        ("怎么退货 @小助手", "怎么退货"),
        ("@小助手怎么退货", "怎么退货"),
        ("@小助手", ""),
        ("@阿梅 怎么退货", None),
        ("@所有人 今天上新", None),
        ("@店长 我的货呢", None),
        ("怎么退货", None),
        ("@阿梅 @小助手 怎么退货", "@阿梅   怎么退货"),
    ],
)
def test_who_is_called(tmp_path: Path, text: str, asked: str | None) -> None:
    callers = group(tmp_path, ("阿梅", "@小助手 在吗"), ("老周", text))
    assert callers.for_bot(text) == asked


def test_a_bot_of_any_name(tmp_path: Path) -> None:
    callers = group(tmp_path, ("阿梅", "@小禾 在吗"), ("老周", "@阿梅 好看"))
    assert callers.for_bot("@小禾怎么退货") == "怎么退货"
    assert callers.for_bot("@小禾 怎么退货") == "怎么退货"
    assert callers.members_in("@老周 我私聊您，@小禾 不用答") == {"老周"}


def test_beside_a_name_like_a_bot_s_other_names_are_people(tmp_path: Path) -> None:
    callers = group(tmp_path, ("阿梅", "@机器人 在吗"), ("老周", "@小丽 在吗"))
    assert callers.for_bot("@小丽 在吗") is None


# ---- which script


def script(
    script_id: str, title: str, say: str = "…", category: str = "news", **more: Any
) -> Script:
    return Script(
        id=script_id, title=title, category=category, say=(Variant(source=say, fixed=say),), **more
    )


CALENDAR = Calendar()
LIBRARY = [
    script("a1", "生日礼怎么领", "到店领", "faq"),
    script("a2", "祝您生日快乐", "生日快乐！", "greeting"),
    script("a3", "春节停送", "除夕休息"),
    script("a4", "中秋问候", "中秋快乐", "greeting"),
    script("a5", "节日问候", "节日快乐", "greeting"),
    script("a6", "满减活动", "护肤满299减50"),
    script("a7", "周四上新", "上新了山茶花精华"),
    script("a8", "有什么优惠", "看首页", "faq"),
]


@pytest.mark.parametrize(
    ("scenario", "detail", "chosen"),
    [
        (Scenario.REMINDER, "", "a2"),
        (Scenario.HOLIDAY, "中秋节", "a4"),
        (Scenario.HOLIDAY, "mid_autumn", "a4"),
        (Scenario.HOLIDAY, "春节", "a5"),  # when the shop is closed is no greeting
        (Scenario.HOLIDAY, "", "a5"),
        (Scenario.PROMOTION, "护肤满299减50", "a6"),
        (Scenario.PROMOTION, "山茶花精华上新", "a7"),
        (Scenario.PROMOTION, "a7", "a7"),
    ],
)
def test_the_script_that_is_meant(scenario: Scenario, detail: str, chosen: str) -> None:
    found = script_for(scenario, detail, LIBRARY, CALENDAR)
    assert found
    assert found.id == chosen


def test_no_greeting_for_another_festival() -> None:
    assert script_for(Scenario.HOLIDAY, "国庆", LIBRARY[:4], CALENDAR) is None
    assert script_for(Scenario.HOLIDAY, "", [LIBRARY[3]], CALENDAR) == LIBRARY[3]
    assert script_for(Scenario.REMINDER, "", LIBRARY[5:], CALENDAR) is None


# ---- a library laid over the program's own lines

OVER: list[dict[str, Any]] = [
    {"id": "G1", "category": "greeting", "title": "打招呼", "examples": ["你好"], "reply": "在"},
    {"id": "G2", "category": "greeting", "title": "好友欢迎语", "reply": "{{ name }}欢迎"},
    {"id": "G3", "category": "greeting", "title": "进入客服欢迎", "reply": "欢迎"},
    {"id": "G4", "category": "greeting", "title": "生日祝福", "reply": "生日快乐"},
    {"id": "Q", "category": "faq", "title": "退货", "examples": ["怎么退货"], "reply": "这样退"},
]


def over(tmp_path: Path, records: list[dict[str, Any]]) -> Path:
    path = tmp_path / "over.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))
    return path


def test_the_company_s_greetings_stand_in_for_the_welcomes(tmp_path: Path) -> None:
    found = open_repertoire(CHECKOUT / "scripts_library", over(tmp_path, OVER))
    assert (found.standing_in["welcome/kf"], found.standing_in["welcome/first"]) == ("G3", "G2")
    assert found.library["welcome/kf"].say[0].source == "欢迎"
    assert found.reply_of("welcome/first") == "G2"
    assert found.reply_of("system/handover") == ""
    assert "system/handover" in found.library
    assert "faq/return_how" not in found.library
    assert found.library.rules


def test_words_that_are_no_template_are_said_as_they_are(tmp_path: Path) -> None:
    found = open_repertoire(CHECKOUT / "scripts_library", over(tmp_path, OVER))
    assert [str(one).partition(":")[0] for one in found.warnings] == ["over.jsonl"]
    assert found.library["G2"].say[0].fixed == "{{ name }}欢迎"


def test_the_company_answers_a_greeting_itself_if_it_can(tmp_path: Path) -> None:
    folder = CHECKOUT / "scripts_library"
    with_greeting = open_repertoire(folder, over(tmp_path, OVER)).library
    without = open_repertoire(folder, over(tmp_path, OVER[2:])).library
    assert with_greeting["system/greeting_reply"].examples == ()
    assert without["system/greeting_reply"].examples


def test_without_a_library_all_but_the_system_s_lines_are_replies() -> None:
    found = open_repertoire(CHECKOUT / "scripts_library", None)
    assert found.reply_of("welcome/kf") == "welcome/kf"
    assert found.reply_of("system/menu_head") == ""


def test_a_company_on_several_machines_could_not_be_played(tmp_path: Path) -> None:
    """Its addresses were asked for, and the mock's smart bot did not go with its stream."""
    lay_secrets(tmp_path)
    workspace(tmp_path, store="sqlite")
    file = tmp_path / "config/bot.toml"
    shared = '[inbox]\nurl = "env:NOT_IN_A_FILE"\n'
    text = file.read_text("utf-8").replace("env:STORE_URL", "env:NOT_IN_A_FILE")
    file.write_text(text + shared, "utf-8")
    assert Company.of(tmp_path).settings.inbox.url == ""


def test_the_real_message_archive_was_opened_for_a_rehearsal(tmp_path: Path) -> None:
    """Without its SDK and keys nothing could be played; with them it was read."""
    lay_secrets(tmp_path)
    workspace(tmp_path, more=ARCHIVE.format(url="http://127.0.0.1:9"))
    assert Company.of(tmp_path).settings.archive is None
