from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0010_customer_place")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FavouriteRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("member", fields.CharField(max_length=64)),
                ("script", fields.CharField(max_length=120)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "favourite",
                "app": "huashu",
                "unique_together": (("member", "script"),),
                "pk_attr": "seq",
                "table_description": "A script that a member keeps at hand.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScriptUseRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("member", fields.CharField(max_length=64)),
                ("script", fields.CharField(max_length=120)),
                ("times", fields.IntField()),
                ("as_is", fields.IntField()),
                ("last_at", fields.FloatField()),
            ],
            options={
                "table": "script_use",
                "app": "huashu",
                "unique_together": (("member", "script"),),
                "pk_attr": "seq",
                "table_description": "How often a member has sent a script by hand.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PersonalScriptRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("owner", fields.CharField(max_length=64)),
                ("team", fields.BooleanField(default=False, db_default=False)),
                ("title", fields.CharField(max_length=120)),
                ("body", fields.TextField(unique=False)),
                ("proposed", fields.CharField(default="", db_default="", max_length=120)),
                ("changed_at", fields.FloatField()),
                ("deleted_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "personal_script",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": (
                    "A script that a member wrote for themselves, or a leader for their team."
                ),
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX personal_script_of ON personal_script (owner)",
                "CREATE INDEX event_in ON event (conversation, seq)",
                "CREATE INDEX message_in ON message (conversation, seq)",
            ],
            reverse_sql=[
                "DROP INDEX message_in",
                "DROP INDEX event_in",
                "DROP INDEX personal_script_of",
            ],
        ),
    ]
