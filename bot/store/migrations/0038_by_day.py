from tortoise import migrations
from tortoise.migrations import operations as ops

# What is on its way was held against each of 42 days: a second and more for the calendar of plans
# with 45,000 of them. And of some days, the rows of all groups were read for those of one, or for
# the sums that stand under none.


class Migration(migrations.Migration):
    dependencies = [("huashu", "0037_message_open")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX touch_on_the_way ON touch (settled_at) WHERE state = 1",
                "CREATE INDEX group_day_of ON group_day (chat_id, day)",
                "DROP INDEX group_day_on",
            ],
            reverse_sql=[
                "DROP INDEX touch_on_the_way",
                "CREATE INDEX group_day_on ON group_day (day)",
                "DROP INDEX group_day_of",
            ],
        ),
    ]
