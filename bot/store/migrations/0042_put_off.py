from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0041_presence")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ReminderRow",
            name="why",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
