from tortoise import migrations
from tortoise.migrations import operations as ops
from bot.store.models import EventState, MessageState
from tortoise import fields


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="CredentialRow",
            fields=[
                (
                    "key",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200),
                ),
                ("token", fields.TextField(unique=False)),
                ("expires_at", fields.FloatField()),
            ],
            options={
                "table": "credential",
                "app": "huashu",
                "pk_attr": "key",
                "table_description": "Access tokens, so that a restart need not fetch them again.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CursorRow",
            fields=[
                (
                    "account",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("cursor", fields.TextField(unique=False)),
            ],
            options={
                "table": "cursor",
                "app": "huashu",
                "pk_attr": "account",
                "table_description": "How far sync_msg has been read, per kf account.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomerRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("name", fields.TextField(unique=False)),
                ("tags", fields.TextField(default="[]", unique=False)),
                ("fetched_at", fields.FloatField()),
            ],
            options={
                "table": "customer",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "What we know of a customer: enough to call them by name and to choose their scripts.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("id", fields.CharField(unique=True, max_length=128)),
                ("kind", fields.CharField(max_length=40)),
                ("conversation", fields.CharField(max_length=200)),
                ("body", fields.TextField(unique=False)),
                ("received_at", fields.FloatField()),
                ("state", fields.SmallIntField(default=EventState.WAITING)),
                ("decision", fields.TextField(null=True, unique=False)),
                ("done_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "event",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "The inbox. `seq` is the order of arrival.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MediaRow",
            fields=[
                (
                    "path",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200),
                ),
                ("digest", fields.CharField(max_length=64)),
                ("media_id", fields.TextField(unique=False)),
                ("uploaded_at", fields.FloatField()),
            ],
            options={
                "table": "media",
                "app": "huashu",
                "pk_attr": "path",
                "table_description": "A file of scripts_library/ at WeCom's: a media_id lives for 3 days (doc 90253).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("id", fields.CharField(unique=True, max_length=32)),
                ("event_id", fields.CharField(max_length=128)),
                ("conversation", fields.CharField(max_length=200)),
                ("via", fields.CharField(max_length=24)),
                ("script", fields.CharField(max_length=120)),
                ("body", fields.TextField(unique=False)),
                ("urgent", fields.BooleanField(default=False)),
                ("created_at", fields.FloatField()),
                ("due_at", fields.FloatField()),
                ("attempts", fields.SmallIntField(default=0)),
                ("state", fields.SmallIntField(default=MessageState.WAITING)),
                ("settled_at", fields.FloatField(null=True)),
                ("note", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "message",
                "app": "huashu",
                "pk_attr": "seq",
                "table_description": "The outbox. `id` is WeCom's own `msgid` where we may choose it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SessionRow",
            fields=[
                (
                    "conversation",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200),
                ),
                ("heard_at", fields.FloatField()),
                ("sent", fields.SmallIntField()),
                ("staffed", fields.BooleanField()),
                ("servicer", fields.CharField(default="", max_length=64)),
                ("said", fields.CharField(default="", max_length=120)),
                ("offered", fields.TextField(default="", unique=False)),
                ("changed_at", fields.FloatField()),
            ],
            options={
                "table": "session",
                "app": "huashu",
                "pk_attr": "conversation",
                "table_description": "What decides whether we may speak in a conversation now.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TodoRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("member", fields.CharField(max_length=64)),
                ("customer", fields.CharField(max_length=64)),
                ("conversation", fields.CharField(max_length=200)),
                ("why", fields.TextField(unique=False)),
                ("words", fields.TextField(unique=False)),
                ("created_at", fields.FloatField()),
                ("done_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "todo",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "Something a person has to do, because the bot could not or should not.",
            },
            bases=["Model"],
        ),
        # The queues: only what waits is indexed, in the order in which it is taken.
        ops.RunSQL(
            [
                "CREATE INDEX event_waiting ON event (seq) WHERE state = 0",
                "CREATE INDEX message_open ON message (due_at, seq) WHERE state IN (0, 1)",
                "CREATE INDEX message_doubtful ON message (seq) WHERE state = 4",
                "CREATE INDEX message_of_event ON message (event_id)",
                "CREATE INDEX todo_open ON todo (conversation) WHERE done_at IS NULL",
            ],
            reverse_sql=[
                "DROP INDEX todo_open",
                "DROP INDEX message_of_event",
                "DROP INDEX message_doubtful",
                "DROP INDEX message_open",
                "DROP INDEX event_waiting",
            ],
        ),
    ]
