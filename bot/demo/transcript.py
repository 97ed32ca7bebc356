"""The story on the terminal: lines for people, or JSON objects for programs."""

import os
import sys
import textwrap
from collections.abc import Callable
from itertools import count
from pathlib import Path

import orjson
import typer

from bot.demo.exchange import Answer, Exchange

Print = Callable[[Exchange], None]
CHANNELS = {
    "contact": "好友 contacts",
    "kf": "微信客服 customer service",
    "bot": "群聊 group chat",
}
ROBOT, PERSON, TODO = "机器人 bot", "同事 person", "待办 to-do"


def as_json(exchange: Exchange) -> None:
    typer.echo(orjson.dumps(exchange).decode())


def for_people() -> Print:
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    numbers = count(1)

    def show(exchange: Exchange) -> None:
        typer.echo(told(next(numbers), exchange), color=colours)

    return show


def told(number: int, exchange: Exchange) -> str:
    title, why = exchange.title, exchange.why
    head = typer.style(f"{number:>2}  {title.zh}", bold=True)
    aside = typer.style(f"{title.en} · {CHANNELS[exchange.channel]}", dim=True)
    lines = ["", f"{head}  {aside}"]
    if exchange.event:
        lines.append(f"    {exchange.who}：{typer.style(f'（{exchange.event}）', dim=True)}")
    lines += [f"    {exchange.who}：{text}" for text in exchange.text.splitlines()]
    lines += [spoken(answer) for answer in exchange.answers]
    if not exchange.answers:
        lines.append(typer.style("    （没有人说话 nothing is said）", dim=True))
    lines.append(typer.style(f"      ↳ {why.zh}", fg="yellow"))
    lines.append(typer.style(f"        {why.en}", dim=True))
    return "\n".join(lines)


def spoken(answer: Answer) -> str:
    who, colour = ROBOT, "green"
    if answer.via == "servicer":
        who, colour = PERSON, "cyan"
    if answer.via == "staff_notice":
        who, colour = f"{TODO} → {answer.to}", "magenta"
    text = textwrap.indent(answer.text, "    │ ")
    return f"    {typer.style(who, fg=colour)}\n{text}"


def greeting(bot_url: str, mock_url: str) -> str:
    return (
        f"有间好物的一天：机器人在 {bot_url}，模拟的企业微信在 {mock_url}\n"
        f"A day at a shop: the bot at {bot_url}, a mock WeCom server at {mock_url}"
    )


def weeks_pass() -> str:
    return (
        "\n三周过去了：十二家门店、四十位客户，有人投诉，有人交接，有活动等着确认……\n"
        "Three weeks go by: twelve stores, forty customers, a complaint, a handover, a campaign…"
    )


def invitation(url: str, console: str) -> str:
    return (
        f"\n现在轮到你：在浏览器里打开 {url}（模拟的企业微信），\n"
        "当顾客打字，或当店员用侧边栏回答。按 Ctrl-C 结束。\n"
        f"控制台：{console}（扫码时选王芳，她是管理员），有一件投诉等人回\n"
        f"Your turn: open {url}, a simulated WeCom, in a browser: type as a\n"
        f"customer, or answer by the sidebar as a member. The console: {console}\n"
        "(sign in by WeCom as 王芳, its admin), where a complaint waits. Ctrl-C ends."
    )


def kept(database: Path) -> str:
    return f"数据库留在 {database}\nThe database is kept: {database}"
