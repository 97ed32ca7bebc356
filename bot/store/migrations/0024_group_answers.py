from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0023_corp_tags")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GroupAnswerRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32),
                ),
                ("owner", fields.CharField(max_length=64)),
                ("who", fields.CharField(max_length=64)),
                ("words", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
                ("until", fields.FloatField()),
                ("withdrawn_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "group_answer",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "Answers to questions of an owner's groups, collected into "
                "one mass message (企业群发).",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="GroupQuestionRow",
            name="answer",
            field=fields.CharField(default="", db_default="", max_length=32),
        ),
        ops.RunSQL(
            [
                "DROP INDEX group_question_open",
                "CREATE UNIQUE INDEX group_question_open ON group_question (chat_id, topic)"
                " WHERE state IN (0, 3)",
                "CREATE INDEX group_question_collected ON group_question (answer) WHERE state = 3",
            ],
            reverse_sql=[
                "DROP INDEX group_question_collected",
                "DROP INDEX group_question_open",
                "CREATE UNIQUE INDEX group_question_open ON group_question (chat_id, topic)"
                " WHERE state = 0",
            ],
        ),
    ]
