"""config/caps.toml and [manners]: what they may say, and how a mistake is named."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import Complaint, ConfigError
from bot.touch.caps import BUILT_IN, Cap
from bot.touch.hours import told
from bot.touch.reading import Rules, read_rules
from bot.touch.rulebook import FILES, Rulebook
from bot.touch.rules import Manners
from bot.touch.touch import Scenario
from bot.workspace.workspace import lay_out

CHECKOUT = Path(__file__).parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(root: Path, *, touch: str = "", caps: str = "") -> tuple[Rules | None, list[Complaint]]:
    (root / "config").mkdir(exist_ok=True)
    (root / "config/touch.toml").write_text(touch, "utf-8")
    (root / "config/caps.toml").write_text(caps, "utf-8")
    complaints: list[Complaint] = []
    return read_rules(root, {}, complaints), complaints


def profile(*caps: str, rule: str = "month") -> str:
    head = f'profile = "p"\ncorp_rule = "{rule}"\n'
    return f"{head}[profiles.p]\ncaps = [{', '.join(caps)}]" if caps else head


def cap(**fields: object) -> str:
    told = ", ".join(f"{key} = {value!r}" for key, value in fields.items())
    return f"{{ {told} }}".replace("'", '"')


def test_the_files_that_ship_hold_both_practices() -> None:
    complaints: list[Complaint] = []
    rules = read_rules(CHECKOUT, {}, complaints)
    assert complaints == []
    assert rules
    assert rules.caps.profile == rules.caps.in_force.name == "2025"
    old = rules.caps.profiles["2020"].caps
    assert Cap(subject="mass", span="week", most=1) in old
    assert Cap(subject="moment", span="day", most=1) in old
    assert Cap(subject="moment", span="month", most=4) in old
    for day in range(7):
        assert told(rules.manners.windows.on(day, "workday", Scenario.PROMOTION, "kf")) == (
            "09:00-21:00"
        )


def test_without_files_there_are_quiet_nights_and_one_message_a_day(tmp_path: Path) -> None:
    rules, complaints = read(tmp_path)
    assert not complaints
    assert rules
    assert rules.caps.in_force == BUILT_IN
    assert rules.manners.windows.quiet == ((0, 540), (1260, 1440))
    assert Manners().repeat_days == rules.manners.repeat_days


@pytest.mark.parametrize(
    ("touch", "key", "said"),
    [
        ('[manners]\nquiet = "21-9"', "manners.quiet", "'21-9'"),
        ('[manners]\nquiet = "00:00-24:00"', "manners.quiet", "never opens"),
        ("[manners]\nrepeat_days = -1", "manners.repeat_days", "0 or more"),
        ("[manners]\nquite = 1", "manners.quite", "unknown key"),
        ("[manners]\nwindows = 3", "manners.windows", "no table"),
        ('[manners.windows]\nworkday = "09:00-12:00"', "manners.windows.workday", "no list"),
        ('[manners.windows]\nworkday = ["9-12"]', "manners.windows.workday[0]", "'9-12'"),
        ('[manners.windows]\nmon = ["12:00-09:00"]', "manners.windows.mon[0]", "midnight"),
        ('[manners.windows]\nmon = ["09:00-12:00", "11:00-13:00"]', "manners.windows.mon[1]",
         "overlaps"),
        ('[manners.windows]\nmonday = ["09:00-12:00"]', "manners.windows.monday", "unknown key"),
        ('[manners.windows.promotion.mail]\nmon = []', "manners.windows.promotion.mail",
         "unknown key"),
        ('[manners.windows.reply]\nmon = []', "manners.windows.reply", "answers know no hours"),
        ('[manners.windows]\nmon = ["21:00-22:00"]', "manners.windows.mon", "quiet hours"),
        ('[manners.windows.promotion]\nworkday = []\nweekend = []\nholiday = []',
         "manners.windows.promotion", "never opens"),
        ('[manners.windows]\nworkday = []\nweekend = []\nmakeup = ["10:00-11:00"]',
         "manners.windows", "never opens"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_windows_is_named(
    tmp_path: Path, touch: str, key: str, said: str
) -> None:
    rules, complaints = read(tmp_path, touch=touch)
    assert [(one.file, one.key) for one in complaints] == [("config/touch.toml", key)]
    assert said in str(complaints[0])
    assert complaints[0].cure
    assert rules is None


ONE = cap(subject="customer", span="day", most=1)


@pytest.mark.parametrize(
    ("caps", "key", "said"),
    [
        ('profile = "p"', "profiles", "none"),
        (profile(ONE).replace('"p"', '"q"'), "profile", "'q'"),
        (profile(ONE).replace('profile = "p"', ""), "profile", "missing"),
        (profile(ONE, rule="year"), "corp_rule", "'year'"),
        (profile(ONE) + "\nnote = 1", "profiles.p", "list of caps"),
        (profile("3"), "profiles.p.caps[0]", "no cap"),
        (profile(cap(span="day", most=1)), "profiles.p.caps[0].subject", "missing"),
        (profile(cap(subject="client", span="day", most=1)), "profiles.p.caps[0].subject",
         "'client'"),
        (profile(cap(subject="customer", span="year", most=1)), "profiles.p.caps[0].span",
         "'year' cannot be used. Use hour, day, week or month"),
        (profile(cap(subject="customer", span="day", most=0)), "profiles.p.caps[0].most", "0"),
        (profile(cap(subject="customer", span="day")), "profiles.p.caps[0]", "span needs"),
        (profile(cap(subject="customer")), "profiles.p.caps[0]", "caps nothing"),
        (profile(cap(subject="mass", scenario="holiday", span="day", most=1)),
         "profiles.p.caps[0].scenario", "not counted by scenario"),
        (profile(cap(subject="customer", scenario="reply", span="day", most=1)),
         "profiles.p.caps[0].scenario", "'reply'"),
        # looser than WeCom
        (profile(cap(subject="mass", span="month", most=32)), "profiles.p.caps[0].most", "92135"),
        (profile(cap(subject="mass", span="week", most=8), rule="week"),
         "profiles.p.caps[0].most", "at most 7"),
        (profile(cap(subject="mass", span="day", most=2), rule="day"),
         "profiles.p.caps[0].most", "at most 1"),
        (profile(cap(subject="member", span="hour", most=1001)),
         "profiles.p.caps[0].most", "90454"),
        # two that contradict each other
        (profile(ONE, ONE), "profiles.p.caps[1]", "said twice"),
        (profile(cap(subject="customer", span="week", most=2),
                 cap(subject="customer", span="day", most=3)), "profiles.p.caps[1]",
         "3 a day contradicts 2 a week"),
        (profile(ONE, cap(subject="customer", scenario="holiday", span="day", most=2)),
         "profiles.p.caps[1]", "2 holiday of 1 a day"),
        (profile(cap(subject="customer", span="day", most=3),
                 cap(subject="customer", gap_h=12)), "profiles.p.caps[1]",
         "3 a day contradicts 12 h"),
        (profile(cap(subject="customer", gap_h=1), cap(subject="customer", gap_h=2)),
         "profiles.p.caps[1]", "gap is said twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_caps_is_named(tmp_path: Path, caps: str, key: str, said: str) -> None:
    rules, complaints = read(tmp_path, caps=caps)
    assert [(one.file, one.key) for one in complaints] == [("config/caps.toml", key)]
    assert said in str(complaints[0])
    assert complaints[0].cure
    assert rules is None


def test_holiday_is_a_kind_of_day_and_a_scenario(tmp_path: Path) -> None:
    """The list of hours that config/touch.toml shows was taken for the scenario's table."""
    rules, complaints = read(tmp_path, touch='[manners.windows]\nholiday = ["10:00-20:00"]\n')
    assert complaints == []
    assert rules
    windows = rules.manners.windows
    assert told(windows.on(2, "holiday", Scenario.PROMOTION, "kf")) == "10:00-20:00"
    table = '[manners.windows.holiday]\nworkday = ["10:00-12:00"]\n'
    rules, complaints = read(tmp_path, touch=table)
    assert complaints == []
    assert rules
    windows = rules.manners.windows
    assert told(windows.on(2, "workday", Scenario.HOLIDAY, "kf")) == "10:00-12:00"
    both = f'[manners.windows]\npublic_holiday = ["13:00-14:00"]\n{table}'
    rules, complaints = read(tmp_path, touch=both)
    assert complaints == []
    assert rules
    windows = rules.manners.windows
    assert told(windows.on(2, "workday", Scenario.HOLIDAY, "kf")) == "10:00-12:00"
    assert told(windows.on(2, "holiday", Scenario.PROMOTION, "kf")) == "13:00-14:00"
    twice = '[manners.windows]\nholiday = []\npublic_holiday = ["13:00-14:00"]\n'
    _, complaints = read(tmp_path, touch=twice)
    assert "is said twice" in str(complaints[0])


