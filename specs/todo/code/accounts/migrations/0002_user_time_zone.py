# task time-zones: file
from django.db import migrations, models

import accounts.zones


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                choices=accounts.zones.time_zones,
                default="UTC",
                help_text="Your days begin and end at midnight in this place.",
                max_length=64,
            ),
        ),
    ]
