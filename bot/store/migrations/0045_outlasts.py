from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0044_group_off")]

    initial = False

    operations = [
        ops.AddField(
            model_name="TodoRow",
            name="outlasts",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
