# task comment-mail: file
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recipes", "0005_oldslug"),
    ]

    operations = [
        migrations.AlterField(
            model_name="recipe",
            name="title",
            field=models.CharField(
                max_length=120,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*\\Z",
                        "Line breaks and other control characters do not belong here.",
                    )
                ],
            ),
        ),
    ]
