from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0031_group_talk_days")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX customer_practising ON customer (id) "
                "WHERE substr(source, 1, 9) = 'practice_'"
            ],
            reverse_sql=["DROP INDEX customer_practising"],
        ),
    ]
