# task place-model: file
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("kind", models.CharField(max_length=40)),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        help_text="The walk from the station."
                    ),
                ),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["kind", "minutes", "name"],
            },
        ),
    ]
