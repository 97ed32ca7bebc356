"""Who stands in for members who hand over, for what is decided in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.members.userids import among
from bot.touch.policy import AS_MEMBER, HANDS_OVER, Refuse, Via


@dataclass(slots=True)
class StandIns:
    """As the tables had it a few seconds ago, and at once where it began in this program."""

    holders: Mapping[str, str] = field(default_factory=dict)  # by leaver
    owners: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by leaver and customer

    def __contains__(self, member: str) -> bool:
        """Whether this member hands over."""
        return member in self.holders

    def of(self, member: str, customer: str) -> str:
        """Who gets what is meant for `member` about this customer: the member, or who stands in
        for them."""
        if member not in self.holders:
            return member
        return self.owners.get((member, customer), self.holders[member])

    def refuse(self, via: Via, account: str) -> Refuse | None:
        """The refusal for what would go out in the name of somebody who hands over; None: it would
        not."""
        return HANDS_OVER if via in AS_MEMBER and account in self.holders else None

    def left_of(self, members: Sequence[str]) -> Sequence[str]:
        """Those who do not hand over; all, if all do: somebody must hear of it."""
        return [one for one in members if not among(one, self.holders)] or members
