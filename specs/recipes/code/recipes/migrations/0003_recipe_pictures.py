# task image-upload: file
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recipes", "0002_form_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="recipe",
            name="image",
            field=models.ImageField(
                blank=True, upload_to="recipes", verbose_name="picture"
            ),
        ),
        migrations.AddField(
            model_name="recipe",
            name="thumbnail",
            field=models.ImageField(blank=True, editable=False, upload_to="thumbnails"),
        ),
    ]
