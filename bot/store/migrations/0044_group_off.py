from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0043_pictures")]

    initial = False

    operations = [
        ops.AddField(
            model_name="GroupRow",
            name="off_at",
            field=fields.FloatField(null=True, unique=False),
        ),
    ]
