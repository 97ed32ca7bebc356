from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0038_by_day")]

    initial = False

    operations = [
        ops.AddField(
            model_name="MassTaskRow",
            name="closes_at",
            field=fields.FloatField(null=True, unique=False),
        ),
    ]