def test_stricter_than_wecom_is_fine(tmp_path: Path) -> None:
    strict = (cap(subject="mass", span="month", most=4), cap(subject="mass", span="week", most=1))
    rules, complaints = read(tmp_path, caps=profile(*strict))
    assert not complaints
    assert rules
    assert [one.most for one in rules.caps.in_force.all_caps(30)] == [4, 1, 30]


def test_check_names_the_mistakes_of_both_files(tmp_path: Path) -> None:
    root = tmp_path / "company"
    lay_out(root)
    caps = root / "config/caps.toml"
    caps.write_text(caps.read_text("utf-8").replace('"2025"', '"2031"', 1), "utf-8")
    touch = root / "config/touch.toml"
    touch.write_text(touch.read_text("utf-8").replace('"21:00-09:00"', '"9-21"'), "utf-8")
    result = CliRunner().invoke(app, ["check", "--root", str(root)], env=dict(os.environ))
    assert result.exit_code == 1
    assert "config/caps.toml: profile: there is no profile '2031'" in result.stderr
    assert "config/touch.toml: manners.quiet: '9-21' cannot be used" in result.stderr


async def test_a_switch_of_the_profile_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    lay_out(tmp_path / "w")
    root = tmp_path / "w"
    book = Rulebook(root, {}, SHANGHAI)
    first = book.policy
    assert first.profile.name == "2025"
    await book.sweep()
    assert book.policy is first
    caps = root / "config/caps.toml"
    caps.write_text(caps.read_text("utf-8").replace('profile = "2025"', 'profile = "2020"'))
    await book.sweep()  # somebody may still be writing
    assert book.policy is first
    await book.sweep()
    assert book.policy.profile.name == "2020"
    assert first.profile.name == "2025"


