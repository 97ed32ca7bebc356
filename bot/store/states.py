"""The states of rows. They are apart from the models, which only migrations and exports need: a
serving process need not hold those."""

from enum import IntEnum
from typing import Final

OWN_CODES: Final = "ref-"  # the states of customers' own codes begin so
REFERRAL: Final = "referral:"  # the plans of rewards begin so; the campaign follows
ANSWERS: Final = "staff:answers"  # the plan of answers that were collected for a group's owner


class PlanState(IntEnum):
    ACTIVE = 0
    PAUSED = 1  # what is planned waits
    STOPPED = 2  # what was planned is dropped


class TouchState(IntEnum):
    WAITING = 0  # for due_at
    TAKEN = 1  # its caps are reserved and it is on its way, until the result is known
    SENT = 2
    DROPPED = 3  # its deadline came first, its plan was stopped, or they answered
    REFUSED = 4  # by the policy, or by WeCom
    CLAIMED = 5  # somebody judges it; waits again if they have not finished within minutes


class ReminderState(IntEnum):
    OPEN = 0  # its moment is to come, or its member has not ticked it off
    DONE = 1  # ticked off; or it went to the customer
    DROPPED = 2  # by a person


class TaskState(IntEnum):
    """The state of a mass message (企业群发) at WeCom."""

    FORMED = 0  # WeCom does not know it yet
    CREATED = 1  # the member has not confirmed it yet
    CONFIRMED = 2  # it goes out; not every result is known
    ENDED = 3
    FAILED = 4  # WeCom refused it, or nobody confirmed it in time


class OwnerState(IntEnum):
    """Whether a group still has its owner (doc 92120)."""

    NORMAL = 0
    OWNER_LEFT = 1  # 跟进人离职
    INHERITING = 2  # 离职继承中
    INHERITED = 3  # 离职继承完成


class QuestionState(IntEnum):
    OPEN = 0
    ANSWERED = 1
    DROPPED = 2  # somebody said that it needs no answer
    COLLECTED = 3  # its answer waits for the group's owner, who has to confirm a mass message


class HandoverKind(IntEnum):
    STAYS = 0  # 在职继承: they stay in the company; WeCom asks each customer
    LEFT = 1  # 离职继承: they have left the company
    COVER = 2  # 代班: on leave; WeCom is asked nothing, and all comes back


class HandoverState(IntEnum):
    PLANNED = 0  # until begins_at
    RUNNING = 1
    DONE = 2  # every item has its end; nothing is sent in the leaver's name all the same
    OVER = 3  # cancelled, or back from leave: the leaver is one like all others


class ItemState(IntEnum):
    """The state of one customer or group in a handover. 1 to 5 are the five of WeCom's
    transfer_result (doc 94088)."""

    PLANNED = 0  # WeCom was not asked yet
    WAITING = 1  # the customer may refuse for a day
    TAKEN = 2  # 已接替
    REFUSED = 3  # by the customer
    FULL = 4  # the one who takes over has as many customers as WeCom allows
    IMPOSSIBLE = 5  # WeCom does not do it, or has no record of it
    COVERED = 6  # somebody stands in
    BACK = 7  # with the leaver again


class PostState(IntEnum):
    DRAFT = 0
    APPROVED = 1  # it goes out, or has begun to
    ENDED = 2  # nothing is left to be done for it
    WITHDRAWN = 3


class PartState(IntEnum):
    WAITING = 0
    HELD = 1  # by the mix or a cap; looked at again
    ASKING = 2  # the call is under way, or was broken off
    ASKED = 3  # the member has to post it
    CONFIRMED = 4  # it is out
    MISSED = 5  # they did not post it in time
    REFUSED = 6
    WITHDRAWN = 7


class InvitationState(IntEnum):
    WAITING = 0  # they have to stay a while
    COUNTS = 1
    REFUSED = 2  # `reason` tells why
    HELD = 3  # a person has to look
