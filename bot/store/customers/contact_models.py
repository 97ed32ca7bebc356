"""The tables of comparing all customers with WeCom, and of when the program was running.

Moments are Unix seconds (UTC), as in models.py.
"""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class SyncRoundRow(Model, metaclass=Row):
    """One round of asking WeCom for all customers of all members, and how far it has come."""

    seq = fields.BigIntField(primary_key=True)
    begun_at = fields.FloatField()
    ended_at = fields.FloatField(null=True)  # NULL: it goes on, or was broken off
    initial = fields.SmallIntField()  # nothing was known before it: nothing counts as found
    shares = fields.TextField()  # JSON: [members, …], each asked for together
    place = fields.IntField(default=0, db_default=0)  # the share that is being read
    cursor = fields.TextField(default="", db_default="")  # WeCom's, of the next page in it
    since = fields.IntField(default=0, db_default=0)  # `done` when that share was begun
    total = fields.IntField(default=0, db_default=0)  # `done` at its end, as WeCom has listed it
    done = fields.IntField(default=0, db_default=0)
    added = fields.IntField(default=0, db_default=0)  # of which no event had told
    lost = fields.IntField(default=0, db_default=0)
    tagged = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "sync_round"


class SyncFindRow(Model, metaclass=Row):
    """A change that a round found and no event had told of."""

    seq = fields.BigIntField(primary_key=True)
    round = fields.BigIntField()
    customer = fields.CharField(64)
    member = fields.CharField(64)
    kind = fields.CharField(8)  # bot.store.customers.contacts.Kind
    at = fields.FloatField()  # when it was found

    class Meta:
        table = "sync_find"
        unique_together = (("round", "customer", "member", "kind"),)


class PresenceRow(Model, metaclass=Row):
    """A stretch of time in which the program was running."""

    seq = fields.BigIntField(primary_key=True)
    began_at = fields.FloatField()
    seen_at = fields.FloatField()  # noted each minute
    looked_at = fields.FloatField(null=True)  # when whom it had missed before was looked for

    class Meta:
        table = "presence"
