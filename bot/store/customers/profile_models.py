"""The tables of what is known of customers. Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class StageStepRow(Model, metaclass=Row):
    """A customer came into another stage, or somebody holds them in one. Only added to."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    before = fields.CharField(40)
    stage = fields.CharField(40)
    held = fields.SmallIntField()  # bot.store.customers.stages.Held
    who = fields.CharField(64)  # userid; "" = the rules
    zh = fields.TextField()  # why
    en = fields.TextField()
    at = fields.FloatField()

    class Meta:
        table = "stage_step"


class CorpTagRow(Model, metaclass=Row):
    """A tag of the company's (企业客户标签) as WeCom told it last."""

    id = fields.CharField(64, primary_key=True)  # WeCom's
    name = fields.CharField(120)
    group_id = fields.CharField(64)
    group_name = fields.CharField(120)
    place = fields.IntField()  # in WeCom's order
    gone_at = fields.FloatField(null=True)  # deleted there

    class Meta:
        table = "corp_tag"


class CustomerFieldRow(Model, metaclass=Row):
    """Something known of a customer, and whether they agree that it is used."""

    seq = fields.BigIntField(primary_key=True)
    customer = fields.CharField(64)
    name = fields.CharField(40)  # [field.NAME] of config/customers.toml
    value = fields.TextField()
    source = fields.CharField(12)  # bot.profile.fields.Source
    who = fields.CharField(64)  # userid; "" = nobody of us
    at = fields.FloatField()
    origin = fields.TextField(default="", db_default="")  # the file that told it
    consent = fields.SmallIntField(default=0, db_default=0)  # bot.profile.fields.Consent
    purpose = fields.TextField(default="", db_default="")  # what they agreed to
    consent_who = fields.CharField(64, default="", db_default="")  # asked them
    consent_at = fields.FloatField(null=True)

    class Meta:
        table = "customer_field"
        unique_together = (("customer", "name"),)


class PurchaseRow(Model, metaclass=Row):
    """That a customer bought, as the shop told it."""

    seq = fields.BigIntField(primary_key=True)
    event = fields.CharField(128, unique=True)  # its id
    customer = fields.CharField(64)
    at = fields.FloatField()

    class Meta:
        table = "purchase"


class ErasureRow(Model, metaclass=Row):
    """A customer is being erased: in this table, rows up to `upto` are still to be looked at."""

    seq = fields.BigIntField(primary_key=True)
    whom = fields.CharField(64)  # external_userid
    name = fields.CharField(40)  # the table
    upto = fields.BigIntField()  # its last seq when they were forgotten

    class Meta:
        table = "erasure"
