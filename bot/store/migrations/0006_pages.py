from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0005_groups")]

    initial = False

    operations = [
        ops.CreateModel(
            name="StaffRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("name", fields.TextField(unique=False)),
                ("role", fields.SmallIntField()),
                ("leader", fields.CharField(default="", db_default="", max_length=64)),
                ("active", fields.BooleanField(default=True, db_default=True)),
                ("joined_at", fields.FloatField()),
            ],
            options={
                "table": "staff",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "Somebody of the company who uses the pages.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("at", fields.FloatField()),
                ("who", fields.CharField(max_length=64)),
                ("act", fields.CharField(max_length=40)),
                ("subject", fields.CharField(max_length=200)),
                ("why", fields.TextField(unique=False)),
                ("details", fields.TextField(unique=False)),
            ],
            options={
                "table": "audit",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What somebody did. Only added to.",
            },
            bases=["Model"],
        ),
    ]
