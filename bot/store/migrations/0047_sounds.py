from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0046_codes_again")]

    initial = False

    operations = [
        ops.AddField(
            model_name="BrakeStepRow",
            name="sounds",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
    ]
