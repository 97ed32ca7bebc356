"""Plays all conversations on one stage, each step at its own time."""

from collections.abc import Sequence
from itertools import chain

from bot.rehearse.conversation import Conversation
from bot.rehearse.judge import Finding, findings
from bot.rehearse.places import SCENES
from bot.rehearse.stage import Stage


async def play(stage: Stage, conversations: Sequence[Conversation]) -> list[Finding]:
    """Conversations are independent, as each has customers of its own. So those that overlap are
    played side by side, and time moves through the whole file once."""
    scenes = [SCENES[one.place](stage, one, number) for number, one in enumerate(conversations)]
    timeline = sorted(
        (step.at, place, number)
        for number, scene in enumerate(scenes)
        for place, step in enumerate(scene.conversation.steps)
    )
    for at, place, number in timeline:
        await stage.until(at)
        await scenes[number].act(place)
    await stage.calm()
    for scene in scenes:
        await scene.take_note()
    told = (findings(one.conversation, one.outcomes, stage.repertoire) for one in scenes)
    return list(chain.from_iterable(told))
