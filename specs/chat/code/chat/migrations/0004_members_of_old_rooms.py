# task membership: file
from django.db import migrations


def members_of_old_rooms(apps, schema_editor):
    """Who made a room becomes its owner, who wrote in it a member."""
    Room = apps.get_model("chat", "Room")
    Message = apps.get_model("chat", "Message")
    Membership = apps.get_model("chat", "Membership")
    owners = Room.objects.exclude(created_by=None)
    pairs = dict.fromkeys(owners.values_list("pk", "created_by_id"), "owner")
    for pair in Message.objects.order_by("pk").values_list("room_id", "author_id"):
        pairs.setdefault(pair, "member")
    Membership.objects.bulk_create(
        [
            Membership(room_id=room, user_id=user, role=role)
            for (room, user), role in pairs.items()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0003_membership"),
    ]

    operations = [
        migrations.RunPython(members_of_old_rooms, migrations.RunPython.noop),
    ]
