# task direct-chats: file
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_members_of_old_rooms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="direct_key",
            field=models.CharField(
                blank=True, default=None, max_length=50, null=True, unique=True
            ),
        ),
        migrations.AlterField(
            model_name="room",
            name="name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddConstraint(
            model_name="room",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("direct_key__isnull", False), ("kind", "direct")),
                    models.Q(
                        models.Q(("kind", "direct"), _negated=True),
                        ("direct_key__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="direct_room_has_key",
            ),
        ),
    ]
