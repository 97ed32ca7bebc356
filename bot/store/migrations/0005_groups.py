from tortoise import migrations
from tortoise.migrations import operations as ops
from bot.store.states import OwnerState
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("huashu", "0004_signals")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GroupChangeRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("event", fields.CharField(unique=True, max_length=128)),
                ("chat_id", fields.CharField(max_length=64)),
                ("at", fields.FloatField()),
                ("change", fields.CharField(max_length=16)),
                ("detail", fields.CharField(default="", db_default="", max_length=16)),
                ("members", fields.TextField(default="[]", db_default="[]", unique=False)),
                ("scene", fields.SmallIntField(null=True)),
                ("last_version", fields.CharField(default="", db_default="", max_length=64)),
                ("version", fields.CharField(default="", db_default="", max_length=64)),
                ("applied_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "chat_group_change",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "What WeCom told of a group (change_external_chat), in the order in which it came.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupDayRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("owner", fields.CharField(max_length=64)),
                ("chat_id", fields.CharField(default="", db_default="", max_length=64)),
                ("day", fields.CharField(max_length=10)),
                ("chats", fields.IntField()),
                ("new_chats", fields.IntField()),
                ("active_chats", fields.IntField()),
                ("members", fields.IntField()),
                ("new_members", fields.IntField()),
                ("speakers", fields.IntField()),
                ("messages", fields.IntField()),
            ],
            options={
                "table": "group_day",
                "app": "huashu",
                "unique_together": (("owner", "chat_id", "day"),),
                "pk_attr": "seq",
                "table_description": "The seven figures of a day (docs 92133): of all groups of an owner, and of a group alone",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupMemberRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("chat_id", fields.CharField(max_length=64)),
                ("userid", fields.CharField(max_length=64)),
                ("customer", fields.BooleanField()),
                ("name", fields.CharField(default="", db_default="", max_length=200)),
                ("nickname", fields.CharField(default="", db_default="", max_length=200)),
                ("joined_at", fields.FloatField()),
                ("join_scene", fields.SmallIntField(default=0, db_default=0)),
                ("invitor", fields.CharField(default="", db_default="", max_length=64)),
                ("state", fields.CharField(default="", db_default="", max_length=64)),
                ("left_at", fields.FloatField(null=True)),
                ("quit_scene", fields.SmallIntField(null=True)),
                ("news", fields.CharField(default="", db_default="", max_length=40)),
            ],
            options={
                "table": "chat_group_member",
                "app": "huashu",
                "unique_together": (("chat_id", "userid"),),
                "pk_attr": "seq",
                "table_description": "Somebody who is in a group, or was.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupRow",
            fields=[
                (
                    "chat_id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("name", fields.CharField(default="", db_default="", max_length=200)),
                ("owner", fields.CharField(default="", db_default="", max_length=64)),
                ("notice", fields.TextField(default="", db_default="", unique=False)),
                ("admins", fields.TextField(default="[]", db_default="[]", unique=False)),
                ("created_at", fields.FloatField(default=0, db_default=0)),
                ("owner_state", fields.SmallIntField(default=OwnerState.NORMAL, db_default=0)),
                ("version", fields.CharField(default="", db_default="", max_length=64)),
                ("members", fields.IntField(default=0, db_default=0)),
                ("customers", fields.IntField(default=0, db_default=0)),
                ("dismissed_at", fields.FloatField(null=True)),
                ("fetched_at", fields.FloatField(default=0, db_default=0)),
                ("gaps", fields.IntField(default=0, db_default=0)),
                ("kind", fields.CharField(default="", db_default="", max_length=20)),
                ("kind_by_hand", fields.BooleanField(default=False, db_default=False)),
                ("stage", fields.CharField(default="", db_default="", max_length=12)),
                ("stage_at", fields.FloatField(null=True)),
                ("stage_zh", fields.TextField(default="", db_default="", unique=False)),
                ("stage_en", fields.TextField(default="", db_default="", unique=False)),
            ],
            options={
                "table": "chat_group",
                "app": "huashu",
                "pk_attr": "chat_id",
                "table_description": "What we know of a group. Its members stand in their own table.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupTalkRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("chat_id", fields.CharField(max_length=64)),
                ("userid", fields.CharField(max_length=64)),
                ("day", fields.CharField(max_length=10)),
                ("messages", fields.IntField()),
            ],
            options={
                "table": "group_talk",
                "app": "huashu",
                "unique_together": (("chat_id", "userid", "day"),),
                "pk_attr": "seq",
                "table_description": "How much one member wrote in a group on a day, where a message archive tells it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupWelcomeRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("template_id", fields.CharField(default="", db_default="", max_length=128)),
                ("digest", fields.CharField(max_length=32)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "group_welcome",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "Welcome material (入群欢迎语素材) as WeCom has it from us.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX chat_group_of ON chat_group (owner, chat_id)",
                "CREATE INDEX chat_group_change_open ON chat_group_change (chat_id, seq) "
                "WHERE applied_at IS NULL",
                "CREATE INDEX chat_group_change_of ON chat_group_change (chat_id, at)",
                "CREATE INDEX chat_group_member_of ON chat_group_member (userid)",
                "CREATE INDEX chat_group_member_news ON chat_group_member (chat_id) "
                "WHERE news <> ''",
                "CREATE INDEX group_day_on ON group_day (day)",
            ],
            reverse_sql=[
                "DROP INDEX group_day_on",
                "DROP INDEX chat_group_member_news",
                "DROP INDEX chat_group_member_of",
                "DROP INDEX chat_group_change_of",
                "DROP INDEX chat_group_change_open",
                "DROP INDEX chat_group_of",
            ],
        ),
    ]
