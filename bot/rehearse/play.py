"""All conversations on one stage, each step at its own time, whosever it is."""

from collections.abc import Sequence
from itertools import chain

from bot.rehearse.conversation import Conversation
from bot.rehearse.judge import Finding, findings
from bot.rehearse.places import SCENES
from bot.rehearse.stage import Stage


class Play:
    """Conversations do not know of each other: each has customers of its own. So those that
    overlap are played side by side, and time moves through the whole file once."""

    def __init__(self, stage: Stage, conversations: Sequence[Conversation]) -> None:
        self._stage = stage
        self._scenes = [
            SCENES[one.place](stage, one, number) for number, one in enumerate(conversations)
        ]

    async def run(self) -> list[Finding]:
        timeline = sorted(
            (step.at, place, number)
            for number, scene in enumerate(self._scenes)
            for place, step in enumerate(scene.conversation.steps)
        )
        for at, place, number in timeline:
            await self._stage.until(at)
            await self._scenes[number].act(place)
        await self._stage.calm()
        for scene in self._scenes:
            await scene.take_note()
        told = (
            findings(scene.conversation, scene.outcomes, self._stage.repertoire)
            for scene in self._scenes
        )
        return list(chain.from_iterable(told))
