"""What the console's imports share: a job examines a file, and the page shows it row by row."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import web

from bot.memory import growing
from bot.web.jobs import Job
from bot.web.visit import Visit

PAGE = 200  # rows of a list
LONGEST_NAME = 60  # characters; no system allows more than 255 bytes


def asked(visit: Visit) -> Job | None:
    """The job of ?job=, if it still exists and is theirs."""
    return visit.office.jobs.find(visit.asked("job"), visit.me.id)


def gone(visit: Visit) -> web.Response:
    return visit.wrong("这次导入已不在了。", "This import is gone.", 404)


def to_upload(visit: Visit) -> web.Response:
    return visit.wrong(
        "这次导入已不在了，请重新上传。", "This import is gone: upload the file again.", 404
    )


async def look_at(
    visit: Visit, kind: str, path: str, endings: Collection[str],
    work: Callable[[Job, str, bytes], Awaitable[object]],
    unknown: Callable[[str], tuple[str, str]],
) -> web.Response:  # fmt: skip
    """Start a job of this `kind` that examines the file of a form; `path` shows it.

    Args:
        work: gets the name and the content of the file.
        unknown: the message for a name with another ending, in both languages.
    """
    sent = visit.form.get("file")
    if not isinstance(sent, web.FileField) or not sent.filename:
        return visit.wrong("请先选一个文件。", "Choose a file first.")
    given = PurePath(sent.filename.replace("\\", "/")).name
    name = "".join(filter(str.isprintable, given))[-LONGEST_NAME:]
    if PurePath(name).suffix.lower() not in endings:
        return visit.wrong(*unknown(name))
    content = sent.file.read()

    async def look(job: Job) -> object:
        return await work(job, name, content)

    job = visit.office.jobs.start(kind, visit.me.id, look)
    return visit.go(f"{path}?job={job.id}")


@contextmanager
def as_file(name: str, content: bytes) -> Iterator[Path]:
    """The upload as a file for its reader, in a thread: each row becomes many objects."""
    with growing(), TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield path


def rows_shown(
    visit: Visit, kinds: Sequence[str], counts: Mapping[str, int],
    fitting: Callable[[str], Sequence[Any]],
) -> dict[str, Any]:  # fmt: skip
    """The rows of ?kind= from ?from= on, else of the first kind that has rows."""
    kind, first = visit.asked("kind"), visit.number("from")
    if kind not in kinds:
        kind = next((one for one in kinds if counts[one]), "same")
    rows = fitting(kind)
    return {
        "kind": kind, "kinds": kinds, "first": first, "rows": rows[first : first + PAGE],
        "more": first + PAGE < len(rows), "page_size": PAGE,
    }  # fmt: skip
