"""A workspace like a customer's, in a folder that goes away, and the questions to ask there."""

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from benchmarks.envelopes import (
    AES_KEY,
    AGENT,
    APP_PATH,
    BOT,
    BOT_PATH,
    CORP,
    SECRET,
    TOKEN,
)
from benchmarks.processes import CHECKOUT
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher

ENVIRON = {"BENCH_SECRET": SECRET, "BENCH_TOKEN": TOKEN, "BENCH_KEY": AES_KEY}
CONFIG = """
[company]
name = "有间好物"
hours = "每天 9:00–21:00"
[server]
port = 0
[wecom]
corp_id = "{corp}"
api_base = "{api}"
[app]
agent_id = {agent}
secret = "env:BENCH_SECRET"
callback = {{ path = "{app_path}", token = "env:BENCH_TOKEN", aes_key = "env:BENCH_KEY" }}
[kf]
answer_within_s = 86400
[duty]
members = ["liming"]
[fragments]
kf = 0
[logging]
level = "WARNING"
"""
SMART_BOT = f"""
[bot]
id = "{BOT}"
mode = "callback"
callback = {{ path = "{BOT_PATH}", token = "env:BENCH_TOKEN", aes_key = "env:BENCH_KEY" }}
"""
TOUCH = "[manners]\nnotices_s = 2"  # whoever looks for what is unfinished need not wait for more
WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
TWISTS = ("{}说说", "讲讲{}", "{}说下", "说下{}", "{}讲讲", "{}来", "{}能讲讲")


@contextmanager
def workspace(
    api: str, scripts: int = 0, *, store: str = "", more: str = "", bot: bool = True
) -> Iterator[Path]:
    """The starter library and its handlers, with so many scripts more.

    Args:
        store: the URL of a PostgreSQL; else it is a file.
        more: of bot.toml.
        bot: with the smart bot.
    """
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        root = Path(folder)
        (root / "handlers").symlink_to(CHECKOUT / "handlers")
        shutil.copytree(CHECKOUT / "scripts_library", root / "scripts_library")
        if scripts:
            (root / "scripts_library/bench.toml").write_text(extra_scripts(scripts), "utf-8")
        (root / "config").mkdir()
        (root / "config/touch.toml").write_text(TOUCH, "utf-8")
        (root / "config/bot.toml").write_text(
            CONFIG.format(corp=CORP, api=api, agent=AGENT, app_path=APP_PATH)
            + (SMART_BOT if bot else "")
            + (f'[store]\nurl = "{store}"\n' if store else "")
            + more,
            "utf-8",
        )
        yield root


def examples(scripts: int) -> list[str]:
    return [f"{thing}{topic}" for topic, thing in product(WORDS["topics"], WORDS["things"])][
        :scripts
    ]


def extra_scripts(scripts: int) -> str:
    return "\n".join(
        f'[[script]]\nid = "bench/s{number}"\ntitle = "{example}"\ncategory = "faq"\n'
        f'ask = ["{example}"]\n'
        f"say = [\"{{{{ customer.name or '您' }}}}好,{example}:答复 {number},"
        f'{{{{ company.hours }}}}都在。"]\n'
        for number, example in enumerate(examples(scripts))
    )


def questions(root: Path, scripts: int, number: int) -> list[str]:
    """Half in the library's words, half in others, these all different; all have an answer."""
    matcher = Matcher(Library.load(root / "scripts_library"))
    exact = examples(scripts)
    twisted = [twist.format(example) for twist in TWISTS for example in exact]
    found = (text for text in twisted if matcher.decide(text).band == "answer")
    chosen: list[str] = []
    for place, text in zip(range(number // 2), found, strict=False):
        chosen += (text, exact[place * 7 % len(exact)])
    if len(chosen) < number:
        raise RuntimeError(f"only {len(chosen)} of {number} questions have an answer")
    return chosen
