from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0009_brakes")]

    initial = False

    operations = [
        ops.RunSQL(
            ["CREATE INDEX customer_place ON customer ((coalesce(added_at, 0)) DESC, id)"],
            reverse_sql=["DROP INDEX customer_place"],
        ),
    ]
