from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0016_group_questions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="StoreRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("name", fields.TextField(unique=False)),
                ("tags", fields.TextField(unique=False)),
                ("persona", fields.TextField(unique=False)),
                ("body", fields.TextField(unique=False)),
                ("changed_at", fields.FloatField()),
            ],
            options={
                "table": "store",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "A store of the company.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StoreMemberRow",
            fields=[
                (
                    "member",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("store", fields.CharField(max_length=64)),
                ("persona", fields.TextField(unique=False)),
            ],
            options={
                "table": "store_member",
                "app": "huashu",
                "pk_attr": "member",
                "table_description": "Where a member works.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="MassTaskRow",
            name="remind_at",
            field=fields.FloatField(null=True),
        ),
        ops.RunSQL(
            [
                "CREATE INDEX store_member_of ON store_member (store, member)",
                "CREATE INDEX touch_task ON touch (task) WHERE task <> ''",
            ],
            reverse_sql=["DROP INDEX touch_task", "DROP INDEX store_member_of"],
        ),
    ]
