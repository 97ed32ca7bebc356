from tortoise import migrations
from tortoise.migrations import operations as ops
from bot.store.models import VersionState
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LearnedRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("question", fields.CharField(max_length=64)),
                ("script", fields.CharField(max_length=120)),
                ("source", fields.SmallIntField()),
                ("who", fields.CharField(max_length=64)),
                ("times", fields.IntField(default=1)),
                ("last_at", fields.FloatField()),
            ],
            options={
                "table": "learned",
                "app": "huashu",
                "unique_together": (("question", "script", "source", "who"),),
                "pk_attr": "seq",
                "table_description": "That somebody chose this script for this question.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScriptStepRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("script", fields.CharField(max_length=120)),
                ("version", fields.IntField()),
                ("state", fields.SmallIntField()),
                ("who", fields.CharField(max_length=64)),
                ("note", fields.TextField(unique=False)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "script_step",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What somebody did with a version, the first of them made it. Only added to.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScriptVersionRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("script", fields.CharField(max_length=120)),
                ("version", fields.IntField()),
                ("kind", fields.CharField(max_length=16)),
                ("content", fields.TextField(unique=False)),
                ("state", fields.SmallIntField(default=VersionState.DRAFT)),
            ],
            options={
                "table": "script_version",
                "app": "huashu",
                "unique_together": (("script", "version"),),
                "pk_attr": "seq",
                "table_description": "An edit of a script. Only `state` ever changes: it is that of the last step.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="SessionRow",
            name="asked",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.RunSQL(
            [
                "CREATE INDEX script_step_of ON script_step (script, version)",
                "CREATE INDEX script_step_approved ON script_step (seq) WHERE state = 2",
                "CREATE INDEX script_version_open ON script_version (seq) WHERE state IN (0, 1)",
                "CREATE INDEX learned_fading ON learned (last_at) WHERE source < 2",
                "CREATE INDEX learned_approved ON learned (last_at) WHERE source = 2",
            ],
            reverse_sql=[
                "DROP INDEX learned_approved",
                "DROP INDEX learned_fading",
                "DROP INDEX script_version_open",
                "DROP INDEX script_step_approved",
                "DROP INDEX script_step_of",
            ],
        ),
    ]
