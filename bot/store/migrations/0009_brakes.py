from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0008_figures")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BrakeStepRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("kind", fields.CharField(max_length=16)),
                ("active", fields.SmallIntField()),
                ("who", fields.CharField(max_length=64)),
                ("why", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "brake_step",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "Somebody wants no more messages, complained, or took it back.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX brake_step_of ON brake_step (customer, kind, seq)",
                "CREATE INDEX customer_braked ON customer (braked_at, id) WHERE braked_at IS NOT NULL",
                "CREATE INDEX customer_opted_out ON customer (opted_out_at, id)"
                " WHERE opted_out_at IS NOT NULL",
            ],
            reverse_sql=[
                "DROP INDEX brake_step_of",
                "DROP INDEX customer_braked",
                "DROP INDEX customer_opted_out",
            ],
        ),
    ]
