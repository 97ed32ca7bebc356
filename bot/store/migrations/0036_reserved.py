from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0035_own_despite")]

    initial = False

    operations = [
        ops.AddField(
            model_name="TouchRow",
            name="reserved",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
