from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0020_channels")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MomentPostRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40),
                ),
                ("kind", fields.CharField(max_length=12)),
                ("segment", fields.CharField(max_length=64)),
                ("text", fields.TextField(unique=False)),
                ("files", fields.TextField(unique=False)),
                ("day", fields.CharField(max_length=10)),
                ("slot", fields.CharField(max_length=5)),
                ("due_at", fields.FloatField(null=True)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("who", fields.CharField(max_length=64)),
                ("created_at", fields.FloatField()),
                ("approved_by", fields.CharField(default="", db_default="", max_length=64)),
            ],
            options={
                "table": "moment_post",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "A moment that is planned, for one account or several.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MomentPartRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("post", fields.CharField(max_length=40)),
                ("member", fields.CharField(max_length=64)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("zh", fields.TextField(default="", db_default="", unique=False)),
                ("en", fields.TextField(default="", db_default="", unique=False)),
                ("again_at", fields.FloatField(default=0.0, db_default=0.0)),
                ("job", fields.CharField(default="", db_default="", max_length=128)),
                ("moment", fields.CharField(default="", db_default="", max_length=64)),
                ("asked_at", fields.FloatField(null=True)),
                ("confirmed_at", fields.FloatField(null=True)),
                ("checked_at", fields.FloatField(default=0.0, db_default=0.0)),
                ("reminders", fields.SmallIntField(default=0, db_default=0)),
                ("reminded_at", fields.FloatField(null=True)),
                ("shown", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "moment_part",
                "app": "huashu",
                "unique_together": (("post", "member"),),
                "pk_attr": "seq",
                "table_description": "One account's share of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MomentCommentRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("moment", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("author", fields.CharField(max_length=64)),
                ("staff", fields.BooleanField()),
                ("at", fields.FloatField()),
                ("done_by", fields.CharField(default="", db_default="", max_length=64)),
                ("done_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "moment_comment",
                "app": "huashu",
                "unique_together": (("moment", "member", "author", "at"),),
                "pk_attr": "seq",
                "table_description": "That somebody wrote below a moment.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX moment_post_day ON moment_post (day)",
                "CREATE INDEX moment_part_open ON moment_part (state, checked_at) WHERE state < 4",
                "CREATE INDEX moment_part_of ON moment_part (member, asked_at)",
                "CREATE INDEX moment_part_out ON moment_part (confirmed_at) WHERE state = 4",
            ],
            reverse_sql=[
                "DROP INDEX moment_part_out",
                "DROP INDEX moment_part_of",
                "DROP INDEX moment_part_open",
                "DROP INDEX moment_post_day",
            ],
        ),
    ]
