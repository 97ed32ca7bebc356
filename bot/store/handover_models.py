"""The tables of handovers: who leaves, who gets what, and whose each thing is meanwhile.

Moments are Unix seconds (UTC), as in models.py.
"""

from enum import IntEnum

from tortoise import fields
from tortoise.models import Model


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
    """One customer or group. The five of WeCom's transfer_result (doc 94088) are 1 to 5."""

    PLANNED = 0  # WeCom was not asked yet
    WAITING = 1  # the customer may refuse for a day
    TAKEN = 2  # 已接替
    REFUSED = 3  # by the customer
    FULL = 4  # the one who takes over has as many customers as WeCom allows
    IMPOSSIBLE = 5  # WeCom does not do it, or has no record of it
    COVERED = 6  # somebody stands in
    BACK = 7  # with the leaver again


class HandoverRow(Model):
    id = fields.CharField(32, primary_key=True)
    leaver = fields.CharField(64)
    kind = fields.SmallIntField()
    holder = fields.CharField(64)  # whose everything is that nobody takes: their leader, or duty
    words = fields.TextField(default="", db_default="")  # to the customer, from WeCom
    who = fields.CharField(64)  # planned it
    why = fields.TextField(default="", db_default="")
    begins_at = fields.FloatField()
    until = fields.FloatField(null=True)  # of leave: when they are back
    state = fields.SmallIntField(default=HandoverState.PLANNED, db_default=0)
    ended_at = fields.FloatField(null=True)
    looked_at = fields.FloatField(null=True)  # when WeCom was asked for results last

    class Meta:
        table = "handover"


class HandoverItemRow(Model):
    """A customer or a group that is handed over."""

    seq = fields.BigIntField(primary_key=True)
    handover = fields.CharField(32)
    kind = fields.CharField(8)  # customer, group
    subject = fields.CharField(64)  # external_userid, chat_id
    taker = fields.CharField(64)
    owner = fields.CharField(64)  # whose the customer's reminders and touches are now
    state = fields.SmallIntField(default=ItemState.PLANNED, db_default=0)
    errcode = fields.IntField(default=0, db_default=0)  # WeCom's, at the last question
    zh = fields.TextField(default="", db_default="")  # why it stands so, en as well
    en = fields.TextField(default="", db_default="")
    asked_at = fields.FloatField(null=True)  # when WeCom took it up
    next_at = fields.FloatField(null=True)  # not asked again before
    at = fields.FloatField()  # since when it stands so

    class Meta:
        table = "handover_item"
        unique_together = (("handover", "subject"),)


class HandoverThingRow(Model):
    """A reminder, a to-do or a touch that was the leaver's: it follows its customer's owner."""

    seq = fields.BigIntField(primary_key=True)
    handover = fields.CharField(32)
    kind = fields.CharField(8)  # reminder, todo, case, touch
    thing = fields.CharField(64)  # its id; the seq of a case or touch
    customer = fields.CharField(64)

    class Meta:
        table = "handover_thing"
        unique_together = (("kind", "thing"),)
