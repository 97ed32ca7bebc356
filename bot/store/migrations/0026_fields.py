from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0025_referral")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CustomerFieldRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=40)),
                ("value", fields.TextField(unique=False)),
                ("source", fields.CharField(max_length=12)),
                ("who", fields.CharField(max_length=64)),
                ("at", fields.FloatField()),
                ("consent", fields.SmallIntField(default=0, db_default=0)),
                ("purpose", fields.TextField(default="", db_default="", unique=False)),
                ("consent_who", fields.CharField(default="", db_default="", max_length=64)),
                ("consent_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "customer_field",
                "app": "huashu",
                "unique_together": (("customer", "name"),),
                "pk_attr": "seq",
                "table_description": "Something known of a customer, and whether they agree that "
                "it is used.",
            },
            bases=["Model"],
        ),
    ]
