# task read-receipts: file
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0006_invitation"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="last_read",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="chat.message",
            ),
        ),
    ]
