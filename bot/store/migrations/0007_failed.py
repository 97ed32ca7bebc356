from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0006_pages")]

    initial = False

    operations = [
        ops.RunSQL(
            ["CREATE INDEX message_failed ON message (seq) WHERE state = 3"],
            reverse_sql=["DROP INDEX message_failed"],
        ),
    ]
