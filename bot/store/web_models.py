"""The tables of the pages. Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model


class StaffRow(Model):
    """Somebody of the company who uses the pages."""

    id = fields.CharField(64, primary_key=True)  # userid
    name = fields.TextField()
    role = fields.SmallIntField()  # bot.store.staff.Role
    leader = fields.CharField(64, default="", db_default="")  # userid
    active = fields.BooleanField(default=True, db_default=True)
    joined_at = fields.FloatField()

    class Meta:
        table = "staff"


class AuditRow(Model):
    """What somebody did. Only added to."""

    seq = fields.BigIntField(primary_key=True)
    at = fields.FloatField()
    who = fields.CharField(64)
    act = fields.CharField(40)
    subject = fields.CharField(200)
    why = fields.TextField()
    details = fields.TextField()

    class Meta:
        table = "audit"


class FigureRow(Model):
    """How often something happened on a day; kept when the events themselves are forgotten."""

    seq = fields.BigIntField(primary_key=True)
    day = fields.CharField(10)  # 2026-11-26 in the company's zone; "" is bot.store.figures' own
    name = fields.CharField(24)  # answered, handed_over …
    key = fields.CharField(120)  # of which channel, script, rule
    n = fields.BigIntField()

    class Meta:
        table = "figure"
        unique_together = (("day", "name", "key"),)
