from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0024_group_answers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="InvitationRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("campaign", fields.CharField(max_length=14)),
                ("code", fields.CharField(max_length=30)),
                ("inviter", fields.CharField(max_length=64)),
                ("invitee", fields.CharField(max_length=64)),
                ("member", fields.CharField(max_length=64)),
                ("added_at", fields.FloatField()),
                ("left_at", fields.FloatField(null=True)),
                ("due_at", fields.FloatField()),
                ("state", fields.SmallIntField(default=0, db_default=0)),
                ("reason", fields.CharField(default="", db_default="", max_length=16)),
                ("judged_at", fields.FloatField(null=True)),
                ("who", fields.CharField(default="", db_default="", max_length=64)),
                ("why", fields.TextField(default="", db_default="", unique=False)),
            ],
            options={
                "table": "invitation",
                "app": "huashu",
                "unique_together": (("campaign", "inviter", "invitee"),),
                "pk_attr": "seq",
                "table_description": "Somebody became a contact by a customer's own code.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReferralCodeRow",
            fields=[
                (
                    "state",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=30),
                ),
                ("campaign", fields.CharField(max_length=14)),
                ("customer", fields.CharField(max_length=64)),
                ("who", fields.CharField(max_length=64)),
                ("asked_at", fields.FloatField()),
                ("config_id", fields.CharField(default="", db_default="", max_length=64)),
                ("picture", fields.TextField(default="", db_default="", unique=False)),
                ("digest", fields.CharField(default="", db_default="", max_length=64)),
                ("gone_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "referral_code",
                "app": "huashu",
                "unique_together": (("campaign", "customer"),),
                "pk_attr": "state",
                "table_description": "A customer's own code (联系我) of a campaign.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReferralRewardRow",
            fields=[
                (
                    "seq",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("campaign", fields.CharField(max_length=14)),
                ("inviter", fields.CharField(max_length=64)),
                ("step", fields.IntField()),
                ("at", fields.FloatField()),
                ("slot", fields.CharField(default="", db_default="", max_length=32)),
                ("tries", fields.IntField(default=0, db_default=0)),
                ("wanted", fields.SmallIntField(default=0, db_default=0)),
                ("state", fields.SmallIntField(default=-1, db_default=-1)),
                ("rule", fields.CharField(default="", db_default="", max_length=64)),
                ("zh", fields.TextField(default="", db_default="", unique=False)),
                ("en", fields.TextField(default="", db_default="", unique=False)),
                ("settled_at", fields.FloatField(null=True)),
            ],
            options={
                "table": "referral_reward",
                "app": "huashu",
                "unique_together": (("campaign", "inviter", "step"),),
                "pk_attr": "seq",
                "table_description": "An inviter has reached a threshold: one message, once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReferralWishRow",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=128),
                ),
                ("customer", fields.CharField(max_length=64)),
                ("account", fields.CharField(max_length=64)),
                ("conversation", fields.CharField(max_length=200)),
                ("campaign", fields.CharField(max_length=14)),
                ("at", fields.FloatField()),
            ],
            options={
                "table": "referral_wish",
                "app": "huashu",
                "pk_attr": "id",
                "table_description": "A customer asked for their code, and is to get it in that conversation.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX invitation_due ON invitation (campaign, state, due_at)",
                "CREATE INDEX invitation_of ON invitation (inviter, campaign, added_at)",
                "CREATE INDEX invitation_who ON invitation (invitee)",
                "CREATE INDEX referral_reward_open ON referral_reward (campaign, seq) "
                "WHERE state <> 2",
                "CREATE INDEX referral_code_whose ON referral_code (customer)",
            ],
            reverse_sql=[
                "DROP INDEX invitation_due",
                "DROP INDEX invitation_of",
                "DROP INDEX invitation_who",
                "DROP INDEX referral_reward_open",
                "DROP INDEX referral_code_whose",
            ],
        ),
    ]
