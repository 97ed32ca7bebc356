"""The tables of channel codes and of tags given by rules. Moments are Unix seconds (UTC)."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class ChannelCodeRow(Model, metaclass=Row):
    """A code of WeCom's (联系我) for a channel."""

    state = fields.CharField(30, primary_key=True)
    asked_at = fields.FloatField()  # before WeCom was asked for it: it may have been made since
    config_id = fields.CharField(64, default="", db_default="")  # "": we do not know of one yet
    picture = fields.TextField(default="", db_default="")  # where WeCom has it
    digest = fields.CharField(64, default="", db_default="")  # of what WeCom was told last
    problem = fields.TextField(default="", db_default="")  # WeCom's last no
    tries = fields.IntField(default=0, db_default=0)  # that it refused, one after another
    again_at = fields.FloatField(default=0, db_default=0)  # it is not asked before

    class Meta:
        table = "channel_code"


class TaggingRow(Model, metaclass=Row):
    """A tag that was given by a rule, and why: it is on its way to WeCom until `told_at`."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    tag = fields.CharField(120)
    member = fields.CharField(64)  # through whom; "" = whoever serves them
    rule = fields.CharField(120)  # "channel:store_7"
    zh = fields.TextField()
    en = fields.TextField()
    at = fields.FloatField()
    told_at = fields.FloatField(null=True)
    problem = fields.TextField(default="", db_default="")  # why WeCom has not got it

    class Meta:
        table = "tagging"
