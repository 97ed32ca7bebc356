"""`huashu scripts match`: what the bot would say to a text, and why."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.telling import BARS, COLUMNS, TIERS, width
from bot.scripts.decision import Bar, Tier
from bot.scripts.lines import read_questions
from bot.scripts.matching.features import NAMES
from tests.starter import matcher

LIBRARY = str(Path(__file__).parents[2] / "scripts_library")
QUESTIONS = Path(__file__).parents[1] / "questions.jsonl"
RAMBLING = (
    "我上个星期在你们家买了一件衣服，昨天收到了，穿了一下感觉有点大，"
    "想问一下能不能换一个小一号的，运费谁出呢"
)


def huashu(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def told(text: str, *options: str) -> str:
    result = huashu("scripts", "match", text, "--library", LIBRARY, *options)
    assert result.exit_code == 0
    return result.output


def data(text: str, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(text, "--json", *options))
    return found


def test_people_are_told_what_was_compared_and_what_decided() -> None:
    output = told("dianLi huanhuo")
    for words in (
        "规整后 normalised: dianlihuanhuo\n",
        "比的是 compared:   店里换货\n",
        "候选 candidate: ",
        "  faq/return_store  网上买的能到店退吗\n",
        "关键词 keywords「",
        "例句 example「",
        "有利：",
        "for: ",
        "不利：",
        "against: ",
        "都不是 none right:",
        "结果 decision:     反问 ask\n",
        "由什么定 by:       回答线 answer ",
        "询问线 ask ",
        "原因 reason:       不够确定：",
        "not sure: ",
    ):
        assert words in output
    assert [name for name in NAMES if "_" in name and name in output] == []


@pytest.mark.parametrize("text", [RAMBLING, "我要投诉", "ztth", "退款什么时候到账"])
def test_a_narrow_terminal_is_enough_but_for_the_words_themselves(text: str) -> None:
    ours = [line for line in told(text).splitlines() if "│" not in line]
    assert [line for line in ours if width(line) > COLUMNS] == []


def test_programs_are_told_everything() -> None:
    found = data("店里换货")
    assert (found["band"], found["bar"], found["bar_at"]) == (
        "ask",
        "answer",
        found["bars"]["answer"],
    )
    assert (found["normalised"], found["compared"], found["channel"]) == (
        "店里换货",
        "店里换货",
        None,
    )
    assert {"match", "rule", "reason_zh", "reason_en", "sentence", "lead"} <= found.keys()
    first, second, *_ = found["candidates"]
    assert first["score"] == pytest.approx(second["score"] + found["lead"])
    assert 0 < found["nothing"] < 1
    for one in found["candidates"]:
        assert tuple(one["features"]) == NAMES
        assert len(one["for"]) <= 3
        assert len(one["against"]) <= 2
        assert all({"zh", "en", "weight"} == reason.keys() for reason in one["for"])
    assert (first["beside"], second["beside"]) == (second["script_id"], first["script_id"])


def test_of_several_sentences_the_one_is_told() -> None:
    decide = matcher().decide
    text = next(one.text for one in read_questions(QUESTIONS) if decide(one.text).sentence)
    found = data(text)
    assert found["candidates"][0]["sentence"] == found["sentence"] != ""
    assert "答的句子 sentence「" in told(text)


def test_small_talk_gets_what_is_said_by_name() -> None:
    for text, script in (
        ("好久不见", "system/greeting_reply"),
        ("给我讲个笑话吧", "system/fallback"),
        ("非常感谢你的耐心解答", "chat/thanks"),
    ):
        assert [one["script"] for one in data(text, "--channel", "kf")["replies"]] == [script]


def test_the_answers_to_several_questions_are_told() -> None:
    output = told("运费多少？另外会员日是哪天")
    assert "回答 answer → faq/ship_fee, news/member_day" in output
    assert output.count("客户收到 reply:") == 2


def test_there_are_words_for_whatever_may_decide() -> None:
    assert BARS.keys() == set(get_args(Bar))
    assert TIERS.keys() > set(get_args(Tier))


def test_a_channel_has_its_own_words_and_no_menus() -> None:
    bot, kf = data("店里换货", "--channel", "bot"), data("店里换货", "--channel", "kf")
    assert (bot["channel"], bot["band"]) == ("bot", "ask")
    assert [one["script"] for one in bot["replies"]] == ["system/handover_bot"]
    assert [one["script"] for one in kf["replies"]] == ["system/menu_head", "system/menu_tail"]


def test_a_channel_has_its_own_bars_and_conditions(tmp_path: Path) -> None:
    script = """
    [[script]]
    id = "faq/hours"
    title = "几点开门"
    category = "faq"
    ask = ["几点开门"]
    say = ["十点。"]
    when = { channel = ["bot"] }
    """
    (tmp_path / "hours.toml").write_text(script, "utf-8")
    (tmp_path / "bars.toml").write_text(
        "[all]\nanswer = 0.9\nlead = 0.1\nask = 0.2\n[bot]\nanswer = 0.7\nlead = 0.1\nask = 0.2\n",
        "utf-8",
    )

    def asked(*options: str) -> tuple[str, float]:
        output = huashu(
            "scripts", "match", "几点开门", "--json", "--library", str(tmp_path), *options
        )
        found = json.loads(output.output)
        return found["band"], found["bars"]["answer"]

    assert asked() == ("answer", 0.9)  # no condition is judged
    assert asked("--channel", "bot") == ("answer", 0.7)
    assert asked("--channel", "kf") == ("handover", 0.9)


def test_a_channel_that_there_is_not_is_refused() -> None:
    assert huashu("scripts", "match", "x", "--channel", "post").exit_code == 2


def test_what_was_typed_cannot_steer_the_terminal() -> None:
    output = told("怎么退\x9b2J\x1b货")
    assert "\x1b" not in output
    assert "\x9b" not in output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("门店地址在哪里", ["faq/store_address", "│ 我们在杭州市西湖区文三路 100 号。"]),
        ("什么时候发货", ["one of these", "│ 现货 48 小时内发出", "│ 付款后 48 小时内发出", "→ "]),
        (
            "店里换货",
            ["system/menu_head", "│ 您是想问：", "1. 网上买的能到店退吗", "3. 都不是，请人工"],
        ),
        (
            "说好上午送，现在四点了还没影",  # no rule has its words
            ["system/complaint 09:00-21:00 ", "system/complaint_off_hours", "上班时间：每天 9:00"],
        ),
    ],
)
def test_scripts_match_shows_what_the_customer_gets(text: str, shown: list[str]) -> None:
    result = huashu("scripts", "match", text, "--library", LIBRARY)
    assert [words for words in shown if words not in result.output] == []


def test_scripts_match_shows_attachments_and_sample_names(tmp_path: Path) -> None:
    script = """
    [[script]]
    id = "news/catalogue"
    title = "看新品目录"
    category = "news"
    ask = ["有新品目录吗"]
    say = ["{{ customer.name }}，{{ company.name }}的目录在这里：\\n{{ company.site }}"]
    attachments = [{ type = "link", title = "新品目录", url = "https://shop.example.com/new" }]
    """
    library = tmp_path / "words"
    library.mkdir()
    (library / "news.toml").write_text(script, "utf-8")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/bot.toml").write_text('company = { name = "好店" }', "utf-8")
    arguments = ("scripts", "match", "有新品目录吗", "--library", str(library))
    told = huashu(*arguments).output
    assert "│ 王小明，好店的目录在这里：\n" in told
    assert "+ link 新品目录 https://shop.example.com/new\n" in told
    (reply,) = json.loads(huashu(*arguments, "--json").output)["replies"]
    assert reply["script"] == "news/catalogue"
    assert reply["wordings"] == ["王小明，好店的目录在这里："]
    assert reply["attachments"][0]["url"] == "https://shop.example.com/new"
    for settings in ("company = 5", 'zone = "Mars"', "zone = 5", "zone = []"):
        (tmp_path / "config/bot.toml").write_text(settings, "utf-8")
        assert huashu(*arguments).exit_code == 0


def test_nothing_is_shown_where_nothing_is_said() -> None:
    result = huashu("scripts", "match", "嗯嗯", "--library", LIBRARY)
    assert "不回复 silent" in result.output
    assert "客户收到" not in result.output


def test_nobody_is_offered_what_nobody_asks() -> None:
    """The trial listed 客户夸东西好 and 客户道谢 in a menu that the bot does not show so."""
    assert "客户夸东西好" not in str(data("你家衣服质量咋样", "--channel", "kf")["replies"])
    (reply, *_) = data("谢谢你们上次的赠品", "--channel", "kf")["replies"]
    assert reply["script"].startswith("system/handover")
