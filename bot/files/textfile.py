"""Reads all files of the workspace, as people's editors leave them."""

import os
import pickle
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import Complaint, Unread

UTF8 = "Save the file as UTF-8"
_REMEMBERED, _SHORT = 64, 30_000  # texts of at most so many characters
_AS_ITS_USER = (
    "Let the user that the bot runs as open it, and run commands as that user: "
    "sudo -u huashu huashu …"
)


class Malformed(tomllib.TOMLDecodeError):
    """What tomllib has another error for; its own wants more than words since Python 3.14."""

    def __init__(self, problem: str) -> None:
        ValueError.__init__(self, problem)


def read_text(path: Path, file: str, complaints: list[Complaint]) -> str | None:
    """The whole of `path`, without the mark that Notepad puts before UTF-8.

    None when it cannot be read; the complaint about it calls the file `file`.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        complaints.append(Unread(file, f"line {line}", "not UTF-8 text", UTF8))
    except FileNotFoundError:
        raise
    except OSError as error:
        complaints.append(Unread(file, "*", *cannot_read(error)))
    return None


def parse_toml(text: str) -> dict[str, Any]:
    """
    Raises:
        tomllib.TOMLDecodeError: it is not TOML, is nested too deeply, or has a number with too
            many digits.
    """
    try:
        if len(text) > _SHORT:
            return tomllib.loads(text)
        table: dict[str, Any] = pickle.loads(_parsed(text))
        return table
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> bytes:
    """What it says, ready to be copied: most files are the same when they are read again, and
    reading them anew takes thirty times as long."""
    return pickle.dumps(tomllib.loads(text))


def line_of(error: tomllib.TOMLDecodeError) -> str:
    """The place in its file, as complaints name it."""
    line = re.search(r"line (\d+)", str(error))
    return f"line {line[1]}" if line else "end of file"


def cannot_read(error: OSError) -> tuple[str, str]:
    """Problem and cure."""
    match error:
        case PermissionError():
            return "may not be opened by the user who runs this", _AS_ITS_USER
        case IsADirectoryError():
            return "is a folder, not a file", "Move the folder away and put the file there"
        case NotADirectoryError():
            return "lies in what is a file, not a folder", "Move that file away"
    return f"cannot be read: {error.strerror or error}", "See that the disk is well, or restore it"


def may(path: Path, mode: int) -> bool:
    """Whether this user has that access (os.R_OK …); False if there is no such file."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def closed_folders(folder: Path, name: str) -> Iterator[Unread]:
    """About each folder in `folder`, which complaints call `name`, whose files stay unseen.

    Listing files passes over them without a word.
    """
    failed: list[OSError] = []
    for _ in os.walk(folder, onerror=failed.append):
        pass
    for error in failed:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            inside = Path(error.filename).relative_to(folder).as_posix()
            place = "/".join(part for part in (name, inside) if part not in ("", "."))
            yield Unread(f"{place or folder.name}/", "*", *cannot_read(error))
