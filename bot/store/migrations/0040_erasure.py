from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0039_closes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ErasureRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("whom", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=40)),
                ("upto", fields.BigIntField()),
            ],
            options={
                "table": "erasure",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A customer is forgotten, and of this table the rows up to "
                "one are still to be looked at.",
            },
            bases=["Model"],
        ),
    ]
