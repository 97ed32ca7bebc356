"""The tables of handovers: who leaves, who gets what, and whose each thing is meanwhile.

Moments are Unix seconds (UTC), as in models.py.
"""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row
from bot.store.states import HandoverState, ItemState


class HandoverRow(Model, metaclass=Row):
    """A member hands over what they have: for good, or while they are on leave."""

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


class HandoverItemRow(Model, metaclass=Row):
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
    at = fields.FloatField()  # since when it is in this state

    class Meta:
        table = "handover_item"
        unique_together = (("handover", "subject"),)


class HandoverThingRow(Model, metaclass=Row):
    """A reminder, a to-do or a touch that was the leaver's: it follows its customer's owner."""

    seq = fields.BigIntField(primary_key=True)
    handover = fields.CharField(32)
    kind = fields.CharField(8)  # reminder, todo, case, touch
    thing = fields.CharField(64)  # its id; the seq of a case or touch
    customer = fields.CharField(64)

    class Meta:
        table = "handover_thing"
        unique_together = (("kind", "thing"),)
