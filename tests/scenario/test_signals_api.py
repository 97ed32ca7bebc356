"""Whatever is sent to the door for signals, it answers as its document promises."""

import asyncio
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
import schemathesis
from hypothesis import settings

from bot.app import assistant
from bot.clock import SystemClock
from bot.signals.openapi import KEY_FORM, SPECIFICATION, document
from bot.signals.reading import SignalBook
from tests.engine import workspace
from tests.house.test_docs import blocks
from tests.signals import SECRET, SIGNALS, signed

CLOCK = SystemClock()
GUIDE = Path(__file__).parents[2] / "docs/signals.md"
FORMS = {"Huashu-Timestamp": "[0-9]{1,11}", "Huashu-Signature": "[0-9a-f]{64}"}
schema = schemathesis.openapi.from_dict(document())


class Signature(requests.auth.AuthBase):
    """Signs what is really sent, under a fresh key; what was made wrong on purpose stays wrong."""

    def __init__(self) -> None:
        self._number = count()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers: Any = request.headers
        body: Any = request.body or b""
        key = headers.get("Idempotency-Key", "")
        if re.fullmatch(KEY_FORM, key):
            headers["Idempotency-Key"] = key = f"{key[:80]}.{next(self._number)}"
        told = body.encode() if isinstance(body, str) else body
        right = signed(told, key, CLOCK.timestamp())
        for name, form in FORMS.items():
            if re.fullmatch(form, headers.get(name, "")):
                headers[name] = right[name]
        return request


SIGNATURE = Signature()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an assistant that runs in a thread of its own."""
    addresses: list[str] = []
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        root = tmp_path_factory.mktemp("shop")
        async with assistant(workspace(root, more=SIGNALS), clock=CLOCK) as bot:
            addresses.append(bot.url)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert started.wait(60)
    yield addresses[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()


@pytest.fixture(scope="module")
def answers() -> Iterator[Counter[int]]:
    """How many answers there were of each status."""
    seen: Counter[int] = Counter()
    yield seen
    assert {202, 400, 401, 405, 422} <= seen.keys()


@schema.parametrize()
@settings(max_examples=80, deadline=None)
def test_the_door_keeps_what_its_document_promises(
    case: schemathesis.Case[Any], url: str, answers: Counter[int]
) -> None:
    response = case.call_and_validate(base_url=url, auth=SIGNATURE, timeout=60)
    answers[response.status_code] += 1


def test_the_document_is_served_as_it_is(url: str) -> None:
    answer = requests.get(f"{url}{SPECIFICATION}", timeout=60)
    assert orjson.loads(answer.content) == document()


def test_the_guide_s_examples_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_URL", url)
    monkeypatch.setenv("HUASHU_SIGNALS_SECRET", SECRET)
    text = GUIDE.read_text("utf-8")
    (python,) = blocks(text, "python")
    names: dict[str, Any] = {}
    exec(compile(python, GUIDE.name, "exec"), names)
    told = {"id": "signal:order:A1001:paid", "customer": "unknown", "duplicate": False}
    assert names["answer"] == told
    (shell,) = [block for block in blocks(text, "sh") if "curl" in block]
    done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=60, check=True)
    assert orjson.loads(done.stdout)["id"] == "signal:visit:20260517:77"


def test_the_guide_s_rules_are_in_order(tmp_path: Path) -> None:
    _, rules = blocks(GUIDE.read_text("utf-8"), "toml")
    (tmp_path / "config").mkdir()
    for name in ("segments.toml", "signals.toml"):
        words = (GUIDE.parents[1] / "config" / name).read_text("utf-8")
        more = rules if name == "signals.toml" else ""
        (tmp_path / "config" / name).write_text(f"{words}\n{more}", "utf-8")
    book = SignalBook(tmp_path)
    book.open()
    assert "milk" in [rule.id for rule in book.rules]
