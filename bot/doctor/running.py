"""What the program that runs on this machine says of itself: if its settings have changed since
it started, all other lines may be green although it does not work."""

from collections.abc import Iterator, Mapping

from bot.doctor.causes import clicks_of
from bot.doctor.line import Cause, Line, State, Words, bad
from bot.errors import Complaint
from bot.telling.complaints import words

REFUSED = Cause(
    "refused",
    Words("企业微信最近拒绝、或没有回答运行中的程序：",
          "WeCom refuses the running program of late, or does not answer it:"),
    Words("下面各项都正常的话，就重启程序：它启动时 .env 不是现在这样。"
          "45009、45033、-1、-2 会自己过去",
          "If the lines below are green, restart it: it began with another .env. 45009, 45033, -1 "
          "and -2 pass by themselves"),
    0, State.AMBER,
)  # fmt: skip
DIFFERS = Cause(
    "differs",
    Words("别的进程的文件和这里不一样，同一个问题会答得不同：",
          "Other processes have other files than this one, and answer otherwise:"),
    Words("把几台机器上的 scripts_library/、config/、handlers/ 改成一样；"
          "bot/ 是程序本身，装同一个版本；改了 config/bot.toml、handlers/ 或程序的要重启",
          "Make scripts_library/, config/ and handlers/ the same on all machines, and install one "
          "version on all, where it is bot/; restart where config/bot.toml, handlers/ or the "
          "program have changed"),
    0, State.AMBER,
)  # fmt: skip
HELD_UP = "Before you restart it, read its log: the line that says so has the cure"


def look(told: Mapping[str, object]) -> Iterator[Line]:
    """
    Args:
        told: what /healthz says; {} if nothing runs.
    """
    status, wecom = str(told.get("status", "ok")), told.get("wecom")
    refused = wecom if isinstance(wecom, dict) else {}
    mute = status.startswith("WeCom")
    if status != "ok" and not mute:
        one = Complaint("/healthz", "*", status, HELD_UP)
        problem, cure = words(one, "zh")
        cause = Cause("held_up", Words(f"{problem}。", status), Words(cure, HELD_UP))
        yield bad("running", cause)
    if differs := str(told.get("differs", "")):
        yield bad("running", DIFFERS, Words(differs, differs))
    if refused:
        seen = ", ".join(f"{api} {code}" for api, code in refused.items())
        cause = REFUSED._replace(state=State.RED) if mute else REFUSED
        clicks = [*clicks_of(refused.values()), cause.click]
        click = Words("；".join(one.zh for one in clicks), "; ".join(one.en for one in clicks))
        yield bad("running", cause._replace(click=click), Words(seen, seen))
