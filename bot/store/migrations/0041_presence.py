from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0040_erasure")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PresenceRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("began_at", fields.FloatField()),
                ("seen_at", fields.FloatField()),
                ("looked_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "presence",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A stretch in which the program was there.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX sync_find_missed ON sync_find (customer, member) "
                "WHERE kind = 'missed'"
            ],
            reverse_sql=["DROP INDEX sync_find_missed"],
        ),
    ]
