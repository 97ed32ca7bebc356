from tortoise import migrations
from tortoise.migrations import operations as ops
from bot.store.states import PlanState, TaskState, TouchState
from tortoise import fields
import orjson
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps
from bot.store.plans.spread import spread_of


async def settle_in(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Those whom we know already: their place in a window, and their tags where plans look."""
    client = editor.client
    mark = "?{}" if client.capabilities.dialect == "sqlite" else "${}"
    one, two = mark.format(1), mark.format(2)
    for row in await client.execute_query_dict("SELECT id, tags FROM customer"):
        await client.execute_query_dict(
            f"UPDATE customer SET spread = {one} WHERE id = {two}",
            [spread_of(row["id"]), row["id"]],
        )
        for tag in orjson.loads(row["tags"]):
            await client.execute_query_dict(
                f"INSERT INTO customer_tag (tag, customer) VALUES ({one}, {two})", [tag, row["id"]]
            )


async def sort_by_id(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """SQLite keeps customers in the order of their ids from now on, as plans go through them.

    Otherwise each of a million is read from a page of its own.
    """
    client = editor.client
    if client.capabilities.dialect != "sqlite":
        return
    found = "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'customer' AND sql IS NOT NULL"
    rows = await client.execute_query_dict(found)
    (table,) = (row["sql"] for row in rows if row["type"] == "table")
    await client.execute_query("ALTER TABLE customer RENAME TO customer_before")
    await client.execute_query(f"{table} WITHOUT ROWID")
    await client.execute_query("INSERT INTO customer SELECT * FROM customer_before")
    await client.execute_query("DROP TABLE customer_before")
    for row in rows:
        if row["type"] == "index":
            await client.execute_query(row["sql"])


class Migration(migrations.Migration):
    dependencies = [("huashu", "0002_scripts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ContactRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("added_at", fields.FloatField()),
                ("state", fields.CharField(default="", db_default="", max_length=120)),
                ("lost_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "contact",
                "app": "huashu",
                "unique_together": (("customer", "member"),),
                "pk_attr": "seq",
                "table_description": "That a member has a customer, or had.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomerTagRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("tag", fields.CharField(max_length=120)),
                ("customer", fields.CharField(max_length=64)),
            ],
            options={
                "table": "customer_tag",
                "app": "huashu",
                "unique_together": (("tag", "customer"),),
                "pk_attr": "seq",
                "table_description": "The tags of customer.tags, for finding whom a plan is meant for.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MassTaskRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("plan", fields.CharField(max_length=120)),
                ("slot", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("chunk", fields.IntField()),
                ("msgid", fields.CharField(default="", db_default="", max_length=128)),
                (
                    "state",
                    fields.SmallIntField(default=TaskState.FORMED, db_default=0),
                ),
                ("created_at", fields.FloatField(null=True)),
                ("confirmed_at", fields.FloatField(null=True)),
                ("reminders", fields.SmallIntField(default=0, db_default=0)),
                ("reminded_at", fields.FloatField(null=True)),
                ("checked_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "mass_task",
                "app": "huashu",
                "unique_together": (("plan", "slot", "member", "chunk"),),
                "pk_attr": "id",
                "table_description": "A mass message that one member confirms for up to 10,000 of their customers.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlanRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120),
                ),
                (
                    "state",
                    fields.SmallIntField(default=PlanState.ACTIVE, db_default=0),
                ),
                ("digest", fields.CharField(default="", db_default="", max_length=64)),
                ("body", fields.TextField(default="", db_default="", unique=False)),
                ("planned_until", fields.FloatField(null=True)),
                ("changed_at", fields.FloatField()),
                ("who", fields.CharField(default="", db_default="", max_length=64)),
            ],
            options={
                "table": "plan",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "A plan that has been taken up. It has a `body` only where it comes from no file.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RhythmRow",
            fields=[
                (
                    "customer",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("counts", fields.TextField(unique=False)),
            ],
            options={
                "table": "rhythm",
                "app": "huashu",
                "pk_attr": "customer",
                "table_description": "When a customer writes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SaidRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("words", fields.CharField(max_length=32)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "said",
                "app": "huashu",
                "unique_together": (("customer", "words"),),
                "pk_attr": "seq",
                "table_description": "When the same words reached a customer last.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TallyRow",
            fields=[
                (
                    "subject",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120),
                ),
                ("hour", fields.IntField()),
                ("hour_n", fields.IntField()),
                ("day", fields.IntField()),
                ("day_n", fields.IntField()),
                ("week", fields.IntField()),
                ("week_n", fields.IntField()),
                ("month", fields.IntField()),
                ("month_n", fields.IntField()),
                ("last_at", fields.FloatField()),
            ],
            options={
                "table": "tally",
                "app": "huashu",
                "pk_attr": "subject",
                "table_description": "How much of the caps is used up.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TouchRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("plan", fields.CharField(max_length=120)),
                ("customer", fields.CharField(max_length=64)),
                ("slot", fields.CharField(max_length=64)),
                ("scenario", fields.SmallIntField()),
                ("script", fields.CharField(max_length=120)),
                ("words", fields.CharField(default="", db_default="", max_length=32)),
                ("member", fields.CharField(default="", db_default="", max_length=64)),
                (
                    "receiver",
                    fields.CharField(default="customer", db_default="customer", max_length=8),
                ),
                ("due_at", fields.FloatField()),
                ("deadline", fields.FloatField()),
                (
                    "state",
                    fields.SmallIntField(default=TouchState.WAITING, db_default=0),
                ),
                ("task", fields.CharField(default="", db_default="", max_length=64)),
                ("rule", fields.CharField(default="", db_default="", max_length=40)),
                ("zh", fields.TextField(default="", db_default="", unique=False)),
                ("en", fields.TextField(default="", db_default="", unique=False)),
                ("settled_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "touch",
                "app": "huashu",
                "unique_together": (("customer", "plan", "slot"),),
                "pk_attr": "seq",
                "table_description": "One message that is planned for one customer, whatever becomes of it.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="added_at",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="best_from",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="best_to",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="birthday",
            field=fields.CharField(default="", db_default="", max_length=8),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="braked_at",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="free_until",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="friends",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="heard_at",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="member",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="opted_out_at",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="phone",
            field=fields.CharField(default="", db_default="", max_length=32),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="source",
            field=fields.CharField(default="", db_default="", max_length=120),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="spread",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="stage",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="store",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="unionid",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="CustomerRow",
            name="zone",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.RunPython(settle_in, ops.RunPython.noop),
        ops.RunSQL(
            [
                "CREATE INDEX touch_due ON touch (due_at, seq) WHERE state = 0",
                "CREATE INDEX touch_claimed ON touch (settled_at) WHERE state = 5",
                "CREATE INDEX touch_taken ON touch (task, plan, slot, member) WHERE state = 1",
                "CREATE INDEX mass_task_open ON mass_task (state) WHERE state < 3",
                "CREATE INDEX contact_of_member ON contact (member, customer) WHERE lost_at IS NULL",
                "CREATE INDEX customer_tag_of ON customer_tag (customer)",
                "CREATE INDEX customer_added ON customer (added_at) WHERE added_at IS NOT NULL",
                "CREATE INDEX customer_birthday ON customer (birthday) WHERE birthday <> ''",
                "CREATE INDEX customer_unionid ON customer (unionid) WHERE unionid <> ''",
                "CREATE INDEX customer_phone ON customer (phone) WHERE phone <> ''",
            ],
            reverse_sql=[
                "DROP INDEX customer_phone",
                "DROP INDEX customer_unionid",
                "DROP INDEX customer_birthday",
                "DROP INDEX customer_added",
                "DROP INDEX customer_tag_of",
                "DROP INDEX contact_of_member",
                "DROP INDEX mass_task_open",
                "DROP INDEX touch_taken",
                "DROP INDEX touch_claimed",
                "DROP INDEX touch_due",
            ],
        ),
        ops.RunPython(sort_by_id, ops.RunPython.noop),
    ]
