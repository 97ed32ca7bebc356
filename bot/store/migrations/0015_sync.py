from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0014_notes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="SyncRoundRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("begun_at", fields.FloatField()),
                ("ended_at", fields.FloatField(null=True)),
                ("initial", fields.SmallIntField()),
                ("shares", fields.TextField(unique=False)),
                ("place", fields.IntField(default=0, db_default=0)),
                ("cursor", fields.TextField(default="", db_default="", unique=False)),
                ("since", fields.IntField(default=0, db_default=0)),
                ("total", fields.IntField(default=0, db_default=0)),
                ("done", fields.IntField(default=0, db_default=0)),
                ("added", fields.IntField(default=0, db_default=0)),
                ("lost", fields.IntField(default=0, db_default=0)),
                ("tagged", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "sync_round",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "All customers of all members are asked for once: "
                "how far that has come.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SyncFindRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("round", fields.BigIntField()),
                ("customer", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("kind", fields.CharField(max_length=8)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "sync_find",
                "app": "huashu",
                "unique_together": (("round", "customer", "member", "kind"),),
                "pk_attr": "seq",
                "table_description": "A change that no event had told of.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="ContactRow",
            name="tags",
            field=fields.TextField(null=True, unique=False),
        ),
    ]
