"""The command line, as a user meets it."""

import ast
import json
import os
import runpy
import socket
import subprocess
import sys
import tomllib
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAGAIN, ENOSPC, EROFS
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import COMMANDS, app
from bot.cli.lazily import called_up
from bot.command import plain_options, plainly
from bot.errors import Complaint, ConfigError
from bot.workspace.workspace import PARTS
from tests.closed import closed

CHECKOUT = Path(__file__).parents[2]
LIBRARY = str(CHECKOUT / "scripts_library")


def huashu(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_version() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    assert huashu("--version").output == f"huashu {project['version']}\n"


def test_every_command_explains_itself() -> None:
    for command in ("demo", "run", "mock", "check", "init", "scripts"):
        result = huashu(command, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_init_lays_out_a_complete_workspace(tmp_path: Path) -> None:
    target = tmp_path / "new" / "company"
    result = huashu("init", str(target))
    assert result.exit_code == 0
    assert "huashu check" in result.output
    assert {path.name for path in target.iterdir()} == {*PARTS, "tests", ".gitignore"}
    for file in ("config/bot.toml", "config/touch.toml", ".env.example"):
        assert (target / file).read_bytes() == (CHECKOUT / file).read_bytes()
    unshared = (target / ".gitignore").read_text("utf-8").split()
    assert {".env", "archive_keys/", "var/", "backup/"} <= {*unshared}
    assert list(target.rglob("__pycache__")) == []


def test_the_wheel_carries_what_init_lays_out() -> None:
    tree = ast.parse((CHECKOUT / "setup.py").read_text("utf-8"))
    assigned = next(node for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(assigned.value) == PARTS  # setup.py cannot import bot


def test_the_wheel_carries_every_file_of_the_program() -> None:
    """Of a new folder of templates it carried none: each page of scripts was missing."""
    built = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    program = CHECKOUT / "bot"
    carried = {path for one in built["package-data"]["bot"] for path in program.glob(one)}
    needless = {".py", ".pyc"}
    assert {
        path.relative_to(program).as_posix()
        for path in program.rglob("*")
        if path.is_file() and path.suffix not in needless and path.name != "README.md"
        if path not in carried
    } == set()


def test_a_wheel_holds_nothing_of_the_version_that_was_built_here_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "lib" / "bot" / "store" / "migrations" / "9999_given_up.py"
    parts = (tmp_path / part / "part" for part in PARTS if "." not in part)
    for file in (tmp_path / "bot" / "__init__.py", gone, tmp_path / ".env.example", *parts):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["setup.py", "-q", "build_py", "--build-lib", "lib"])
    runpy.run_path(str(CHECKOUT / "setup.py"))
    assert (tmp_path / "lib" / "bot" / "_workspace" / ".env.example").exists()
    assert not gone.exists()


@pytest.mark.parametrize("occupant", ["folder", "file"])
def test_init_overwrites_nothing(tmp_path: Path, occupant: str) -> None:
    target = tmp_path / "company"
    if occupant == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine", "utf-8")
    else:
        target.write_text("mine", "utf-8")
    result = huashu("init", str(target))
    assert result.exit_code == 1
    assert "Name a new or empty folder" in result.output
    assert "Traceback" not in result.output
    kept = target / "notes.txt" if occupant == "folder" else target
    assert kept.read_text("utf-8") == "mine"


def test_run_names_the_settings_that_are_missing(tmp_path: Path) -> None:
    result = huashu("run", "--root", str(tmp_path))
    assert result.exit_code == 1
    assert "config/bot.toml" in result.output
    assert "huashu init DIR" in result.output


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("", (Path(), None)),
        ("--port 81 --root shop", (Path("shop"), 81)),
        ("--root=shop --port=81 --port=82", (Path("shop"), 82)),
        ("--help", None),
        ("shop", None),
        ("--port 65535", (Path(), 65535)),
        ("--port 65536", None),
        ("--port", None),
        ("--port eighty", None),
        ("--root --port 81", None),
        (f"--root {__file__}", None),
        ("--log=DEBUG", None),
    ],
)
def test_run_reads_what_is_plain_itself(
    arguments: str, options: tuple[Path, int | None] | None
) -> None:
    assert plain_options(arguments.split()) == options


def test_what_serves_holds_nothing_of_the_command_line() -> None:
    program = "import sys, bot.command, bot.app; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    loaded = set(told.stdout.split())
    assert "tortoise.models" in loaded
    assert not loaded & {"bot.cli", "typer", "pydantic", "openpyxl", "bot.mockwecom"}
    assert not loaded & {"bot.store.touch.models", "tortoise.migrations.executor"}


