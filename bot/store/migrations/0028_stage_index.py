from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0027_audit_changes")]

    initial = False

    operations = [
        ops.RunSQL(
            ["CREATE INDEX customer_stage ON customer (stage) WHERE stage <> ''"],
            reverse_sql=["DROP INDEX customer_stage"],
        ),
    ]
