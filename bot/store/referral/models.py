"""The tables of referral campaigns (老带新). Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row
from bot.store.states import InvitationState


class ReferralCodeRow(Model, metaclass=Row):
    """A customer's own code (联系我) of a campaign."""

    state = fields.CharField(30, primary_key=True)
    campaign = fields.CharField(14)
    customer = fields.CharField(64)  # whose it is
    who = fields.CharField(64)  # the member who made it; "" = the customer asked for it
    asked_at = fields.FloatField()  # before WeCom was asked for it: it may have been made since
    config_id = fields.CharField(64, default="", db_default="")  # "": we do not know of one yet
    picture = fields.TextField(default="", db_default="")  # where WeCom has it
    digest = fields.CharField(64, default="", db_default="")  # of what WeCom was told last
    gone_at = fields.FloatField(null=True)  # deleted at WeCom

    class Meta:
        table = "referral_code"
        unique_together = (("campaign", "customer"),)


class ReferralWishRow(Model, metaclass=Row):
    """A customer asked for their code, and is to get it in that conversation."""

    id = fields.CharField(128, primary_key=True)  # of the event
    customer = fields.CharField(64)
    account = fields.CharField(64)  # OpenKfId
    conversation = fields.CharField(200)
    campaign = fields.CharField(14)  # "" = none runs
    at = fields.FloatField()

    class Meta:
        table = "referral_wish"


class InvitationRow(Model, metaclass=Row):
    """Somebody (the invitee) became a contact by a customer's (the inviter's) own code."""

    seq = fields.BigIntField(primary_key=True)
    campaign = fields.CharField(14)
    code = fields.CharField(30)
    inviter = fields.CharField(64)
    invitee = fields.CharField(64)
    member = fields.CharField(64)  # whom they added
    added_at = fields.FloatField()
    left_at = fields.FloatField(null=True)  # since then no member has had them; it stays
    due_at = fields.FloatField()  # when it is to be looked at
    state = fields.SmallIntField(default=InvitationState.WAITING, db_default=0)
    reason = fields.CharField(16, default="", db_default="")  # bot.referral.rule.REASONS
    judged_at = fields.FloatField(null=True)
    who = fields.CharField(64, default="", db_default="")  # the person who looked at it
    why = fields.TextField(default="", db_default="")

    class Meta:
        table = "invitation"
        unique_together = (("campaign", "inviter", "invitee"),)


class ReferralRewardRow(Model, metaclass=Row):
    """An inviter has reached a threshold and gets one message for it, once."""

    seq = fields.BigIntField(primary_key=True)
    campaign = fields.CharField(14)
    inviter = fields.CharField(64)
    step = fields.IntField()  # the threshold's count
    at = fields.FloatField()  # when it was reached
    slot = fields.CharField(32, default="", db_default="")  # of its touch; "" = none yet
    tries = fields.IntField(default=0, db_default=0)
    wanted = fields.SmallIntField(default=0, db_default=0)  # a person wants it sent once more
    state = fields.SmallIntField(default=-1, db_default=-1)  # of its touch; -1 = none yet
    rule = fields.CharField(64, default="", db_default="")  # why it has not gone out
    zh = fields.TextField(default="", db_default="")
    en = fields.TextField(default="", db_default="")
    settled_at = fields.FloatField(null=True)

    class Meta:
        table = "referral_reward"
        unique_together = (("campaign", "inviter", "step"),)
