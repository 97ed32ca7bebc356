from tortoise import migrations
from tortoise.migrations import operations as ops

# Who came in by the link was `admin`, which may be a member's userid: whoever had it in WeCom came
# in as the admin. What the two may have done cannot be told apart, so the role goes to the new id,
# and a member of that name comes in as a member.


class Migration(migrations.Migration):
    dependencies = [("huashu", "0033_field_origin")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "UPDATE staff SET leader = '#admin' WHERE leader = 'admin' "
                "AND EXISTS (SELECT 1 FROM staff AS one WHERE one.id = 'admin' AND one.role = 4)",
                "UPDATE staff SET id = '#admin' WHERE id = 'admin' AND role = 4",
            ],
            reverse_sql=[
                "UPDATE staff SET id = 'admin' WHERE id = '#admin'",
                "UPDATE staff SET leader = 'admin' WHERE leader = '#admin'",
            ],
        ),
    ]
