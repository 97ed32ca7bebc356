"""The tables of moments (客户朋友圈). Moments in time are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class MomentPostRow(Model, metaclass=Row):
    """A moment that is planned, for one account or several."""

    id = fields.CharField(40, primary_key=True)
    kind = fields.CharField(12)  # bot.moments.mix.Kind
    segment = fields.CharField(64)
    text = fields.TextField()
    files = fields.TextField()  # JSON: paths in the library
    day = fields.CharField(10)
    slot = fields.CharField(5)
    due_at = fields.FloatField(null=True)  # once it is approved
    state = fields.SmallIntField(default=0, db_default=0)
    who = fields.CharField(64)  # has written it
    created_at = fields.FloatField()
    approved_by = fields.CharField(64, default="", db_default="")

    class Meta:
        table = "moment_post"


class MomentPartRow(Model, metaclass=Row):
    """One account's share of a planned moment."""

    seq = fields.BigIntField(primary_key=True)
    post = fields.CharField(40)
    member = fields.CharField(64)
    state = fields.SmallIntField(default=0, db_default=0)
    zh = fields.TextField(default="", db_default="")  # why it is held, refused or missed
    en = fields.TextField(default="", db_default="")
    again_at = fields.FloatField(default=0.0, db_default=0.0)  # of one that waits: not before
    job = fields.CharField(128, default="", db_default="")
    moment = fields.CharField(64, default="", db_default="")
    asked_at = fields.FloatField(null=True)
    confirmed_at = fields.FloatField(null=True)
    checked_at = fields.FloatField(default=0.0, db_default=0.0)
    reminders = fields.SmallIntField(default=0, db_default=0)
    reminded_at = fields.FloatField(null=True)
    shown = fields.IntField(default=0, db_default=0)  # customers who see it

    class Meta:
        table = "moment_part"
        unique_together = (("post", "member"),)


class MomentCommentRow(Model, metaclass=Row):
    """A comment that somebody wrote below a moment; its words are not told by WeCom."""

    seq = fields.BigIntField(primary_key=True)
    moment = fields.CharField(64)
    member = fields.CharField(64)
    author = fields.CharField(64)  # external_userid or userid
    staff = fields.BooleanField()
    at = fields.FloatField()
    done_by = fields.CharField(64, default="", db_default="")  # who has answered elsewhere
    done_at = fields.FloatField(null=True)

    class Meta:
        table = "moment_comment"
        unique_together = (("moment", "member", "author", "at"),)
