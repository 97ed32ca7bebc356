"""`huashu demo`, as its visitor meets it: a program of its own, over real sockets."""

import json
import math
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.request import urlopen

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.clock import MovableClock
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.company import furnish
from bot.demo.company.people import customer
from bot.demo.exchange import Exchange
from bot.demo.stage import ACCOUNT, ACHEN, LIMING, WANGFANG, Stage, open_stage
from bot.demo.story import Story
from bot.store.desk.staff import Role
from bot.web.console.nav import NAV
from tests.pages import visiting

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
TODOS = "SELECT words FROM todo WHERE done_at IS NULL"
HOSTILE = "{{7*7}} $HOME <b>老张</b>😀"
STORY = [
    "welcome/store",
    "welcome/kf",
    "faq/ship_when",  # plainly asked
    "faq/refund",  # misspelt
    "faq/invoice",  # in three pieces
    "system/menu_head",  # exchange or return?
    "faq/return_how",  # clicked
    "system/handover",  # no script fits
    "",  # a person takes over,
    "",  # and the bot is silent,
    "",  # until the session ends
    "faq/ship_fee",
    "faq/points_use",  # in a group, by @
    "welcome/kf",
    "system/complaint",
    "welcome/parcel",  # by a nickname that looks like a program
    "system/notice",  # of a welcome that came too late
    "",  # on the morning of a festival, too early,
    "holiday/spring_festival",  # and in time
]
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


