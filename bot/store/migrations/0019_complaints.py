from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0018_handover")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ComplaintCaseRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("channel", fields.CharField(max_length=16)),
                ("conversation", fields.CharField(max_length=200)),
                ("member", fields.CharField(max_length=64)),
                ("words", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
                ("heard_at", fields.FloatField()),
                ("times", fields.IntField(default=0, db_default=0)),
                ("waiting_since", fields.FloatField(null=True)),
                ("told_at", fields.FloatField(null=True)),
                ("answered_at", fields.FloatField(null=True)),
                ("answered_by", fields.CharField(default="", db_default="", max_length=64)),
                ("replied_at", fields.FloatField(null=True)),
                ("escalated_at", fields.FloatField(null=True)),
                ("escalated_to", fields.CharField(default="", db_default="", max_length=64)),
                ("closed_at", fields.FloatField(null=True)),
                ("closed_by", fields.CharField(default="", db_default="", max_length=64)),
                ("reason", fields.TextField(default="", db_default="", unique=False)),
            ],
            options={
                "table": "complaint_case",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "A customer complained: open until a person closes it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ComplaintWordRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("complaint", fields.BigIntField()),
                ("event", fields.CharField(unique=True, max_length=128)),
                ("words", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "complaint_word",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What a customer wrote within a case.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE UNIQUE INDEX complaint_open ON complaint_case (customer)"
                " WHERE closed_at IS NULL",
                "CREATE INDEX complaint_at ON complaint_case (at)",
                "CREATE INDEX complaint_of ON complaint_word (complaint)",
            ],
            reverse_sql=[
                "DROP INDEX complaint_open",
                "DROP INDEX complaint_at",
                "DROP INDEX complaint_of",
            ],
        ),
    ]
