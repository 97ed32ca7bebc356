"""The tables of what is known of customers. Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model


class StageStepRow(Model):
    """A customer came into another stage, or somebody holds them in one. Only added to."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    before = fields.CharField(40)
    stage = fields.CharField(40)
    held = fields.SmallIntField()  # bot.store.stages.Held
    who = fields.CharField(64)  # userid; "" = the rules
    zh = fields.TextField()  # why
    en = fields.TextField()
    at = fields.FloatField()

    class Meta:
        table = "stage_step"


class CorpTagRow(Model):
    """A tag of the company's (企业客户标签) as WeCom told it last."""

    id = fields.CharField(64, primary_key=True)  # WeCom's
    name = fields.CharField(120)
    group_id = fields.CharField(64)
    group_name = fields.CharField(120)
    place = fields.IntField()  # in WeCom's order
    gone_at = fields.FloatField(null=True)  # deleted there

    class Meta:
        table = "corp_tag"


class PurchaseRow(Model):
    """That a customer bought, as the shop told it."""

    seq = fields.BigIntField(primary_key=True)
    event = fields.CharField(128, unique=True)  # its id
    customer = fields.CharField(64)
    at = fields.FloatField()

    class Meta:
        table = "purchase"
