from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0019_complaints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ChannelCodeRow",
            fields=[
                (
                    "state",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=30),
                ),
                ("asked_at", fields.FloatField()),
                ("config_id", fields.CharField(default="", db_default="", max_length=64)),
                ("picture", fields.TextField(default="", db_default="", unique=False)),
                ("digest", fields.CharField(default="", db_default="", max_length=64)),
                ("problem", fields.TextField(default="", db_default="", unique=False)),
            ],
            options={
                "table": "channel_code",
                "app": "huashu",
                "pk_attr": "state",
                "table_description": "A code of WeCom's (联系我) for a channel.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TaggingRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("tag", fields.CharField(max_length=120)),
                ("member", fields.CharField(max_length=64)),
                ("rule", fields.CharField(max_length=120)),
                ("zh", fields.TextField(unique=False)),
                ("en", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
                ("told_at", fields.FloatField(null=True)),
                ("problem", fields.TextField(default="", db_default="", unique=False)),
            ],
            options={
                "table": "tagging",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A tag that was given by a rule, and why: it is on its way to "
                "WeCom until `told_at`.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX tagging_of ON tagging (customer, seq)",
                "CREATE INDEX tagging_untold ON tagging (seq) WHERE told_at IS NULL",
                "CREATE INDEX contact_came ON contact (added_at) WHERE state <> ''",
                "CREATE INDEX contact_went ON contact (lost_at) WHERE state <> ''",
            ],
            reverse_sql=[
                "DROP INDEX tagging_of",
                "DROP INDEX tagging_untold",
                "DROP INDEX contact_came",
                "DROP INDEX contact_went",
            ],
        ),
    ]
