from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0012_reminders")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DismissedQuestionRow",
            fields=[
                (
                    "question",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200),
                ),
                ("who", fields.CharField(max_length=64)),
                ("why", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "dismissed_question",
                "app": "huashu",
                "pk_attr": "question",
                "table_description": "A question that no script needs to answer, as somebody has said.",
            },
            bases=["Model"],
        ),
    ]
