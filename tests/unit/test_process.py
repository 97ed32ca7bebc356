"""How the log of a process that stays running is written."""

import json
import logging

import pytest

from bot.process import FORMATTERS


@pytest.mark.parametrize("failed", [False, True])
def test_json_has_what_the_line_has_and_no_more(failed: bool) -> None:
    record = logging.makeLogRecord({
        "name": "bot.sending.sender", "levelname": "WARNING", "created": 0.25,
        "msg": "not sent%s", "args": ("; `huashu doctor` tells why",),
        "action": "send", "errcode": 60020, "members": {"liming"},
    })  # fmt: skip
    if failed:
        try:
            raise ValueError("two\nlines")
        except ValueError as error:
            record.exc_info = (ValueError, error, error.__traceback__)
    line, told = FORMATTERS["text"].format(record), FORMATTERS["json"].format(record)
    assert "\n" not in told
    found = json.loads(told)
    assert ("ValueError: two\nlines" in found.pop("traceback", "")) is failed
    assert found == {
        "time": "1970-01-01T00:00:00.250000+00:00", "level": "WARNING",
        "logger": "bot.sending.sender", "message": "not sent; `huashu doctor` tells why",
        "action": "send", "errcode": 60020, "members": "{'liming'}",
    }  # fmt: skip
    assert all(str(value) in line for key, value in found.items() if key != "time")
