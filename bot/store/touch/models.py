"""The tables of the touches: whom we know, what is planned for them, and what caps are used up.

Moments are Unix seconds (UTC), as in models.py.
"""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row
from bot.store.states import PlanState, ReminderState, TaskState, TouchState


class ContactRow(Model, metaclass=Row):
    """That a member has a customer, or had."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    member = fields.CharField(64)
    added_at = fields.FloatField()
    state = fields.CharField(120, default="", db_default="")  # the channel code they came by
    remark = fields.TextField(default="", db_default="")  # what the member calls them
    lost_at = fields.FloatField(null=True)  # NULL: they have each other still
    # JSON: the company's tags that this member gave, by WeCom's last word; NULL: it told none yet
    tags = fields.TextField(null=True)

    class Meta:
        table = "contact"
        unique_together = (("customer", "member"),)


class CustomerTagRow(Model, metaclass=Row):
    """The tags of customer.tags, for finding whom a plan is meant for."""

    seq = fields.BigIntField(primary_key=True)
    tag = fields.CharField(120)
    customer = fields.CharField(64)

    class Meta:
        table = "customer_tag"
        unique_together = (("tag", "customer"),)


class CustomerDateRow(Model, metaclass=Row):
    """A moment of a customer's own that plans count from."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    name = fields.CharField(128)  # "bought", "renewal", "tag:VIP"
    at = fields.FloatField()  # the last one, or the next one

    class Meta:
        table = "customer_date"
        unique_together = (("customer", "name"),)


class SignalRow(Model, metaclass=Row):
    """What the shop told of somebody whom we do not know yet."""

    seq = fields.BigIntField(primary_key=True)
    id = fields.CharField(128, unique=True)  # of the event
    external_userid = fields.CharField(64)  # any of these tells who it is
    unionid = fields.CharField(64)
    phone = fields.CharField(32)
    at = fields.FloatField()  # when it came
    body = fields.TextField()  # the event

    class Meta:
        table = "signal"


class BrakeStepRow(Model, metaclass=Row):
    """Somebody wants no more messages, complained, or took it back."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    kind = fields.CharField(16)  # bot.store.touch.brakes.BrakeKind
    active = fields.SmallIntField()  # 0: it is lifted
    who = fields.CharField(64)  # "" = the customer, by what they wrote
    why = fields.TextField()
    at = fields.FloatField()
    sounds = fields.SmallIntField(default=0, db_default=0)  # 1: their words only sound so

    class Meta:
        table = "brake_step"


class ComplaintCaseRow(Model, metaclass=Row):
    """A customer complained: open until a person closes it."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    channel = fields.CharField(16)  # where the first words came
    conversation = fields.CharField(200)
    member = fields.CharField(64)  # who is responsible; "" = whoever is on duty
    words = fields.TextField()  # the last ones
    at = fields.FloatField()  # of the first words
    heard_at = fields.FloatField()  # of the last words
    times = fields.IntField(default=0, db_default=0)
    waiting_since = fields.FloatField(null=True)  # for an answer; NULL: nobody has to answer
    told_at = fields.FloatField(null=True)  # the member, of what waits
    answered_at = fields.FloatField(null=True)  # for the first time
    answered_by = fields.CharField(64, default="", db_default="")
    replied_at = fields.FloatField(null=True)  # for the last time
    escalated_at = fields.FloatField(null=True)
    escalated_to = fields.CharField(64, default="", db_default="")  # "" = whoever is on duty
    closed_at = fields.FloatField(null=True)
    closed_by = fields.CharField(64, default="", db_default="")
    reason = fields.TextField(default="", db_default="")

    class Meta:
        table = "complaint_case"


class ComplaintWordRow(Model, metaclass=Row):
    """What a customer wrote within a case."""

    seq = fields.BigIntField(primary_key=True)
    complaint = fields.BigIntField()  # seq of the case
    event = fields.CharField(128, unique=True)
    words = fields.TextField()
    at = fields.FloatField()

    class Meta:
        table = "complaint_word"


class ReminderRow(Model, metaclass=Row):
    """What staff want to be reminded of, or a customer is to hear."""

    id = fields.CharField(32, primary_key=True)
    customer = fields.CharField(64)
    member = fields.CharField(64)  # who is reminded, or by whom the customer is written to
    receiver = fields.CharField(8)  # "member" or "customer"
    script = fields.CharField(120)  # "" where the words are free
    words = fields.TextField()
    zh = fields.TextField()  # when, as it was understood
    en = fields.TextField()
    again = fields.TextField()  # JSON of what it recurs by; "" = once
    due_at = fields.FloatField()
    next_at = fields.FloatField(null=True)  # of one that recurs and was told
    told_at = fields.FloatField(null=True)
    created_at = fields.FloatField()
    who = fields.CharField(64)
    ended_at = fields.FloatField(null=True)
    ended_by = fields.CharField(64, default="", db_default="")
    state = fields.SmallIntField(default=ReminderState.OPEN, db_default=0)
    why = fields.TextField(default="", db_default="")  # of a note, or a to-do put off

    class Meta:
        table = "reminder"


