from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0011_sidebar")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ReminderRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("receiver", fields.CharField(max_length=8)),
                ("script", fields.CharField(max_length=120)),
                ("words", fields.TextField(unique=False)),
                ("zh", fields.TextField(unique=False)),
                ("en", fields.TextField(unique=False)),
                ("again", fields.TextField(unique=False)),
                ("due_at", fields.FloatField()),
                ("next_at", fields.FloatField(null=True)),
                ("told_at", fields.FloatField(null=True)),
                ("created_at", fields.FloatField()),
                ("who", fields.CharField(max_length=64)),
                ("ended_at", fields.FloatField(null=True)),
                ("ended_by", fields.CharField(default="", db_default="", max_length=64)),
                ("state", fields.SmallIntField(default=0, db_default=0)),
            ],
            options={
                "table": "reminder",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "What staff want to be reminded of, or a customer is to hear.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX reminder_untold ON reminder (due_at)"
                " WHERE state = 0 AND told_at IS NULL",
                "CREATE INDEX reminder_again ON reminder (next_at)"
                " WHERE state = 0 AND next_at IS NOT NULL",
                "CREATE INDEX reminder_of ON reminder (member, due_at) WHERE state = 0",
            ],
            reverse_sql=[
                "DROP INDEX reminder_untold",
                "DROP INDEX reminder_again",
                "DROP INDEX reminder_of",
            ],
        ),
    ]
