"""Files as editors and administrators leave them: wrong encoding, a BOM, no permission."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Complaint, ConfigError
from bot.plans.book import read_book
from bot.plans.reading import FOLDER
from bot.scripts.layers import read_layers
from bot.settings import Settings
from bot.telling.complaints import line
from bot.touch.calendar import Calendar
from tests.closed import closed
from tests.settings import APP, ENVIRON, load

ZONE = ZoneInfo("Asia/Shanghai")
GBK = '# 1\n[company]\nname = "花树"\n'.encode("gbk")
SCRIPT = """
[[script]]
id = "faq/refund"
category = "faq"
title = "退款"
ask = ["怎么退款"]
say = ["您好，在订单里点退款。"]
"""
NAMES = [".env", "config/bot.toml", "config/touch.toml"]


def told(root: Path) -> list[str]:
    with pytest.raises(ConfigError) as found:
        Settings.load(root, ENVIRON)
    return in_chinese(found.value.complaints)


def test_what_stands_in_a_file_that_cannot_be_read_is_not_told_as_missing(tmp_path: Path) -> None:
    load(tmp_path, APP)
    (tmp_path / ".env").write_bytes(GBK)
    with pytest.raises(ConfigError) as found:
        Settings.load(tmp_path, {})
    assert [one.file for one in found.value.complaints] == [".env"]


def in_chinese(complaints: tuple[Complaint, ...]) -> list[str]:
    return [line(one, "zh") for one in complaints]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_notepad_saved_in_gbk(tmp_path: Path, name: str) -> None:
    load(tmp_path, APP)
    (tmp_path / name).write_bytes(GBK)
    assert told(tmp_path) == [
        f"{name} 第 3 行：编码不对。另存为 UTF-8（记事本：文件 → 另存为 → 编码选 UTF-8）。"
    ]


def test_the_mark_that_notepad_puts_before_utf_8(tmp_path: Path) -> None:
    load(tmp_path, APP)
    (tmp_path / ".env").write_text("A_SECRET=1234567", "utf-8-sig")
    config = APP.replace("env:HUASHU_APP_SECRET", "env:A_SECRET")
    (tmp_path / "config/bot.toml").write_text(config, "utf-8-sig")
    (tmp_path / "config/touch.toml").write_text("[manners]\n", "utf-8-sig")
    settings = Settings.load(tmp_path, ENVIRON)
    assert settings.app is not None
    assert settings.app.secret.reveal() == "1234567"
    library = tmp_path / "scripts_library"
    library.mkdir()
    (library / "faq.toml").write_text(SCRIPT, "utf-8-sig")
    (library / "_shared.jinja").write_text("{% macro bye() %}再见{% endmacro %}", "utf-8-sig")
    assert [one.id for one in read_layers(library).library()] == ["faq/refund"]


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_in_the_place_of_a_file(tmp_path: Path, name: str) -> None:
    load(tmp_path, APP)
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).mkdir()
    assert told(tmp_path) == [
        f"{name}：这里应该是文件，却是一个文件夹。把这个文件夹移走，放上文件。"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_the_user_may_not_read(tmp_path: Path, name: str) -> None:
    load(tmp_path, APP)
    (tmp_path / name).touch()
    with closed(tmp_path / name):
        assert told(tmp_path) == [
            f"{name}：运行命令的用户没有权限打开。"
            "让运行机器人的用户能打开它，并用这个用户运行命令：sudo -u huashu huashu …。"
        ]


@pytest.mark.parametrize("name", ["faq", "faq/refund.toml", "_shared.jinja"])
def test_no_part_of_a_library_is_missed_in_silence(tmp_path: Path, name: str) -> None:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq/refund.toml").write_text(SCRIPT, "utf-8")
    (tmp_path / "_shared.jinja").touch()
    with closed(tmp_path / name):
        found = in_chinese(read_layers(tmp_path).complaints)
    place = "faq/" if name == "faq" else name
    assert [one.partition("：")[::2][0] for one in found] == [place]
    assert "没有权限打开" in found[0]


@pytest.mark.parametrize("name", ["", "a.toml"])
def test_nor_of_the_plans(tmp_path: Path, name: str) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "a.toml").touch()
    with closed(folder / name):
        found = read_book(
            tmp_path, scripts={}, calendar=Calendar(), today=date(2026, 3, 8), zone=ZONE
        )
    assert [one.file for one in found.complaints] == [f"config/plans/{name}"]
