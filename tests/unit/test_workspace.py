"""Warnings for a workspace that can start nevertheless, and what its machines compare."""

from pathlib import Path

import pytest

from bot.cluster.alike import Secrets
from bot.errors import Complaint
from bot.store_url import INSTALL
from bot.telling.complaints import words
from bot.workspace.drivers import lack, lacking, wanted
from bot.workspace.workspace import old_pairs, overheard, prefixed, repeated, unfinished
from tests.engine import workspace
from tests.settings import APP, ENVIRON, complaints, load


def test_a_line_of_dotenv_filled_in_above_another_was_passed_over_in_silence(
    tmp_path: Path,
) -> None:
    lines = "HUASHU_X=1\nHUASHU_Y=1\nHUASHU_X=1\nHUASHU_Y=2\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    assert [(one.file, one.key) for one in repeated(tmp_path)] == [(".env", "HUASHU_Y")]


def test_an_opt_out_list_of_an_earlier_version_went_on_hearing_false_ones(tmp_path: Path) -> None:
    touch = '[manners]\nopt_out = ["td", "退订", "别再发", "不要打扰", "别发了", "取关"]'
    (told,) = overheard(load(tmp_path, APP, touch=touch))
    assert told.key == "manners.opt_out"
    assert told.cure.startswith('Write opt_out = ["td", "取关"], and')
    assert "退订、别再发、不要打扰… is understood" in told.problem
    assert words(told, "zh")[0].startswith("退订、别再发、不要打扰…不写也听得懂")
    assert words(told, "zh")[1].startswith('写成 opt_out = ["td", "取关"]；')
    assert not [*overheard(load(tmp_path, APP, touch='[manners]\nopt_out = ["td", "取关"]'))]


def test_an_old_pair_may_stand_beside_the_new_one_and_is_warned_of(tmp_path: Path) -> None:
    old = '{ token = "env:HUASHU_BOT_TOKEN", aes_key = "env:HUASHU_BOT_AES_KEY" }'
    settings = load(tmp_path, APP.replace("callback = { ", f"callback = {{ old = {old}, "))
    assert settings.app
    assert settings.app.callback.old
    assert settings.app.callback.old.token.reveal() == "TheBotToken"
    (told,) = old_pairs(settings)
    assert (told.key, "each page of the console" in told.cure) == ("app.callback.old", True)
    assert not [*old_pairs(load(tmp_path, APP))]
    half = APP.replace("callback = { ", 'callback = { old = { token = "env:HUASHU_BOT_TOKEN" }, ')
    (found,) = complaints(tmp_path, half)
    assert (found.key, found.problem) == ("app.callback.old.aes_key", "is missing")


def test_drivers_that_an_upgrade_left_as_they_were_were_not_told_of(tmp_path: Path) -> None:
    assert wanted().keys() == {"asyncpg", "nats-py"}
    assert lack("asyncpg", "0.1") == ""
    old, none = lack("asyncpg", "99.0"), lack("no-such-driver", "1")
    assert "too old, this version wants 99.0" in old
    assert words(Complaint("", "", none, INSTALL), "zh")[0] == "没有装 no-such-driver"
    shared = '[store]\nurl = "env:HUASHU_STORE_URL"\n[inbox]\nurl = "nats://127.0.0.1:4222"\n'
    assert [*lacking(load(tmp_path, APP + shared))] == []


def test_a_database_at_hand_on_one_machine_was_told_as_another_secret(tmp_path: Path) -> None:
    """One says localhost where the other says its name: for good, and nothing was wrong."""
    lines = [f"{name}={value}\n" for name, value in ENVIRON.items()]
    (tmp_path / ".env").write_text("".join(lines), "utf-8")
    compared = Secrets.of(load(tmp_path, APP)).values
    assert compared["HUASHU_APP_SECRET"] == "the-app-secret"
    addresses = {"HUASHU_PROXY", "HUASHU_INBOX_URL", "HUASHU_STORE_URL"}
    assert ENVIRON.keys() - compared.keys() == addresses


@pytest.mark.parametrize(("path", "found"), [("", 0), ("/", 0), ("/wecom", 1), ("/a/b/", 1)])
def test_an_address_below_a_path_is_warned_of(tmp_path: Path, path: str, found: int) -> None:
    """Callbacks came through, and every page lost its looks and its links."""
    more = f'[server]\npublic_url = "https://bot.example.com{path}"'
    told = [*prefixed(load(tmp_path, f"{APP}\n{more}"))]
    assert [one.key for one in told] == ["server.public_url"] * found


def test_keys_that_open_every_chat_could_be_read_by_others(tmp_path: Path) -> None:
    """Of .env alone it was told."""
    archive = '[archive]\nsecret = "env:ARCHIVE_SECRET"'
    loaded = workspace(tmp_path, more=archive)
    (tmp_path / "archive_keys").mkdir()
    for name, mode in (("1.pem", 0o644), ("2.pem", 0o600)):
        (tmp_path / "archive_keys" / name).touch(mode)
    every = unfinished(tmp_path, "scripts_library", loaded, ())
    told = [one for one in every if one.key == "mode"]
    assert [one.cure for one in told] == ["chmod 600 archive_keys/1.pem"]
