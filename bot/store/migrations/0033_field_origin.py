from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0032_practising")]

    initial = False

    operations = [
        ops.AddField(
            model_name="CustomerFieldRow",
            name="origin",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
