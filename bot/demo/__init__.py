"""`huashu demo`: a shop, its customers and its bot, over the real wire format."""

import asyncio
import math
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import typer

from bot.clock import SystemClock
from bot.demo import transcript
from bot.demo.page import Page
from bot.demo.stage import open_stage
from bot.demo.story import Story


async def play(
    *, port: int, mock_port: int, once: bool, as_json: bool, keep: bool, speed: float
) -> int:
    """Tell the story; then, unless `once`, leave the page open until cancelled.

    Returns:
        The exit code.

    Raises:
        OSError: a port is in use.
    """
    page = Page()
    with ExitStack() as stack:
        root = (
            mkdtemp(prefix="huashu-demo-")
            if keep
            else stack.enter_context(TemporaryDirectory(prefix="huashu-demo-"))
        )
        async with open_stage(
            Path(root), port=port, mock_port=mock_port, quick=once, clock=SystemClock(),
            routes=page.routes(),
        ) as stage:  # fmt: skip
            page.journal = stage.assistant.journal
            url = f"{stage.mock_url}/demo"
            if not as_json:
                typer.echo(transcript.greeting(stage.assistant.url, stage.mock_url))
            show = transcript.as_json if as_json else transcript.for_people()
            await Story(stage=stage, show=show, speed=math.inf if once else speed).play()
            if not once:
                typer.echo(transcript.invitation(url), err=as_json)
                await asyncio.Event().wait()
    return 0
