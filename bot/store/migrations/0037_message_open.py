from tortoise import migrations
from tortoise.migrations import operations as ops

# SQLite uses a partial index only where the statement has its condition word for word: what waits
# was looked for in the whole table. It is taken up by seq.


class Migration(migrations.Migration):
    dependencies = [("huashu", "0036_reserved")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX message_open",
                "CREATE INDEX message_open ON message (seq) WHERE state < 2",
            ],
            reverse_sql=[
                "DROP INDEX message_open",
                "CREATE INDEX message_open ON message (due_at, seq) WHERE state IN (0, 1)",
            ],
        ),
    ]
