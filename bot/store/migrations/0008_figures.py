from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0007_failed")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FigureRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("day", fields.CharField(max_length=10)),
                ("name", fields.CharField(max_length=24)),
                ("key", fields.CharField(max_length=120)),
                ("n", fields.BigIntField()),
            ],
            options={
                "table": "figure",
                "app": "huashu",
                "unique_together": (("day", "name", "key"),),
                "pk_attr": "seq",
                "table_description": "How often something happened on a day.",
            },
            bases=["Model"],
        ),
        # What became of touches, by day: counted when asked for.
        ops.RunSQL(
            ["CREATE INDEX touch_settled ON touch (settled_at, state) WHERE state > 1"],
            reverse_sql=["DROP INDEX touch_settled"],
        ),
    ]