def test_check_tells_all_complaints_of_settings_scripts_and_routers(tmp_path: Path) -> None:
    huashu("init", str(tmp_path))
    config = tmp_path / "config/bot.toml"
    config.write_text('routers = "no_such_package:routers"\n' + config.read_text("utf-8"), "utf-8")
    (tmp_path / "scripts_library/broken.toml").write_text("[[script]", "utf-8")
    days = '[days.ours]\non = "11-31"\nzh = "店庆"'
    (tmp_path / "config/calendar.toml").write_text(days, "utf-8")
    result = huashu("check", "--root", str(tmp_path))
    assert result.exit_code == 1
    assert "HUASHU_APP_SECRET is not set" in result.output
    assert "broken.toml" in result.output
    assert "config/calendar.toml: days.ours.on: 11-31 never comes" in result.output
    assert "handlers:routers" not in result.output


def test_check_outside_a_workspace_says_only_that(tmp_path: Path) -> None:
    result = huashu("check", "--root", str(tmp_path))
    assert result.exit_code == 1
    assert "no settings here" in result.output
    assert len(result.output.splitlines()) == 2  # in Chinese and in English


def test_a_fresh_workspace_passes_the_check_once_env_is_filled_in(tmp_path: Path) -> None:
    huashu("init", str(tmp_path))
    values = {
        "HUASHU_CORP_ID": "ww0123456789abcdef",
        "HUASHU_AGENT_ID": "1000002",
        "HUASHU_APP_SECRET": "secret",
        "HUASHU_CALLBACK_TOKEN": "Token",
        "HUASHU_CALLBACK_AES_KEY": "a" * 43,
        "HUASHU_DUTY": "ZhangSan",
    }
    secrets = tmp_path / ".env"
    secrets.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
    secrets.chmod(0o644)
    fresh = check_in(tmp_path)
    assert fresh.returncode == 0
    assert "in order" in fresh.stdout
    told = without_forecasts(fresh.stderr)
    assert all(line.startswith("留意：") for line in told[::2])  # it spoke English alone
    assert ("还是示例" in told[0], "chmod 600 .env" in told[4]) == (True, True)
    warnings = [line.strip() for line in told[1::2]]
    assert len(warnings) == 3
    assert all(line.startswith("Warning: ") for line in warnings)
    assert "name, phone, address, site: still the sample" in warnings[0]
    assert "Read scripts_library/_shared.jinja" in warnings[1]
    assert "chmod 600 .env" in warnings[2]

    secrets.chmod(0o600)
    for file, old, new in (
        ("config/bot.toml", "有间好物", "另一家店"),
        ("config/bot.toml", "400-800-1234", "010-12345678"),
        ("config/bot.toml", "杭州市西湖区文三路 100 号", "北京"),
        ("config/bot.toml", "https://shop.example.com", "https://another.example.com"),
        ("scripts_library/_shared.jinja", "48 小时", "24 小时"),
        ("scripts_library/chat.toml", "不客气", "别客气"),
    ):
        text = (tmp_path / file).read_text("utf-8")
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new), "utf-8")
    ours = check_in(tmp_path)
    assert (ours.returncode, without_forecasts(ours.stderr)) == (0, [])


def without_forecasts(stderr: str) -> list[str]:
    """At a year's end the next one's holidays may not be known yet."""
    return [line for line in stderr.splitlines() if "official.20" not in line]


def check_in(workspace: Path) -> "subprocess.CompletedProcess[str]":
    """In a process of its own: one imports only one package `handlers`."""
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import app; app()", "check"],
        cwd=workspace,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_scripts_check_finds_the_starter_library_in_order() -> None:
    result = huashu("scripts", "check", "--library", LIBRARY)
    assert (result.exit_code, result.output) == (0, "没有错误。 No mistakes.\n")


def test_scripts_check_names_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[script]", "utf-8")
    result = huashu("scripts", "check", "--library", str(tmp_path))
    assert result.exit_code == 1
    assert "broken.toml" in result.output


def test_scripts_list_shows_each_script() -> None:
    lines = huashu("scripts", "list", "--library", LIBRARY).output.splitlines()
    assert len(lines) >= 60
    assert any(line.startswith("welcome/first ") for line in lines)


def test_a_broken_library_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[script]", "utf-8")
    result = huashu("scripts", "match", "你好", "--library", str(tmp_path))
    assert result.exit_code == 1
    assert "broken.toml" in result.output


def test_a_port_in_use_is_told_with_its_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = huashu("mock", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "choose with --port or --pages-port" in result.output


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(EADDRINUSE, "in use"), "stop it, or choose with --port\n"),  # and no --mock-port
        (OSError(EACCES, "denied"), "denied. Choose with --port, 1024 or above\n"),
        (OSError(EADDRNOTAVAIL, "none"), "look at [server] host in config/bot.toml\n"),
        (socket.gaierror(-2, "Name unknown"), "look at [server] host in config/bot.toml\n"),
        (OSError(ENOSPC, "No space left"), "磁盘满了：请腾出空间\n  No space left. Make room"),
        (OSError(EROFS, "Read-only", "a.csv"), "  a.csv: Read-only. Name another, or see that it"),
    ],
)
def test_what_the_system_refuses_is_told_with_its_cure(
    capsys: pytest.CaptureFixture[str], error: OSError, told: str
) -> None:
    with pytest.raises(SystemExit, match="1"), plainly():
        raise error
    assert told in capsys.readouterr().err


