from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0042_put_off")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ScriptPictureRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("hash", fields.CharField(max_length=64)),
                ("part", fields.IntField()),
                ("content", fields.TextField(unique=False)),
            ],
            options={
                "table": "script_picture",
                "app": "huashu",
                "unique_together": (("name", "part"),),
                "pk_attr": "seq",
                "table_description": "A piece of a picture that scripts send. Only added to.",
            },
            bases=["Model"],
        ),
    ]
