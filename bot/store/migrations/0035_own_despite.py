from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0034_link_admin")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PersonalScriptRow",
            name="despite",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
