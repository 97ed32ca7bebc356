from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0003_touches")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CustomerDateRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=128)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "customer_date",
                "app": "huashu",
                "unique_together": (("customer", "name"),),
                "pk_attr": "seq",
                "table_description": "A moment of a customer's own that plans count from.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignalRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("id", fields.CharField(unique=True, max_length=128)),
                ("external_userid", fields.CharField(max_length=64)),
                ("unionid", fields.CharField(max_length=64)),
                ("phone", fields.CharField(max_length=32)),
                ("at", fields.FloatField()),
                ("body", fields.TextField(unique=False)),
            ],
            options={
                "table": "signal",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What the shop told of somebody whom we do not know yet.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            ["CREATE INDEX customer_date_of ON customer_date (name, at)"],
            reverse_sql=["DROP INDEX customer_date_of"],
        ),
    ]
