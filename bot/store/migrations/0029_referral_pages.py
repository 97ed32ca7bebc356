from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("huashu", "0028_stage_index")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX invitation_page ON invitation (campaign, seq)",
                "CREATE INDEX invitation_numbers ON invitation (campaign, state, reason, left_at)",
                "CREATE INDEX invitation_counts ON invitation (campaign, inviter, state, left_at)",
                "CREATE INDEX referral_reward_page ON referral_reward (campaign, seq)",
            ],
            reverse_sql=[
                "DROP INDEX invitation_page",
                "DROP INDEX invitation_numbers",
                "DROP INDEX invitation_counts",
                "DROP INDEX referral_reward_page",
            ],
        ),
    ]
