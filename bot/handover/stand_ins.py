"""Who stands in for members who hand over, held in memory for decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.members.userids import among
from bot.touch.policy import AS_MEMBER, HANDS_OVER, Refuse, Via


@dataclass(slots=True)
class StandIns:
    """As in the tables a few seconds ago; what began in this process is known at once."""

    holders: Mapping[str, str] = field(default_factory=dict)  # by leaver
    owners: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by leaver and customer

    def __contains__(self, member: str) -> bool:
        """Whether this member hands over."""
        return member in self.holders

    def of(self, member: str, customer: str) -> str:
        """Who gets what is meant for `member` about this customer: they, or whoever stands in."""
        if member not in self.holders:
            return member
        return self.owners.get((member, customer), self.holders[member])

    def refuse(self, via: Via, account: str) -> Refuse | None:
        """The refusal of a message in the name of somebody who hands over; None: it is not."""
        return HANDS_OVER if via in AS_MEMBER and account in self.holders else None

    def left_of(self, members: Sequence[str]) -> Sequence[str]:
        """Those who do not hand over; if all do, all: somebody must hear of it."""
        return [one for one in members if not among(one, self.holders)] or members
