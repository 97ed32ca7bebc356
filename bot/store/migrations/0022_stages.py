from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0021_moments")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PurchaseRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("event", fields.CharField(unique=True, max_length=128)),
                ("customer", fields.CharField(max_length=64)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "purchase",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "That a customer bought, as the shop told it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StageStepRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("before", fields.CharField(max_length=40)),
                ("stage", fields.CharField(max_length=40)),
                ("held", fields.SmallIntField()),
                ("who", fields.CharField(max_length=64)),
                ("zh", fields.TextField(unique=False)),
                ("en", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "stage_step",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A customer came into another stage, or somebody holds them "
                "in one. Only added to.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="CustomerRow", name="stage_at", field=fields.FloatField(null=True)
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="stage_held",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="stage_zh",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="stage_en",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.RunSQL(
            [
                "CREATE INDEX purchase_of ON purchase (customer, at)",
                "CREATE INDEX stage_step_of ON stage_step (customer, at)",
                # What stands there was set by somebody; the rules leave it.
                "UPDATE customer SET stage_held = 1 WHERE stage <> ''",
                """INSERT INTO purchase (event, customer, at)
                   SELECT 'before:' || customer, customer, at FROM customer_date
                   WHERE name = 'bought'""",
            ],
            reverse_sql=["DROP INDEX purchase_of", "DROP INDEX stage_step_of"],
        ),
    ]