def test_another_error_of_the_system_is_shown_whole() -> None:
    with pytest.raises(BlockingIOError), plainly():
        raise BlockingIOError(EAGAIN, "later")


def test_a_port_that_there_is_not_is_refused(tmp_path: Path) -> None:
    result = huashu("run", "--root", str(tmp_path), "--port", "99999")
    assert result.exit_code == 2
    assert "65535" in result.output


def test_complaints_from_inside_a_task_group_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    complaint = Complaint("config/bot.toml", "app.secret", "is missing", "Add it")
    inner = ExceptionGroup("tasks", [ConfigError([complaint])])
    with pytest.raises(SystemExit, match="1"), plainly():
        raise ExceptionGroup("app", [inner])
    assert "app.secret: is missing" in capsys.readouterr().err


def test_a_file_out_of_reach_is_told_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closed(tmp_path), pytest.raises(SystemExit, match="1"), plainly():
        (tmp_path / "config/bot.toml").stat()
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path}/config/bot.toml：运行命令的用户没有权限打开。")
    assert told.endswith("sudo -u huashu huashu …\n")


def test_what_nobody_expected_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), plainly():
        raise ZeroDivisionError


def test_scripts_go_to_excel_and_come_back(tmp_path: Path) -> None:
    book, library = str(tmp_path / "all.xlsx"), tmp_path / "library"
    assert "scripts" in huashu("scripts", "export", book, "--library", LIBRARY).output
    library.mkdir()
    (library / "_shared.jinja").write_bytes(Path(LIBRARY, "_shared.jinja").read_bytes())
    into = ("scripts", "import", book, "--library", str(library))
    result = huashu(*into, "--dry-run")
    assert (result.exit_code, list(library.glob("*.toml"))) == (0, [])
    assert "Nothing is written" in result.output
    assert huashu(*into).exit_code == 0
    assert huashu("scripts", "check", "--library", str(library)).exit_code == 0
    assert "unchanged: 0" not in huashu(*into).output


def test_an_import_with_a_mistake_writes_nothing_unless_told_so(tmp_path: Path) -> None:
    lines = [
        {"id": one, "category": "faq", "title": "x", "examples": ["x"], "reply": reply}
        for one, reply in (("a", "好"), ("b", "{{ x }}"))
    ]
    source, library = tmp_path / "some.jsonl", tmp_path / "library"
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    library.mkdir()
    into = ("scripts", "import", str(source), "--library", str(library))
    result = huashu(*into)
    assert (result.exit_code, list(library.iterdir())) == (1, [])
    assert "some.jsonl: line 2, reply[0] (b): unknown variable x" in result.output
    result = huashu(*into, "--keep-going")
    assert result.exit_code == 1
    text = (library / "some.toml").read_text("utf-8")
    assert 'id = "a"' in text
    assert 'id = "b"' not in text


def test_files_are_not_overwritten(tmp_path: Path) -> None:
    for command in (("export", "a.jsonl", "--library", LIBRARY), ("template", "a.xlsx")):
        name = str(tmp_path / command[1])
        assert huashu("scripts", command[0], name, *command[2:]).exit_code == 0
        result = huashu("scripts", command[0], name, *command[2:])
        assert result.exit_code == 1
        assert "--force" in result.output
        assert huashu("scripts", command[0], name, *command[2:], "--force").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "a.doc"),
        ("template", "a.jsonl"),
        ("export", "no/a.toml"),
        ("template", "no/a.xlsx"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, arguments: tuple[str, str]) -> None:
    result = huashu("scripts", arguments[0], str(tmp_path / arguments[1]))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_commands_waited_for_the_whole_engine() -> None:
    program = (
        "import sys, bot.cli\ntry: bot.cli.app(['--help'])\nexcept SystemExit: print(*sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    loaded = set(told.stdout.split())
    assert "typer" in loaded
    assert not loaded & {"tortoise", "aiohttp", "jinja2", "bot.context", "bot.scripts"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_it_says_itself(name: str) -> None:
    found = called_up(name, COMMANDS[name])
    assert " ".join(found.help.split("\n\n")[0].split()) == COMMANDS[name].partition(" ")[2]


def test_every_command_below_another_is_there() -> None:
    for group in ("plans", "groups", "stores", "scripts", "touch"):
        listed = called_up(group, COMMANDS[group])
        for name in listed.list_commands(None):
            assert listed.get_command(None, name).help, (group, name)