async def test_a_mistake_keeps_the_rules_in_force_and_is_told(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lay_out(root)
    book = Rulebook(root, {}, SHANGHAI)
    before, caps = book.policy, root / "config/caps.toml"
    good = caps.read_text("utf-8")
    caps.write_text(good.replace("most = 1,", "most = 9,"), "utf-8")
    for _ in range(3):
        await book.sweep()
    assert book.policy is before
    assert {one.file for one in book.complaints} == {"config/caps.toml"}
    caps.write_text(good, "utf-8")
    for _ in range(2):
        await book.sweep()
    assert book.complaints == ()
    assert book.policy is not before


async def test_a_config_that_is_gone_leaves_the_rules_in_force(tmp_path: Path) -> None:
    """After a wrong checkout there were no quiet hours and no caps, and a log that spoke of new
    rules; when the files were back, nobody had noticed."""
    root = tmp_path / "w"
    lay_out(root)
    book = Rulebook(root, {}, SHANGHAI)
    before, aside = book.policy, (root / "config").rename(tmp_path / "aside")
    for _ in range(3):
        await book.sweep()
    assert book.policy is before
    assert [one.file for one in book.complaints] == ["config/"]
    aside.rename(root / "config")
    for _ in range(2):
        await book.sweep()
    assert book.complaints == ()


def test_rules_that_cannot_be_used_are_refused_at_start(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lay_out(root)
    (root / FILES[1]).write_text('profile = "p"', "utf-8")
    with pytest.raises(ConfigError, match="profiles"):
        Rulebook(root, {}, SHANGHAI)
