"""`huashu demo`, as its visitor meets it: a program of its own, over real sockets."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.request import urlopen

import pytest

from tests.demo import HOSTILE, STORY

DEMO = [sys.executable, "-c", "from bot.cli import app; app()", "demo"]
ANY_PORT = ["--port", "0", "--mock-port", "0", "--pages-port", "0"]
# Demos of one program, one after another, each with the arguments of one line: to import it takes
# as long as all that it does.
ONE_BY_ONE = """
import sys
from bot.cli import app
for line in sys.argv[1:]:
    try:
        app(["demo", *line.split()])
    except SystemExit as ended:
        for stream in (sys.stdout, sys.stderr):
            print(f"ended {ended.code}", file=stream, flush=True)
"""
STAND_FOR_THEMSELVES = {"HUASHU_CORP_ID", "HUASHU_AGENT_ID", "HUASHU_BOT_ID", "HUASHU_DUTY"}


def environ(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "PYTHONUTF8": "1", **more}


def run(
    folder: Path, *arguments: str, program: Sequence[str] = DEMO, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *arguments],
        env=environ(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Played:
    """One run at full speed whose workspace was kept."""

    done: subprocess.CompletedProcess[str]
    root: Path

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.done.stdout.splitlines()]

    def rows(self, query: str) -> list[str]:
        database = sqlite3.connect(self.root / "var/huashu.db")
        try:
            return [value for row in database.execute(query) for value in row if value]
        finally:
            database.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("kept")
    done = run(folder, "--once", "--json", "--keep", *ANY_PORT, HUASHU_LOG="DEBUG")
    assert done.returncode == 0, done.stderr
    return Played(done, next(folder.glob("huashu-demo-*")))


def test_each_exchange_is_answered_by_its_script(played: Played) -> None:
    assert [exchange["script"] for exchange in played.exchanges] == STORY


def test_each_exchange_is_whole(played: Played) -> None:
    for exchange in played.exchanges:
        assert {"at", "channel", "who", "answers", "script"} <= exchange.keys()
        assert exchange["event"] or exchange["text"]
        assert exchange["why"]["zh"]
        assert exchange["why"]["en"]
        assert all(
            answer["text"] and answer["to"] and answer["via"] for answer in exchange["answers"]
        )


def test_a_question_in_three_pieces_gets_one_answer(played: Played) -> None:
    (pieces,) = [one for one in played.exchanges if one["text"].count("\n") == 2]
    assert [answer["via"] for answer in pieces["answers"]] == ["service_session"]


def test_the_bot_is_silent_while_a_person_serves(played: Played) -> None:
    taken, asked, ended = played.exchanges[8:11]
    assert [answer["via"] for answer in taken["answers"]] == ["servicer"]
    assert (asked["answers"], ended["answers"]) == ([], [])
    assert "同事正在接待" in asked["why"]["zh"]


def test_a_person_is_called_at_once_for_a_complaint(played: Played) -> None:
    told, todo = played.exchanges[-5]["answers"]
    assert (told["via"], told["to"]) == ("service_session", HOSTILE)
    assert (todo["via"], todo["to"]) == ("staff_notice", "王芳")
    assert "投诉" in played.exchanges[-5]["why"]["zh"]


def test_a_hostile_nickname_is_left_as_it_is(played: Played) -> None:
    (welcome,) = played.exchanges[-4]["answers"]
    assert welcome["text"].startswith(f"{HOSTILE}好")


def test_a_welcome_that_came_too_late_becomes_a_todo(played: Played) -> None:
    late = played.exchanges[-3]
    (todo,) = late["answers"]
    assert (todo["via"], todo["to"]) == ("staff_notice", "王芳")
    assert "41050" in late["why"]["zh"]


def test_a_greeting_waits_for_its_window_and_for_a_member(played: Played) -> None:
    early, due = played.exchanges[-2:]
    assert early["answers"] == []
    assert "免打扰时段" in early["why"]["zh"]
    assert [answer["via"] for answer in due["answers"]] == ["staff_task"]
    rows = played.rows("SELECT customer || ' ' || state FROM touch WHERE plan LIKE 'spring%'")
    assert "wmDemoXiaoMan 2" in rows
    assert not any("LaoZhang" in row for row in rows), "who complained is not in the plan"


def test_the_log_tells_neither_secrets_nor_words(played: Played) -> None:
    log = played.done.stderr.replace(str(played.root), "")
    log = log.replace("数据库留在", "")  # not the log: the last word to the visitor
    lines = re.findall("DEBUG bot\\..*", log)
    for told in (
        "bot.wecom.callback accepted CustomerAdded event:",
        "handler=welcome.",
        "handler=faq.answer band=answer messages=1",
        "by service_session",
    ):
        assert any(told in line for line in lines), told
    kept = (played.root / ".env").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in kept)
    secrets = [
        values[name] for name in values.keys() - STAND_FOR_THEMSELVES if len(values[name]) > 8
    ]
    tokens = played.rows("SELECT token FROM credential")
    codes = played.rows("SELECT json_extract(body, '$.welcome_code') FROM event")
    links = played.rows(
        "SELECT json_extract(body, '$.reply_to') FROM event WHERE kind = 'MessageReceived'"
    )
    pulling = played.rows(
        "SELECT json_extract(body, '$.token') FROM event WHERE kind = 'ServiceNotified'"
    )
    assert len(secrets) >= 5
    assert all((tokens, codes, links, pulling))
    private = [*secrets, *tokens, *codes, *links, *pulling]
    assert [one for one in private if one in log] == []
    assert re.findall(r"\b[0-9a-f]{40}\b|msg_signature|access_token=", log) == []
    assert re.findall(r"[\u4e00-\u9fff]+", log) == [], "every word of the story is Chinese"


def test_the_kept_folder_is_named(played: Played) -> None:
    assert str(played.root / "var/huashu.db") in played.done.stderr


def test_people_read_a_transcript_beside_another_demo_and_of_a_port_in_use_with_its_cure(
    tmp_path: Path,
) -> None:
    with usual_ports_taken(), socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ANY_PORT[::2]
        busy = [f"--once {' '.join(ANY_PORT)} {option} {port}" for option in options]
        done = run(tmp_path, "--once", *busy, program=[sys.executable, "-c", ONE_BY_ONE])
    transcript, told = (text.split("ended 0\n")[0] for text in (done.stdout, done.stderr))
    assert told == ""
    assert "\x1b[" not in transcript, "colours are for terminals"
    for number in range(1, len(STORY) + 1):
        assert f"\n{number:>2}  " in transcript
    assert "↳ 客户点了菜单" in transcript
    refused = done.stderr.removeprefix("ended 0\n").split("ended 1\n")
    for option, said in zip(options, refused[:-1], strict=True):
        assert said.startswith(f"端口 {port} 被别的程序占用"), "which of the three"
        assert option in said
    assert refused[-1] == ""
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@contextmanager
def usual_ports_taken() -> Iterator[None]:
    with ExitStack() as others:
        for port in (8080, 8081, 8082):
            with suppress(OSError):  # in use: just as good
                others.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


def hear_ctrl_c() -> None:
    """Whoever runs the tests may ignore SIGINT (nohup does), and a child inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    """Beside another one, which has the usual ports: one is chosen, and the others give way. The
    mock's stayed 8081, and it did not start."""
    how = (signal.SIGINT, signal.SIGTERM)
    with (
        usual_ports_taken(),
        subprocess.Popen(
            [sys.executable, "-c", ONE_BY_ONE, *[" ".join(ANY_PORT[:2]) for _ in how]],
            env=environ(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hear_ctrl_c,
        ) as program,
    ):
        patience = Timer(120, program.kill)
        patience.start()
        try:
            for one in how:
                urls = re.findall(r"http://[\d.]+:\d+", line_of(program, "http://"))
                assert len(urls) == 2
                for url in urls:
                    with urlopen(f"{url}/healthz", timeout=30) as answer:
                        assert answer.status == 200
                (workspace,) = tmp_path.iterdir()
                program.send_signal(one)
                assert line_of(program, "ended ") == "ended 0\n"
                assert not workspace.exists()  # the next demo's may be there already
            _, log = program.communicate(timeout=60)
            assert (program.returncode, log) == (0, "ended 0\n" * len(how))
            assert list(tmp_path.iterdir()) == []
        finally:
            patience.cancel()
            program.kill()


def line_of(program: subprocess.Popen[str], words: str) -> str:
    assert program.stdout is not None
    return next(line for line in program.stdout if words in line)
