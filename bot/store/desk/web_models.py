"""The tables of the pages. Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class AuditRow(Model, metaclass=Row):
    """What somebody did on a page. Rows are only added."""

    seq = fields.BigIntField(primary_key=True)
    at = fields.FloatField()
    who = fields.CharField(64)
    act = fields.CharField(40)
    subject = fields.CharField(200)
    why = fields.TextField()
    details = fields.TextField()
    # JSON: what, the old and the new, of each change; "" = none are kept
    changes = fields.TextField(default="", db_default="")

    class Meta:
        table = "audit"


class FigureRow(Model, metaclass=Row):
    """How often something happened on a day; kept when the events themselves are forgotten."""

    seq = fields.BigIntField(primary_key=True)
    day = fields.CharField(10)  # 2026-11-26 in the company's zone; "" is scripts/figures.py's own
    name = fields.CharField(24)  # answered, handed_over …
    key = fields.CharField(120)  # of which channel, script, rule
    n = fields.BigIntField()

    class Meta:
        table = "figure"
        unique_together = (("day", "name", "key"),)


class FavouriteRow(Model, metaclass=Row):
    """A script that a member keeps at hand."""

    seq = fields.BigIntField(primary_key=True)
    member = fields.CharField(64)
    script = fields.CharField(120)  # id, or own/NUMBER
    at = fields.FloatField()

    class Meta:
        table = "favourite"
        unique_together = (("member", "script"),)


class ScriptUseRow(Model, metaclass=Row):
    """How often a member has sent a script by hand."""

    seq = fields.BigIntField(primary_key=True)
    member = fields.CharField(64)
    script = fields.CharField(120)
    times = fields.IntField()
    as_is = fields.IntField()  # times without changing a word: it fitted
    last_at = fields.FloatField()

    class Meta:
        table = "script_use"
        unique_together = (("member", "script"),)


class PersonalScriptRow(Model, metaclass=Row):
    """A script that a member wrote for themselves, or a leader for their team."""

    seq = fields.BigIntField(primary_key=True)
    owner = fields.CharField(64)  # userid
    team = fields.BooleanField(default=False, db_default=False)  # the owner's people have it too
    title = fields.CharField(120)
    body = fields.TextField()
    proposed = fields.CharField(120, default="", db_default="")  # id of the company's draft
    despite = fields.TextField(default="", db_default="")  # forbidden words, said with a reason
    changed_at = fields.FloatField()
    deleted_at = fields.FloatField(null=True)

    class Meta:
        table = "personal_script"


class DismissedQuestionRow(Model, metaclass=Row):
    """A question that somebody has marked as one that needs no script."""

    question = fields.CharField(200, primary_key=True)  # normalised
    who = fields.CharField(64)
    why = fields.TextField()
    at = fields.FloatField()

    class Meta:
        table = "dismissed_question"


class NoteRow(Model, metaclass=Row):
    """What a member wrote down about a customer."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    who = fields.CharField(64)  # userid
    text = fields.TextField()
    at = fields.FloatField()
    edited_at = fields.FloatField(null=True)
    deleted_at = fields.FloatField(null=True)

    class Meta:
        table = "note"
