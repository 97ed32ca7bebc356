"""Only one process works on a SQLite file."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.cli.records import store_url
from bot.errors import ConfigError
from bot.store.alone import working_alone
from bot.store.database import open_database
from tests.engine import workspace

HOLDING = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()"""


async def test_a_second_process_on_one_file_is_told_of_the_first(tmp_path: Path) -> None:
    """It took what the first had on its way for a crash's, and sent it a second time."""
    path = tmp_path / "var/a.db"
    url, aside = f"sqlite://{path}", f"sqlite://{tmp_path}/b.db"
    async with working_alone(url), working_alone(aside), open_database(url):
        (tmp_path / "var/by.db").symlink_to(path)
        for same in (url, f"sqlite://{tmp_path}/var/by.db"):
            with pytest.raises(ConfigError) as raised:
                async with working_alone(same, patience_s=0):
                    raise AssertionError("two work on it")
            told = f"{path}: another process works on this database. Stop it, or name another"
            assert str(raised.value).startswith(told)
    async with working_alone(url, patience_s=0):
        assert oct((tmp_path / "var/a.db-lock").stat().st_mode)[-3:] == "600"


async def test_a_command_does_not_send_one_to_restart_a_bot_whose_file_was_deleted(
    tmp_path: Path,
) -> None:
    """`huashu todos` said that there was no database yet and that `huashu run` makes it: with the
    process goes what it alone still has."""
    settings = workspace(tmp_path, store="sqlite")
    async with working_alone(f"sqlite://{tmp_path}/test.db"):
        with pytest.raises(ConfigError, match="deleted, moved or replaced"):
            store_url(settings)
    with pytest.raises(ConfigError, match="there is no database yet"):
        store_url(settings)


async def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDING, str(tmp_path / "a.db-lock"), stdin=PIPE, stdout=PIPE
    )
    assert other.stdout is not None  # a pipe, see above
    await other.stdout.readline()
    with pytest.raises(ConfigError, match="another process works"):
        async with working_alone(f"sqlite://{tmp_path}/a.db", patience_s=0):
            pass
    other.kill()
    async with working_alone(f"sqlite://{tmp_path}/a.db"):
        await other.communicate()


async def test_where_the_lock_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db-lock").mkdir()
    with pytest.raises(ConfigError, match=r"a\.db-lock: the file cannot be written"):
        async with working_alone(f"sqlite://{tmp_path}/a.db"):
            pass
