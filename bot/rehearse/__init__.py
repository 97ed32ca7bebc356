"""`huashu rehearse`: whole conversations are played on the mock WeCom server and compared with
what their writers expect."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.rehearse.conversation import Conversation
from bot.rehearse.judge import Finding
from bot.rehearse.library import Repertoire
from bot.rehearse.play import play
from bot.rehearse.reading import FIRST
from bot.rehearse.stage import Company, open_stage

__all__ = ["Company", "Finding", "rehearse"]


async def rehearse(
    company: Company, conversations: Sequence[Conversation], repertoire: Repertoire
) -> list[Finding]:
    """One for each expectation, in the order of the file."""
    moments = [step.at for one in conversations for step in one.steps]
    start = min(moments, default=FIRST.replace(tzinfo=UTC))
    with TemporaryDirectory(prefix="huashu-rehearse-") as folder:
        async with open_stage(Path(folder), company, repertoire, start) as stage:
            return await play(stage, conversations)
