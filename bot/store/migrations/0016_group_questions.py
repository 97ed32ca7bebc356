from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0015_sync")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GroupQuestionRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("id", fields.CharField(unique=True, max_length=128)),
                ("chat_id", fields.CharField(max_length=64)),
                ("topic", fields.CharField(max_length=200)),
                ("text", fields.TextField(unique=False)),
                ("question", fields.CharField(max_length=200)),
                ("askers", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
                ("last_at", fields.FloatField()),
                ("script", fields.CharField(default="", db_default="", max_length=120)),
                ("offered_at", fields.FloatField(null=True)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("by", fields.CharField(default="", db_default="", max_length=64)),
                ("ended_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "group_question",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A question in a group that was for us. Those who ask the "
                "same while it is open join it.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE UNIQUE INDEX group_question_open ON group_question (chat_id, topic)"
                " WHERE state = 0",
                "CREATE INDEX group_question_age ON group_question (at, seq) WHERE state = 0",
                "CREATE INDEX group_question_ended ON group_question (ended_at)"
                " WHERE ended_at IS NOT NULL",
                "CREATE INDEX group_question_of ON group_question (chat_id, at)",
            ],
            reverse_sql=[
                "DROP INDEX group_question_open",
                "DROP INDEX group_question_age",
                "DROP INDEX group_question_ended",
                "DROP INDEX group_question_of",
            ],
        ),
    ]
