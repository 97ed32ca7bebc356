"""The command `huashu`.

`huashu run` serves for months, so it does without the command line's machinery: typer, the
pydantic that it brings, and forty commands would keep 9 MB of memory.
"""

import errno
import faulthandler
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from socket import gaierror

from bot.errors import BotError, Complaint, leaves


def main() -> None:
    """The installed command. Everything but a plain `run`, its mistakes too, is left to typer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal in GBK has no ✓
            stream.reconfigure(errors="replace")
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["run"] and (options := plain_options(arguments[1:])) is not None:
            serve(*options)
        else:
            from bot.cli import app  # saves half a second, and memory while serving

            app()
    except KeyboardInterrupt:  # while still importing; what works ends by itself
        sys.exit(130)  # as shells have it: 128 + SIGINT


def plain_options(arguments: Sequence[str]) -> tuple[Path, int | None] | None:
    """(root, port) as `bot.cli.servers.run` has them; None: there is more to it."""
    root, port = Path(), None
    words = [part for word in arguments for part in word.split("=", word.startswith("--"))]
    while words:
        match words:
            case ["--root", folder, *words] if folder[:1] != "-" and not Path(folder).is_file():
                root = Path(folder)
            case ["--port", number, *words] if is_port(number):
                port = int(number)
            case _:
                return None
    return root, port


def is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < 65_536


def serve(root: Path, port: int | None) -> None:
    """Until told to end."""
    from bot.memory import growing
    from bot.process import log_to_stderr, run_until_told
    from bot.settings import Settings

    with plainly():
        settings = Settings.load(root.resolve(), os.environ)
        with growing():  # modules stay; looking at them over and over took a tenth of the start
            from bot.app import serve  # once the settings are known to be good

        if port is not None:
            settings = replace(settings, server=replace(settings.server, port=port))
        log_to_stderr(settings.logging.level, settings.logging.format)
        if sys.__stderr__:  # where it hung: systemd's watchdog ends it by SIGABRT
            faulthandler.enable(sys.__stderr__)
        run_until_told(serve(settings, tell_link, watched=sys.stdout.isatty()))


def tell_link(link: str) -> None:
    """Print the link; "": it is withheld, since standard output may be a log that others read."""
    print(
        f"控制台管理员链接，一天内有效，只能用一次 · the console's admin link:\n  {link}"
        if link
        else "控制台还没有管理员：在这个目录运行 huashu admin-link 取得链接 · "
        "the console has no admin yet: `huashu admin-link` makes a link",
        flush=True,
    )


@contextmanager
def plainly(*, ports: Sequence[str] = ("--port",)) -> Iterator[None]:
    """Print what went wrong, without a traceback, and exit with 1.

    Args:
        ports: the options that choose the ports on which the command listens.
    """
    told: list[str] = []
    try:
        yield
    except* BotError as group:
        from bot.telling.complaints import told_in_both

        told += [told_in_both(error) for error in leaves(group) if isinstance(error, BotError)]
    except* OSError as group:
        told += [
            _of_the_system(error, ports) for error in leaves(group) if isinstance(error, OSError)
        ]
    if told:
        print(*told, sep="\n", file=sys.stderr)
        sys.exit(1)


def _of_the_system(error: OSError, ports: Sequence[str]) -> str:
    from bot.telling.complaints import both

    if error.filename and isinstance(error, PermissionError | IsADirectoryError):
        from bot.files.textfile import cannot_read

        return both(Complaint(str(error.filename), "*", *cannot_read(error)))
    zh, en = "、".join(ports), " or ".join(ports)
    listening = error.filename is None  # with one it is about a file
    match error.errno:
        case errno.EADDRINUSE:
            place = re.search(r"\('.+', \d+\b", str(error.strerror))  # as the event loop tells it
            port = f" {place[0].rpartition(' ')[2]} " if place else ""
            zh = f"端口{port}被别的程序占用：停掉它，或用 {zh} 换一个"
            en = f"Another program has this port: stop it, or choose with {en}"
        case errno.EACCES if listening:
            zh = f"没有权限用这个端口：用 {zh} 换一个，1024 或更大"
            en = f"Choose with {en}, 1024 or above"
        case errno.EADDRNOTAVAIL if listening:
            zh = "本机没有这个地址：检查 config/bot.toml 里 [server] 的 host"
            en = "This machine has no such address: look at [server] host in config/bot.toml"
        case _ if isinstance(error, gaierror):
            zh = "找不到这个主机名：检查 config/bot.toml 里 [server] 的 host"
            en = "No machine has that name: look at [server] host in config/bot.toml"
        case errno.ENOSPC:
            zh, en = "磁盘满了：请腾出空间", "Make room on the disk"
        case _ if error.filename and error.strerror:
            cure = "Name another, or see that it and its disk are well"
            return both(Complaint(str(error.filename), "*", error.strerror, cure))
        case _:
            raise error
    return f"{zh}\n  {error.strerror}. {en}"
