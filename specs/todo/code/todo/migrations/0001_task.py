# task task-model: file
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Task",
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
                ("title", models.CharField(max_length=200)),
                ("notes", models.TextField(blank=True, max_length=2000)),
                ("start", models.DateField(blank=True, null=True)),
                ("due", models.DateField(blank=True, null=True)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Low"), (2, "Normal"), (3, "High")], default=2
                    ),
                ),
                (
                    "done_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("priority__in", [1, 2, 3])),
                        name="task_priority_is_a_choice",
                        violation_error_message="Choose one of the three priorities.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("start", None),
                            ("due", None),
                            ("start__lte", models.F("due")),
                            _connector="OR",
                        ),
                        name="task_starts_before_it_is_due",
                        violation_error_message="The task would be due before it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("priority", 3), _negated=True),
                            ("due__isnull", False),
                            _connector="OR",
                        ),
                        name="task_high_priority_has_due",
                        violation_error_message="A high priority needs a due date.",
                    ),
                ],
            },
        ),
    ]
