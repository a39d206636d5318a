# task unsubscribe: file
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_follow"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="notify_comments",
            field=models.BooleanField(
                default=True,
                verbose_name="mail me when somebody comments on a recipe of mine",
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="notify_recipes",
            field=models.BooleanField(
                default=True,
                verbose_name="mail me when a cook whom I follow publishes a recipe",
            ),
        ),
    ]
