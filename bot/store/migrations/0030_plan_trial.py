from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0029_referral_pages")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PlanRow",
            name="trial",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
    ]
