from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0045_outlasts")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ChannelCodeRow",
            name="tries",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="ChannelCodeRow",
            name="again_at",
            field=fields.FloatField(default=0, db_default=0),
        ),
    ]
