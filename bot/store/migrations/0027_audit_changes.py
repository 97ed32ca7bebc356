from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0026_fields")]

    initial = False

    operations = [
        ops.AddField(
            model_name="AuditRow",
            name="changes",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
