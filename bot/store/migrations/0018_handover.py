from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0017_stores")]

    initial = False

    operations = [
        ops.CreateModel(
            name="HandoverRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32),
                ),
                ("leaver", fields.CharField(max_length=64)),
                ("kind", fields.SmallIntField()),
                ("holder", fields.CharField(max_length=64)),
                ("words", fields.TextField(default="", db_default="", unique=False)),
                ("who", fields.CharField(max_length=64)),
                ("why", fields.TextField(default="", db_default="", unique=False)),
                ("begins_at", fields.FloatField()),
                ("until", fields.FloatField(null=True)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("ended_at", fields.FloatField(null=True)),
                ("looked_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "handover",
                "app": "huashu",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HandoverItemRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("handover", fields.CharField(max_length=32)),
                ("kind", fields.CharField(max_length=8)),
                ("subject", fields.CharField(max_length=64)),
                ("taker", fields.CharField(max_length=64)),
                ("owner", fields.CharField(max_length=64)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("errcode", fields.IntField(default=0, db_default=0)),
                ("zh", fields.TextField(default="", db_default="", unique=False)),
                ("en", fields.TextField(default="", db_default="", unique=False)),
                ("asked_at", fields.FloatField(null=True)),
                ("next_at", fields.FloatField(null=True)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "handover_item",
                "app": "huashu",
                "unique_together": (("handover", "subject"),),
                "pk_attr": "seq",
                "table_description": "A customer or a group that is handed over.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HandoverThingRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("handover", fields.CharField(max_length=32)),
                ("kind", fields.CharField(max_length=8)),
                ("thing", fields.CharField(max_length=64)),
                ("customer", fields.CharField(max_length=64)),
            ],
            options={
                "table": "handover_thing",
                "app": "huashu",
                "unique_together": (("kind", "thing"),),
                "pk_attr": "seq",
                "table_description": "A reminder, a to-do or a touch that was the leaver's: it follows its customer's owner.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE UNIQUE INDEX handover_of ON handover (leaver) WHERE state < 3",
                "CREATE INDEX handover_item_of ON handover_item (subject)",
                "CREATE INDEX handover_item_open ON handover_item (handover, state)",
                "CREATE INDEX handover_thing_of ON handover_thing (handover, kind)",
            ],
            reverse_sql=[
                "DROP INDEX handover_thing_of",
                "DROP INDEX handover_item_open",
                "DROP INDEX handover_item_of",
                "DROP INDEX handover_of",
            ],
        ),
    ]