class RhythmRow(Model, metaclass=Row):
    """When a customer writes."""

    customer = fields.CharField(64, primary_key=True)
    counts = fields.TextField()  # JSON: by hour 0 to 23 of workdays, then of other days

    class Meta:
        table = "rhythm"


class PlanRow(Model, metaclass=Row):
    """A plan that has been taken up. It has a `body` only where it comes from no file."""

    id = fields.CharField(120, primary_key=True)
    state = fields.SmallIntField(default=PlanState.ACTIVE, db_default=0)
    digest = fields.CharField(64, default="", db_default="")  # of what it said when planned last
    body = fields.TextField(default="", db_default="")
    planned_until = fields.FloatField(null=True)  # occasions up to this moment are planned
    changed_at = fields.FloatField()
    who = fields.CharField(64, default="", db_default="")  # changed it last; "" = the files
    trial = fields.TextField(default="", db_default="")  # what it had said when this was made

    class Meta:
        table = "plan"


class TouchRow(Model, metaclass=Row):
    """One message that is planned for one customer, whatever becomes of it."""

    seq = fields.BigIntField(primary_key=True)
    plan = fields.CharField(120)
    customer = fields.CharField(64)  # external_userid; chat_id of a group
    slot = fields.CharField(64)  # which occasion of the plan
    scenario = fields.SmallIntField()  # bot.touch.touch.Scenario.rank
    script = fields.CharField(120)
    words = fields.CharField(32, default="", db_default="")  # digest of what is said
    member = fields.CharField(64, default="", db_default="")  # through whom
    receiver = fields.CharField(8, default="customer", db_default="customer")
    due_at = fields.FloatField()
    deadline = fields.FloatField()
    state = fields.SmallIntField(default=TouchState.WAITING, db_default=0)
    task = fields.CharField(64, default="", db_default="")  # mass_task.id; "" = none yet
    rule = fields.CharField(40, default="", db_default="")  # why it stands so, zh and en as well
    zh = fields.TextField(default="", db_default="")
    en = fields.TextField(default="", db_default="")
    settled_at = fields.FloatField(null=True)  # when it came to this state
    # What it has taken of the caps, and in which periods (places.py); "" = nothing, or it was
    # given back
    reserved = fields.TextField(default="", db_default="")

    class Meta:
        table = "touch"
        # The customer first: their touches lie side by side, and a plan that goes through all
        # customers in order adds to this index in order.
        unique_together = (("customer", "plan", "slot"),)


class TallyRow(Model, metaclass=Row):
    """How much of the caps is used up.

    Subjects are "c:ID" a customer, "c:ID:promotion" one scenario of theirs, "q:ID" mass messages
    to them, "m:USERID" a member. A number counts in its period alone, and is 0 in any later one.
    Periods are whole numbers that grow by one from each to the next, in the company's zone.
    """

    subject = fields.CharField(120, primary_key=True)
    hour = fields.IntField()
    hour_n = fields.IntField()
    day = fields.IntField()
    day_n = fields.IntField()
    week = fields.IntField()
    week_n = fields.IntField()
    month = fields.IntField()
    month_n = fields.IntField()
    last_at = fields.FloatField()

    class Meta:
        table = "tally"


class SaidRow(Model, metaclass=Row):
    """When the same words reached a customer last."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    words = fields.CharField(32)
    at = fields.FloatField()

    class Meta:
        table = "said"
        unique_together = (("customer", "words"),)


class MassTaskRow(Model, metaclass=Row):
    """A mass message that one member confirms for up to 10,000 of their customers."""

    id = fields.CharField(64, primary_key=True)  # digest of plan, slot, member and chunk
    plan = fields.CharField(120)
    slot = fields.CharField(64)
    member = fields.CharField(64)
    chunk = fields.IntField()
    msgid = fields.CharField(128, default="", db_default="")
    state = fields.SmallIntField(default=TaskState.FORMED, db_default=0)
    created_at = fields.FloatField(null=True)  # at WeCom's
    confirmed_at = fields.FloatField(null=True)
    reminders = fields.SmallIntField(default=0, db_default=0)
    reminded_at = fields.FloatField(null=True)
    checked_at = fields.FloatField(null=True)
    remind_at = fields.FloatField(null=True)  # since then somebody wants its member reminded
    closes_at = fields.FloatField(null=True)  # until then the hours of all whom it is for are open

    class Meta:
        table = "mass_task"
        unique_together = (("plan", "slot", "member", "chunk"),)
