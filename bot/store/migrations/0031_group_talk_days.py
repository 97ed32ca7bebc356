from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0030_plan_trial")]

    initial = False

    operations = [
        ops.RunSQL(
            ["CREATE INDEX group_talk_days ON group_talk (chat_id, day)"],
            reverse_sql=["DROP INDEX group_talk_days"],
        ),
    ]
