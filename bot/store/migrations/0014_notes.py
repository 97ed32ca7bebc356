from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0013_dismissed")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ContactRow",
            name="remark",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.CreateModel(
            name="NoteRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("who", fields.CharField(max_length=64)),
                ("text", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
                ("edited_at", fields.FloatField(null=True)),
                ("deleted_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "note",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What a member wrote down about a customer.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX note_of ON note (customer, at) WHERE deleted_at IS NULL",
                "CREATE INDEX audit_of ON audit (subject, seq)",
                "CREATE INDEX todo_of ON todo (member, created_at) WHERE done_at IS NULL",
            ],
            reverse_sql=["DROP INDEX todo_of", "DROP INDEX audit_of", "DROP INDEX note_of"],
        ),
    ]
