"""The tables of customer groups (客户群). Moments are Unix seconds (UTC), days "2026-03-10"."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row
from bot.store.states import OwnerState, QuestionState


class GroupRow(Model, metaclass=Row):
    """What we know of a group. Its members have a table of their own."""

    chat_id = fields.CharField(64, primary_key=True)
    name = fields.CharField(200, default="", db_default="")
    owner = fields.CharField(64, default="", db_default="")  # userid
    notice = fields.TextField(default="", db_default="")
    admins = fields.TextField(default="[]", db_default="[]")  # JSON list of userids
    created_at = fields.FloatField(default=0, db_default=0)
    owner_state = fields.SmallIntField(default=OwnerState.NORMAL, db_default=0)
    version = fields.CharField(64, default="", db_default="")  # member_version that we have
    members = fields.IntField(default=0, db_default=0)
    customers = fields.IntField(default=0, db_default=0)  # of the members
    dismissed_at = fields.FloatField(null=True)
    fetched_at = fields.FloatField(default=0, db_default=0)
    gaps = fields.IntField(default=0, db_default=0)  # how often an event was lost
    off_at = fields.FloatField(null=True)  # since when the bot is switched off here
    kind = fields.CharField(20, default="", db_default="")  # flash, welfare …; "" = none fits
    kind_by_hand = fields.BooleanField(default=False, db_default=False)
    stage = fields.CharField(12, default="", db_default="")  # new, growing …; "" = not judged yet
    stage_at = fields.FloatField(null=True)  # since when
    stage_zh = fields.TextField(default="", db_default="")  # why
    stage_en = fields.TextField(default="", db_default="")

    class Meta:
        table = "chat_group"


class GroupMemberRow(Model, metaclass=Row):
    """Somebody who is in a group, or was."""

    seq = fields.BigIntField(primary_key=True)
    chat_id = fields.CharField(64)
    userid = fields.CharField(64)  # external_userid of a customer
    customer = fields.BooleanField()  # False: one of our members
    name = fields.CharField(200, default="", db_default="")
    nickname = fields.CharField(200, default="", db_default="")  # within this group
    joined_at = fields.FloatField()
    join_scene = fields.SmallIntField(default=0, db_default=0)  # 1 invited, 2 by link, 3 QR code
    invitor = fields.CharField(64, default="", db_default="")
    state = fields.CharField(64, default="", db_default="")  # of the join-group code (进群方式)
    left_at = fields.FloatField(null=True)
    quit_scene = fields.SmallIntField(null=True)  # 0 left, 1 removed; None: nobody told us
    news = fields.CharField(40, default="", db_default="")  # "new", then the notice they are in

    class Meta:
        table = "chat_group_member"
        unique_together = (("chat_id", "userid"),)


class GroupChangeRow(Model, metaclass=Row):
    """What WeCom told of a group (change_external_chat), in the order in which it came."""

    seq = fields.BigIntField(primary_key=True)
    event = fields.CharField(128, unique=True)
    chat_id = fields.CharField(64)
    at = fields.FloatField()
    change = fields.CharField(16)
    detail = fields.CharField(16, default="", db_default="")
    members = fields.TextField(default="[]", db_default="[]")  # JSON list
    scene = fields.SmallIntField(null=True)  # of joining or leaving
    last_version = fields.CharField(64, default="", db_default="")
    version = fields.CharField(64, default="", db_default="")
    applied_at = fields.FloatField(null=True)

    class Meta:
        table = "chat_group_change"


class GroupDayRow(Model, metaclass=Row):
    """WeCom's seven figures of a day (doc 92133): of all groups of an owner together, and of a
    group alone where it is certain which are its own."""

    seq = fields.BigIntField(primary_key=True)
    owner = fields.CharField(64)
    chat_id = fields.CharField(64, default="", db_default="")  # "" = all groups of the owner
    day = fields.CharField(10)
    chats = fields.IntField()
    new_chats = fields.IntField()
    active_chats = fields.IntField()  # in which somebody wrote
    members = fields.IntField()
    new_members = fields.IntField()
    speakers = fields.IntField()
    messages = fields.IntField()

    class Meta:
        table = "group_day"
        unique_together = (("owner", "chat_id", "day"),)


class GroupTalkRow(Model, metaclass=Row):
    """How much one member wrote in a group on a day, where a message archive tells it."""

    seq = fields.BigIntField(primary_key=True)
    chat_id = fields.CharField(64)
    userid = fields.CharField(64)
    day = fields.CharField(10)
    messages = fields.IntField()

    class Meta:
        table = "group_talk"
        unique_together = (("chat_id", "userid", "day"),)


class GroupWelcomeRow(Model, metaclass=Row):
    """Welcome material (入群欢迎语素材) as WeCom has it from us."""

    id = fields.CharField(64, primary_key=True)  # the name in config/groups.toml
    template_id = fields.CharField(128, default="", db_default="")  # "" = asked for, no answer
    digest = fields.CharField(32)
    at = fields.FloatField()

    class Meta:
        table = "group_welcome"


class GroupQuestionRow(Model, metaclass=Row):
    """A question to us in a group. Who asks the same while it is open is added to its askers."""

    seq = fields.BigIntField(primary_key=True)
    id = fields.CharField(128, unique=True)  # of the event of the first who asked
    chat_id = fields.CharField(64)
    topic = fields.CharField(200)  # the script that it is about, else the question
    text = fields.TextField()
    question = fields.CharField(200)  # normalised
    askers = fields.TextField()  # JSON list of [external_userid, name], the first one first
    at = fields.FloatField()  # when it was asked first
    last_at = fields.FloatField()
    script = fields.CharField(120, default="", db_default="")  # that is proposed; "" = none
    offered_at = fields.FloatField(null=True)  # when the group's owner was told
    state = fields.SmallIntField(default=QuestionState.OPEN, db_default=0)
    by = fields.CharField(64, default="", db_default="")  # who answered or dropped it
    ended_at = fields.FloatField(null=True)
    answer = fields.CharField(32, default="", db_default="")  # group_answer.id; "" = never in one

    class Meta:
        table = "group_question"


class GroupAnswerRow(Model, metaclass=Row):
    """Answers to questions of an owner's groups, collected into one mass message (企业群发)."""

    id = fields.CharField(32, primary_key=True)  # also the slot of its touches
    owner = fields.CharField(64)  # userid, who has to confirm it
    who = fields.CharField(64)  # has collected it
    words = fields.TextField()  # each answer names its question
    at = fields.FloatField()
    until = fields.FloatField()  # when its owner has not confirmed, the questions are open again
    withdrawn_at = fields.FloatField(null=True)

    class Meta:
        table = "group_answer"
