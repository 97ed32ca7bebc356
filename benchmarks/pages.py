"""(k) The pages, as a browser on this machine gets them. Each part of them adds its figures."""

from collections.abc import Awaitable, Callable, Sequence

from benchmarks import pages_console, pages_sidebar
from benchmarks.figures import Figure, Section

PARTS: tuple[Callable[[], Awaitable[Sequence[Figure]]], ...] = (
    pages_sidebar.figures,
    pages_console.figures,
)


async def run() -> Section:
    found = [figure for part in PARTS for figure in await part()]
    return Section(
        title="(k) pages: sidebar and console",
        figures=tuple(found),
        notes=(
            "processor time from request to the last byte of the answer; what the client costs",
            "in the same process is in it",
        ),
    )
