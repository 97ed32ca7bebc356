"""Wrongly typed commands get an error in Chinese and in English, and exit with 2."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.lazily import lazily
from bot.workspace.workspace import lay_out
from tests.closed import closed
from tests.unit.test_complaints_in_chinese import is_chinese

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        ("scripts list --foo", "没有 --foo 这个选项", "No such option: --foo"),
        (
            "why --custmer x",
            "没有 --custmer 这个选项，是不是 --customer？",
            "No such option: --custmer",
        ),
        ("nosuch", "没有 nosuch 这个命令", "No such command 'nosuch'."),
        ("scripts nosuch", "没有 nosuch 这个命令", "No such command 'nosuch'."),
        ("init", "少写了 DIR", "Missing argument 'DIR'."),
        ("doubtful resolve x", "少写了选项 --reason", "Missing option '--reason'."),
        ("why --last", "--last 后面要写一个值", "Option '--last' requires an argument."),
        ("why --json=3", "--json 后面不写值", "Option '--json' does not take a value."),
        ("why x y", "多写了「x y」", "Got unexpected extra argument(s) (x y)"),
        ("why --last abc", "--last 写得不对：要写整数", "Input should be a valid integer"),
        ("why --last 0", "--last 写得不对：不能小于 1", "greater than or equal to 1"),
        ("demo --speed no", "--speed 写得不对：要写数字", "Input should be a valid number"),
        ("run --port 65536", "--port 写得不对：不能大于 65535", "less than or equal to 65535"),
        ("demo --log abc", "--log 写得不对：没有「abc」，可以写的有：「DEBUG」、", "env var"),
        ("check --root /etc/hosts", "这里要一个文件夹", "is a file."),
        ("import /nowhere", "DIR 写得不对：没有 /nowhere", "'/nowhere' does not exist."),
        ("stores import /", "FILE 写得不对：/ 是文件夹，这里要一个文件", "is a directory."),
        (
            "scripts find 退 --library /no",
            "没有 /no：到工作目录里运行",
            "run this in your workspace",
        ),
        ("export", "写得不对：要写导出到哪个目录", "give DIR, or --wake-up FILE"),
        ("doctor --page x", "--page 写得不对：要写完整的地址：https", "write the whole address"),
        ("doctor --agent x", "--agent 写得不对：要写页面拿到的", "that the page got"),
        ("doubtful resolve x --reason r", "选一个", "choose one of --sent, --again and --drop"),
    ],
)
def test_a_wrong_option_was_told_in_english_alone(arguments: str, zh: str, en: str) -> None:
    """In a frame, too, through which nothing could be copied."""
    result = CliRunner().invoke(app, arguments.split(), prog_name="huashu")
    told = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert zh in told[0]
    assert is_chinese(told[0])
    assert told[1].startswith("  ")
    assert en in told[1]
    assert "Traceback" not in result.output
    if len(told) > 2:
        assert told[2].startswith("Usage: huashu ")
        assert told[-1].startswith("详见 See: huashu ")


def test_a_container_whose_account_has_no_name_ended_in_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31)
    result = CliRunner().invoke(app, ["scripts", "retire", "faq/refund"], prog_name="huashu")
    assert result.exit_code == 2
    assert "--by 写得不对：这里的系统账号没有名字，请写您是谁" in result.stderr


@pytest.mark.parametrize("arguments", ["", "scripts", "touch"])
def test_what_asks_for_nothing_is_given_the_list_of_commands(arguments: str) -> None:
    result = CliRunner().invoke(app, arguments.split(), env={"COLUMNS": "80"}, prog_name="huashu")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: huashu ")
    assert "..." not in result.stderr.replace("[ARGS]...", "")  # it is told to its end


def test_help_was_drawn_by_a_library_that_took_as_long_as_all_else() -> None:
    program = (
        "import sys, bot.cli\ntry: bot.cli.app(['scripts', 'list', '--help'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert "--library" in told.stdout
    assert not set(told.stdout.split()) & {"rich", "bot.store.database", "aiohttp"}


def test_a_terminal_that_lacks_a_sign_shows_another() -> None:
    """`huashu scripts list` in GBK (a Chinese Windows) ended in a traceback."""
    program = "import sys, bot.command; sys.argv = ['huashu', '😀']; bot.command.main()"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
    )  # fmt: skip
    assert told.returncode == 2
    assert told.stderr.decode("gbk").startswith("没有 ? 这个命令")


def test_ctrl_c_while_it_is_still_importing_is_no_mistake() -> None:
    """Whoever had mistyped `huashu run` and pressed it at once got a page of traceback."""
    program = """
import sys
class Pressed:
    def find_spec(self, name, *_):
        if name == "bot.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Pressed())
