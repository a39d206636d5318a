# task signals: file
from django.db import migrations


def make_profiles(apps, schema_editor):
    """Accounts that are older than the signal get their profile here."""
    User = apps.get_model("accounts", "User")
    Profile = apps.get_model("accounts", "Profile")
    database = schema_editor.connection.alias
    without = User.objects.using(database).filter(profile__isnull=True)
    Profile.objects.using(database).bulk_create(
        (Profile(user=user) for user in without.iterator()), batch_size=500
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_profile"),
    ]

    operations = [
        migrations.RunPython(make_profiles, migrations.RunPython.noop),
    ]
