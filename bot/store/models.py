"""The tables. Moments are Unix seconds (UTC), so that one SQL text orders them everywhere."""

from enum import IntEnum

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class EventState(IntEnum):
    WAITING = 0
    DONE = 1


class MessageState(IntEnum):
    WAITING = 0  # to be sent at due_at
    CLAIMED = 1  # being sent by a way that must not be repeated blindly
    SENT = 2
    DEAD = 3  # will never arrive; `note` says why
    DOUBTFUL = 4  # nobody knows whether it arrived; a person decides


class VersionState(IntEnum):
    DRAFT = 0
    SUBMITTED = 1
    APPROVED = 2  # in force, unless a later one of the same script is approved too
    REJECTED = 3
    WITHDRAWN = 4  # by whoever wrote it


class Source(IntEnum):
    """Why we think that a script answers a question."""

    MENU = 0  # a customer picked it from a menu
    STAFF = 1  # a member chose it
    APPROVED = 2  # an operator says so


class EventRow(Model, metaclass=Row):
    """The inbox. `seq` is the order of arrival."""

    seq = fields.BigIntField(primary_key=True)
    id = fields.CharField(128, unique=True)
    kind = fields.CharField(40)
    conversation = fields.CharField(200)
    body = fields.TextField()
    received_at = fields.FloatField()
    state = fields.SmallIntField(default=EventState.WAITING)
    decision = fields.TextField(null=True)  # JSON: who handled it, what was said, and why
    done_at = fields.FloatField(null=True)

    class Meta:
        table = "event"


class MessageRow(Model, metaclass=Row):
    """The outbox. `id` is WeCom's own `msgid` where we may choose it."""

    seq = fields.BigIntField(primary_key=True)
    id = fields.CharField(32, unique=True)
    event_id = fields.CharField(128)
    conversation = fields.CharField(200)
    via = fields.CharField(24)
    script = fields.CharField(120)
    body = fields.TextField()
    urgent = fields.BooleanField(default=False)
    created_at = fields.FloatField()
    due_at = fields.FloatField()
    attempts = fields.SmallIntField(default=0)
    state = fields.SmallIntField(default=MessageState.WAITING)
    settled_at = fields.FloatField(null=True)
    note = fields.TextField(null=True)

    class Meta:
        table = "message"


class SessionRow(Model, metaclass=Row):
    """What decides whether we may write in a conversation at this moment."""

    conversation = fields.CharField(200, primary_key=True)
    heard_at = fields.FloatField()  # the customer's last message
    sent = fields.SmallIntField()  # our messages since then
    staffed = fields.BooleanField()  # a person is serving, or waited for
    servicer = fields.CharField(64, default="")
    said = fields.CharField(120, default="")
    offered = fields.TextField(default="")  # ids of scripts, with blanks between them
    asked = fields.TextField(
        default="", db_default=""
    )  # the question that led to this menu, normalised
    changed_at = fields.FloatField()

    class Meta:
        table = "session"


ARCHIVE = "archive"  # in the place of a kf account: how far the message archive was read


class CursorRow(Model, metaclass=Row):
    """How far sync_msg has been read, for each account of 微信客服; and how far the archive."""

    account = fields.CharField(64, primary_key=True)
    cursor = fields.TextField()

    class Meta:
        table = "cursor"


class CredentialRow(Model, metaclass=Row):
    """Access tokens, so that a restart need not fetch them again; and sessions that are over."""

    key = fields.CharField(200, primary_key=True)
    token = fields.TextField()
    expires_at = fields.FloatField()

    class Meta:
        table = "credential"


