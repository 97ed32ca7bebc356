"""How the log of a process that stays running is written."""

import json
import logging

import pytest
from asyncpg import UniqueViolationError
from tortoise.exceptions import IntegrityError

from bot.process import FORMATTERS


def database_error() -> Exception:
    said = "duplicate key\nDETAIL:  Key (phone)=(13800000001) already exists."
    try:
        try:
            raise UniqueViolationError(said)
        except UniqueViolationError as error:
            raise IntegrityError(error) from error
    except IntegrityError as error:
        return error


@pytest.mark.parametrize("failed", [False, True])
def test_json_has_what_the_line_has_and_no_more(failed: bool) -> None:
    record = logging.makeLogRecord({
        "name": "bot.sending.sender", "levelname": "WARNING", "created": 0.25,
        "msg": "not sent%s", "args": ("; `huashu doctor` tells why",),
        "action": "send", "errcode": 60020, "members": {"liming"},
    })  # fmt: skip
    if failed:
        try:
            raise ExceptionGroup("two", [database_error()])
        except ExceptionGroup as error:
            record.exc_info = (type(error), error, error.__traceback__)
    line, told = FORMATTERS["text"].format(record), FORMATTERS["json"].format(record)
    assert "\n" not in told
    found = json.loads(told)
    trace = found.pop("traceback", "")
    assert ("asyncpg.exceptions.UniqueViolationError 23505" in trace) is failed
    assert ("IntegrityError" in trace) is failed
    assert "138" not in trace, "a database quotes the row: a customer's phone was logged"
    assert found == {
        "time": "1970-01-01T00:00:00.250000+00:00", "level": "WARNING",
        "logger": "bot.sending.sender", "message": "not sent; `huashu doctor` tells why",
        "action": "send", "errcode": 60020, "members": "{'liming'}",
    }  # fmt: skip
    assert all(str(value) in line for key, value in found.items() if key != "time")
