from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0022_stages")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CorpTagRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("name", fields.CharField(max_length=120)),
                ("group_id", fields.CharField(max_length=64)),
                ("group_name", fields.CharField(max_length=120)),
                ("place", fields.IntField()),
                ("gone_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "corp_tag",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "A tag of the company's (企业客户标签) as WeCom told it last.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            ["CREATE INDEX corp_tag_name ON corp_tag (name)"],
            reverse_sql=["DROP INDEX corp_tag_name"],
        ),
    ]
