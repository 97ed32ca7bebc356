"""`huashu demo`: a shop, its customers and its bot, over the real wire format."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import typer

from bot.app import background
from bot.clock import MovableClock
from bot.demo import transcript
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.company import furnish
from bot.demo.stage import (
    ACHEN,
    FANS,
    LIMING,
    NAMES,
    WANGFANG,
    XIAOMAN,
    Stage,
    open_stage,
)
from bot.demo.story import Story


async def play(
    *, port: int, mock_port: int, frame_port: int, once: bool, as_json: bool, keep: bool,
    speed: float,
) -> int:  # fmt: skip
    """Play the story; then, unless `once`, keep the client open until cancelled.

    Returns:
        The exit code.

    Raises:
        OSError: a port is in use.
    """
    backstage = Backstage()
    with new_folder(keep) as root:
        async with open_stage(
            root, port=port, mock_port=mock_port, quick=once, clock=MovableClock(),
            frame_port=frame_port, routes=backstage.routes(), extras=EXTRAS,
        ) as stage:  # fmt: skip
            backstage.open(stage)
            if not as_json:
                typer.echo(transcript.greeting(stage.assistant.url, stage.mock_url))
            show = transcript.as_json if as_json else transcript.for_people()
            await Story(stage=stage, show=show, speed=math.inf if once else speed).play()
            if not once:
                if not as_json:
                    typer.echo(transcript.weeks_pass())
                await furnish(stage)
                await gather_group(stage)
                console = f"{stage.assistant.desk.settings.server.public_url}/console"
                invited = transcript.invitation(f"{stage.mock_url}/client", console)
                typer.echo(invited, err=as_json)
                async with background(backstage.listen):
                    await asyncio.Event().wait()
    return 0


async def gather_group(stage: Stage) -> None:
    """Make a customer group for visitors who play on."""
    await stage.corp.create_group(LIMING, NAMES[FANS], [WANGFANG, XIAOMAN, ACHEN], FANS)
    await stage.settle()


@contextmanager
def new_folder(keep: bool) -> Iterator[Path]:
    """A folder for the bot's workspace; deleted afterwards unless `keep` is given."""
    if keep:
        root = Path(mkdtemp(prefix="huashu-demo-"))
        try:
            yield root
        finally:
            typer.echo(transcript.kept(root / "var" / "huashu.db"), err=True)
    else:
        with TemporaryDirectory(prefix="huashu-demo-") as folder:
            yield Path(folder)