async def test_the_page_puts_the_clock_forward_and_what_is_due_comes(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    await stage.corp.customer_adds_member(ACHEN, LIMING, "store_7")
    await stage.settle()
    before = stage.clock.now()
    async with http.post("/demo/forward", json={"advance_s": 86_400}) as answer:
        now = datetime.fromisoformat((await answer.json())["now"])
    assert timedelta(days=1) <= now - before < timedelta(days=1, hours=1)
    async with http.post("/demo/forward", json={"advance_s": -1}) as answer:
        assert answer.status == 400
    rows = await stage.assistant.journal.rows("SELECT plan FROM touch")
    assert "new_customer" in {row["plan"] for row in rows}


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


async def test_the_page_knows_the_reasons(open_page: tuple[Stage, ClientSession]) -> None:
    stage, http = open_page
    async with http.get("/demo") as answer:
        assert answer.url.path == "/client"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    state = await get(http, "/_mock/client/state")
    assert HOSTILE in state["customers"].values()
    assert state["toolbars"][0]["url"] == f"{state['frame']}/sidebar"
    await writes(http, "什么时候发货")
    await stage.settle()
    (reason,) = await get(http, "/demo/reasons?since=0")
    assert reason["conversation"] == f"kf:{ACCOUNT}:{ACHEN}"
    assert reason["scripts"] == ["faq/ship_when"]
    assert await get(http, f"/demo/reasons?since={reason['seq']}") == []


@pytest.fixture
async def open_page(tmp_path: Path) -> AsyncIterator[tuple[Stage, ClientSession]]:
    """The page, without a story before it."""
    backstage = Backstage()
    async with (
        open_stage(
            tmp_path / "company", port=0, mock_port=0, quick=True, clock=MovableClock(),
            routes=backstage.routes(), extras=EXTRAS,
        ) as stage,
        ClientSession(stage.mock_url) as http,
    ):  # fmt: skip
        backstage.open(stage)
        yield stage, http


async def test_a_reloaded_page_can_tell_who_wrote_what_and_when(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    pieces = ["你好", "想问下", "怎么退货"]
    await stage.corp.customer_enters_kf(ACHEN, ACCOUNT)
    await stage.settle()
    for text in pieces:
        await stage.corp.customer_writes_kf(ACHEN, ACCOUNT, text)
    await stage.settle()
    await stage.corp.customer_adds_member(ACHEN, LIMING, "store_7")
    await stage.settle()
    entered, asked, added = await get(http, "/demo/reasons?since=0")
    assert (entered["kind"], entered["who"], entered["texts"]) == ("SessionEntered", ACHEN, [])
    assert (asked["who"], asked["texts"]) == (ACHEN, pieces), "one question, one reason"
    assert asked["scripts"] == ["faq/return_how"]
    assert [added[name] for name in ("who", "member", "state")] == [ACHEN, LIMING, "store_7"]
    answers = (await get(http, "/_mock/deliveries"))["items"]
    assert len(answers) == 3
    for reason, answer in zip((entered, asked, added), answers, strict=True):
        delivered_at = datetime.fromisoformat(answer["at"]).timestamp()
        assert reason["at"] <= delivered_at <= reason["told_at"]
    assert [reason["msgids"][-1] for reason in (entered, asked)] == [
        answer["msgid"] for answer in answers[:2]
    ]


async def test_a_todo_is_there_until_a_person_has_come(
    open_page: tuple[Stage, ClientSession],
) -> None:
    stage, http = open_page
    await writes(http, "转人工")
    await stage.settle()
    await stage.assistant.sweep("complaints")
    await stage.settle()
    (todo,) = await stage.assistant.journal.rows(TODOS)
    assert "转人工" in todo["words"]
    await act(http, "servicer_takes", userid=WANGFANG, customer=ACHEN, open_kfid=ACCOUNT)
    await stage.settle()
    assert await stage.assistant.journal.rows(TODOS) == []


@dataclass(frozen=True, slots=True)
class Lived:
    """The story, and the weeks after it."""

    stage: Stage
    told: list[Exchange]
    calls: int  # of the story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    told: list[Exchange] = []
    root = tmp_path_factory.mktemp("lived") / "company"
    async with open_stage(root, port=0, mock_port=0, quick=True, clock=MovableClock()) as stage:
        await Story(stage=stage, show=told.append, speed=math.inf).play()
        calls = len(stage.corp.calls)
        await furnish(stage)
        yield Lived(stage, told, calls)


@pytest.mark.asyncio(loop_scope="module")
async def test_wecom_finds_nothing_wrong_with_the_bot_in_the_whole_story(lived: Lived) -> None:
    assert len(lived.told) == len(STORY)
    assert lived.stage.corp.refusals == []
    # A member without customers is none of the bot's mistakes (doc 92113).
    calls = lived.stage.corp.calls[: lived.calls]
    codes = [call.errcode for call in calls if call.api != "externalcontact/list"]
    assert [code for code in codes if code] == [41050]  # on purpose


@pytest.mark.asyncio(loop_scope="module")
async def test_a_machine_that_stood_still_for_a_second_ended_the_demo_at_its_start(
    lived: Lived,
) -> None:
    """As WeCom does, the mock gave the bot, in the same process, a second to prove its address."""
    rules = lived.stage.corp.rules
    assert (rules["verify_timeout_s"], rules["push_timeout_s"]) == (60, 60)


SHOWN = {  # what a newcomer finds on each page of the console
    "/console": ("春装到店", "退订", "件投诉还没人回"),
    "/console/todos": ("顾先生投诉了", "一条群发没有建成"),
    "/console/scripts": (),
    "/console/unanswered": (),
    "/console/moments": (),
    "/console/scripts?state=submitted": ("停车",),
    "/console/unanswered/topics": ("刻字", "宠物"),
    "/console/plans": ("买后回访", "春季到店", "已暂停"),
    "/console/moments?member=liming": ("先发 1 条人设内容就可以发", "等审批", "今天开门前"),
    "/console/customers": ("陈姐", "投诉", "退订", "VIP", "忠诚", "成交", "新客"),
    "/console/customers/tags": ("退换过",),
    "/console/customers/sync": ("完成", "蓉蓉", "麦子", "何飞", "已不是好友"),
    "/console/segments": ("加了一周以上",),
    "/console/brakes": ("孟阿姨", "老魏"),
    "/console/channels": ("春季直播间",),
    "/console/referral": ("春季老带新",),
    "/console/referral/spring": ("陈姐", "小林", "乐乐", "等人看"),
    "/console/answers": ("学步鞋断码了", "客户在和同事聊", "请人接待：投诉"),
    "/console/groups": ("银泰会员福利群", "周末手作群", "下载关键词规则"),
    "/console/groups/wrDemoMums": ("一岁半的宝宝穿多大码呀", "已发", "问我们的", "和企业微信一致"),
    "/console/groups?kind=growth": ("成长群的节目",),
    "/console/groups/questions": ("新款周五上午十点上架", "秒杀的杯子还有货吗"),
    "/console/stores": (*("徐家汇店", "没确认", "已完成", "门店没有成员", "建任务失败 (1)"),),
    "/console/complaints": ("顾先生", "12315"),
    "/console/complaints?state=closed": ("孟阿姨", "退款当天到账"),
    "/console/handovers": (
        *("孙琪", "等客户 24 小时：1", "客户拒绝：1", "接替同事已满：1", "已接替：3"),
    ),
    "/console/outbox": ("会员日",),
    "/console/data": ("开始导出", "唤醒名单"),
    "/console/doctor": ("开始检查",),
    "/console/settings": ("免打扰",),
    "/console/people": ("孙琪", "赵雪"),
    "/console/audit": ("等总部定今年的活动",),
}
BESIDE = {  # and a member beside the chats
    "/console": ("给您留一双", "顾先生"),
    "/sidebar/now?customer={chen}": (
        "学步鞋断码了，还会有货吗",
        "什么时候补货",
    ),
    "/sidebar/may?customer=wmDemoFriend04": ("正在发，群发要等成员确认 · 试了不合适可以退",),
    "/sidebar/scripts?customer={chen}": ("童装多大穿什么码",),
    "/sidebar/customer?customer={chen}": (
        "孩子一岁半",
        "138****5678",
        "忠诚",
        "学步鞋 13 码",
        "同意用",
    ),
    "/sidebar/todo?customer={chen}": ("给您留一双", "顾先生投诉了", "问问鞋子合不合脚"),
    "/sidebar/group?chat=wrDemoWelfare": ("什么时候上新款呀", "顾先生", "VIP"),
}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_newcomer_finds_something_on_every_page(lived: Lived) -> None:
    bot, chen = lived.stage.assistant, customer("陈姐")
    assert {item.path for item in NAV} <= {path.partition("?")[0] for path in SHOWN}
    async with visiting(bot, WANGFANG, Role.ADMIN) as pages:
        for path, words in SHOWN.items():
            page = await pages.text(path)
            assert [one for one in words if one not in page] == [], path
            assert 'class="empty"' not in page, path
    async with visiting(bot, LIMING, leader=WANGFANG) as pages:
        for path, words in BESIDE.items():
            page = await pages.text(path.format(chen=chen), headers={"HX-Request": "true"})
            assert [one for one in words if one not in page] == [], path
    assert lived.stage.corp.refusals == []


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        return await answer.json()


async def writes(http: ClientSession, text: str) -> None:
    await act(http, "customer_writes_kf", customer=ACHEN, open_kfid=ACCOUNT, text=text)


async def act(http: ClientSession, name: str, **values: str) -> None:
    async with http.post("/_mock/act", json={"do": name, **values}) as answer:
        assert answer.status == 200, await answer.text()