class CustomerRow(Model, metaclass=Row):
    """What we know of a customer: enough to address them by name and to choose their scripts."""

    id = fields.CharField(64, primary_key=True)
    name = fields.TextField()
    tags = fields.TextField(default="[]")  # JSON: names of the company's tags
    fetched_at = fields.FloatField()  # name and tags, from WeCom; 0 = never
    # Whom plans are meant for.
    zone = fields.CharField(64, default="", db_default="")  # IANA; "" = the company's
    birthday = fields.CharField(8, default="", db_default="")  # 05-17; L05-17 by the moon
    stage = fields.CharField(40, default="", db_default="")
    stage_at = fields.FloatField(null=True)  # since when
    stage_held = fields.SmallIntField(default=0, db_default=0)  # bot.store.customers.stages.Held
    stage_zh = fields.TextField(default="", db_default="")  # why
    stage_en = fields.TextField(default="", db_default="")
    source = fields.CharField(120, default="", db_default="")  # channel code they came by first
    store = fields.CharField(64, default="", db_default="")
    member = fields.CharField(64, default="", db_default="")  # who talked to them last
    unionid = fields.CharField(64, default="", db_default="")
    phone = fields.CharField(32, default="", db_default="")
    added_at = fields.FloatField(null=True)  # by the first member
    friends = fields.IntField(default=0, db_default=0)  # members who have them still
    spread = fields.IntField(default=0, db_default=0)  # spread_of(id): their place in a window
    # Whether and when they may be written to.
    heard_at = fields.FloatField(null=True)  # their last message, on any channel
    opted_out_at = fields.FloatField(null=True)
    braked_at = fields.FloatField(null=True)  # a complaint; until a person lifts it
    free_until = fields.FloatField(null=True)
    best_from = fields.SmallIntField(null=True)  # the hours in which they write: from,
    best_to = fields.SmallIntField(null=True)  # to (exclusive); NULL: not known yet

    class Meta:
        table = "customer"


class MediaRow(Model, metaclass=Row):
    """A file of scripts_library/ at WeCom's: a media_id lives for 3 days (doc 90253)."""

    path = fields.CharField(200, primary_key=True)  # relative to the library
    digest = fields.CharField(64)  # of the content: a changed file is uploaded again
    media_id = fields.TextField()
    uploaded_at = fields.FloatField()

    class Meta:
        table = "media"


class TodoRow(Model, metaclass=Row):
    """Something that a person has to do, because the bot could not or should not."""

    id = fields.CharField(64, primary_key=True)
    member = fields.CharField(64)  # "" = whoever is on duty
    customer = fields.CharField(64)
    conversation = fields.CharField(200)
    why = fields.TextField()
    words = fields.TextField()
    created_at = fields.FloatField()
    done_at = fields.FloatField(null=True)
    # an answer in the chat does not settle it: a plan, a reminder or the shop wants it
    outlasts = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "todo"


class ScriptVersionRow(Model, metaclass=Row):
    """An edit of a script. Only `state` ever changes: it is that of the last step."""

    seq = fields.BigIntField(primary_key=True)
    script = fields.CharField(120)  # the id
    version = fields.IntField()  # 1 is the first of this id
    kind = fields.CharField(16)  # bot.scripts.version.Kind
    content = fields.TextField()  # a line of JSON Lines; "" unless kind is "words"
    state = fields.SmallIntField(default=VersionState.DRAFT)

    class Meta:
        table = "script_version"
        unique_together = (("script", "version"),)


class ScriptPictureRow(Model, metaclass=Row):
    """A piece of a picture that scripts send. Only added to."""

    seq = fields.BigIntField(primary_key=True)
    name = fields.CharField(200)  # as scripts name it
    hash = fields.CharField(64)  # SHA-256 of the whole of it
    part = fields.IntField()  # from 0
    content = fields.TextField()  # base64: rows leave as JSON

    class Meta:
        table = "script_picture"
        unique_together = (("name", "part"),)


class ScriptStepRow(Model, metaclass=Row):
    """What somebody did with a version; the first step made it. Rows are only added."""

    seq = fields.BigIntField(primary_key=True)
    script = fields.CharField(120)
    version = fields.IntField()
    state = fields.SmallIntField()  # that it came to
    who = fields.CharField(64)
    note = fields.TextField()
    at = fields.FloatField()

    class Meta:
        table = "script_step"


class LearnedRow(Model, metaclass=Row):
    """Somebody chose this script for this question."""

    seq = fields.BigIntField(primary_key=True)
    question = fields.CharField(64)  # normalised; longer ones do not come twice
    script = fields.CharField(120)
    source = fields.SmallIntField()
    who = fields.CharField(64)  # a customer, a member, an operator
    times = fields.IntField(default=1)
    last_at = fields.FloatField()

    class Meta:
        table = "learned"
        unique_together = (("question", "script", "source", "who"),)


class StaffRow(Model, metaclass=Row):
    """Somebody of the company who uses the pages."""

    id = fields.CharField(64, primary_key=True)  # userid
    name = fields.TextField()
    role = fields.SmallIntField()  # bot.store.desk.staff.Role
    leader = fields.CharField(64, default="", db_default="")  # userid
    active = fields.BooleanField(default=True, db_default=True)
    joined_at = fields.FloatField()

    class Meta:
        table = "staff"
