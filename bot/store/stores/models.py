"""The tables of stores (门店). Moments are Unix seconds (UTC), as in models.py."""

from tortoise import fields
from tortoise.models import Model

from bot.store.row import Row


class StoreRow(Model, metaclass=Row):
    """A store of the company."""

    id = fields.CharField(64, primary_key=True)
    name = fields.TextField()
    tags = fields.TextField()  # "|华东|旗舰店|"; "|" = none
    persona = fields.TextField()
    body = fields.TextField()  # JSON: what scripts may say of it
    changed_at = fields.FloatField()

    class Meta:
        table = "store"


class StoreMemberRow(Model, metaclass=Row):
    """In which store a member works."""

    member = fields.CharField(64, primary_key=True)  # userid
    store = fields.CharField(64)
    persona = fields.TextField()  # of their own; "" = the store's

    class Meta:
        table = "store_member"