sys.argv = ["huashu", "check"]
import bot.command
bot.command.main()"""
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout, told.stderr) == (130, "", "")


def test_a_question_to_nobody_is_told_with_its_cure() -> None:
    """`touch remind` in a script of cron said "Aborted."."""
    asking = typer.Typer(cls=lazily({}))

    @asking.callback(invoke_without_command=True)
    def ask() -> None:
        raise typer.Abort

    result = CliRunner().invoke(asking)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "什么都没做；没有终端时请加 --yes\n  No answer" in result.stderr


ENV = "CORP_ID=ww0123456789abcdef AGENT_ID=1000002 APP_SECRET=s CALLBACK_TOKEN=T DUTY=Li"


def test_check_tells_once_of_what_is_closed(tmp_path: Path) -> None:
    """The first was a warning, the next two brought a page of what only followed, and nothing was
    said of the last two."""
    lay_out(tmp_path)
    keys = f"{ENV} CALLBACK_AES_KEY={'a' * 43}".split()
    (tmp_path / ".env").write_text("".join(f"HUASHU_{one}\n" for one in keys), "utf-8")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o777)

    def mistakes() -> list[str]:
        result = CliRunner().invoke(app, ["check", "--root", str(tmp_path)])
        assert not isinstance(result.exception, Exception), result.exc_info
        told = result.stderr.splitlines()
        return [line for line in told if not line.startswith((" ", "留意", "只看"))]

    assert mistakes() == []  # and whatever it needs is imported
    for file, told in (
        ("config/forbidden.toml", "config/forbidden.toml：运行命令的用户没有权限打开"),
        ("scripts_library/_shared.jinja", "_shared.jinja：运行命令的用户没有权限打开"),
        ("scripts_library", "scripts_library/：运行命令的用户没有权限打开"),
        ("var", "var/huashu.db：文件写不进去"),
        ("var/huashu.db", "var/huashu.db：文件写不进去"),
    ):
        if file.endswith(".db"):
            (tmp_path / file).touch()
        with closed(tmp_path / file):
            found = mistakes()
        assert len(found) == 1 + (file == "scripts_library"), found  # and what it shares
        assert told in found[-1]
    news = tmp_path / "scripts_library/news.toml"
    words = news.read_text("utf-8")
    news.write_text(words, "gb18030")
    (told,) = mistakes()  # not besides of each plan that says one of them
    assert told.startswith("scripts_library/news.toml 第 1 行：编码不对")
    news.write_text(words, "utf-8")
    # All was in order, and the service did not start.
    config = tmp_path / "config/bot.toml"
    archive = (
        '[archive]\nsecret = "env:HUASHU_APP_SECRET"\nsource = "http"\nurl = "http://127.0.0.1"\n'
    )
    config.write_text(f"{config.read_text('utf-8')}\n{archive}", "utf-8")
    assert "config/bot.toml archive.keys：那里没有私钥。把会话内容存档的私钥" in mistakes()[0]
    config.write_text("[server]\nhost = 127.0.0.1\n", "utf-8")
    assert len(mistakes()) == 1, "a comma was told twice, and of dates whose plans nobody had read"
    checked = CliRunner().invoke(app, ["check", "--root", str(tmp_path)])
    assert "field.renewal" not in checked.stderr


def test_the_doctor_tells_settings_in_chinese_too() -> None:
    result = CliRunner().invoke(app, ["doctor", "--root", "/nowhere"])
    assert result.exit_code == 1
    assert "这里没有设置文件" in result.stdout
    assert "→ 用 huashu init 建一个工作目录" in result.stdout
    assert "no settings here" in result.stdout


def test_the_doctor_headed_each_mistake_of_the_settings_anew(tmp_path: Path) -> None:
    lay_out(tmp_path)
    told = CliRunner().invoke(app, ["doctor", "--root", str(tmp_path)]).stdout
    assert told.count("没有设置") > 1
    assert told.count("✗ 配置文件 Settings") == 1


def test_the_doctor_whose_reader_has_gone_ends_without_a_traceback(tmp_path: Path) -> None:
    """`huashu doctor | head` left one of its generators behind."""
    lay_out(tmp_path)
    config = tmp_path / "config/bot.toml"
    alone = config.read_text("utf-8").replace(
        "[wecom]\n", '[wecom]\napi_base = "http://127.0.0.1:9"\n'
    )
    config.write_text(alone, "utf-8")
    filled = {
        "CORP_ID": "ww1", "AGENT_ID": "1", "APP_SECRET": "s", "DUTY": "a", "CALLBACK_TOKEN": "t",
        "CALLBACK_AES_KEY": "a" * 43,
    }  # fmt: skip
    program = f"{shlex.quote(sys.executable)} -c 'from bot.cli import app; app()'"
    told = subprocess.run(
        ["sh", "-c", f"{program} doctor | true"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)}
        | {f"HUASHU_{name}": value for name, value in filled.items()},
    )  # fmt: skip
    assert "settings" not in told.stdout
    assert told.stderr == ""


def test_a_library_that_is_not_there_is_not_said_to_be_of_an_unknown_form() -> None:
    result = CliRunner().invoke(app, ["scripts", "eval", "--root", "/nowhere"])
    assert result.exit_code == 1
    assert "没有这个文件或文件夹" in result.stderr


def test_a_disk_that_fills_up_under_init_is_told_with_its_cure(tmp_path: Path) -> None:
    """Two tracebacks, and a list of forty files."""
    program = (
        "import resource, sys, bot.command\n"
        "from bot.workspace import workspace\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with bot.command.plainly(): workspace.lay_out(workspace.Path(sys.argv[1]))"
    )
    told = subprocess.run(
        [sys.executable, "-B", "-c", program, str(tmp_path / "shop")],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert f"解决以后删掉 {tmp_path / 'shop'}，再建一次" in told.stderr
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
