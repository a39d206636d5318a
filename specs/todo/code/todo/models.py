# task task-model: file
"""Tasks, the lists that hold them, and the labels on them."""

# task lists: begin
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

# task done-and-delete: was
# from django.conf import settings
# from django.db import models
# from django.db.models import F, Q
# from django.utils import timezone
# task task-model: was
# from django.conf import settings
# from django.db import models
# from django.db.models import F, Q
# task lists: end


# task counts: begin
class TaskListQuerySet(models.QuerySet):
    def with_counts(self, day):
        """Adds how many tasks of each list are open, overdue and done.

        The labels are a second relation to many: a task with three of them has three
        rows. So every count is one of different rows.
        """
        is_open = Q(tasks__done_at=None)
        overdue = is_open & Q(tasks__due__lt=day)
        done = Q(tasks__done_at__isnull=False)
        return self.annotate(
            open_count=models.Count("tasks", filter=is_open, distinct=True),
            overdue_count=models.Count("tasks", filter=overdue, distinct=True),
            done_count=models.Count("tasks", filter=done, distinct=True),
            label_count=models.Count("tasks__labels", distinct=True),
        ).order_by(*TaskList._meta.ordering)  # a query that groups forgets it


# task counts: end
# task lists: begin
class TaskList(models.Model):
    """Tasks that belong together."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="task_lists"
    )
    name = models.CharField(max_length=60)

    # task lists: end
    # task counts: begin
    objects = TaskListQuerySet.as_manager()

    # task counts: end
    # task lists: begin
    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                name="task_list_name_once",
                violation_error_message="You have a list with this name already.",
            ),
        ]

    def __str__(self):
        return self.name


# task lists: end
# task task-list: begin
class TaskQuerySet(models.QuerySet):
    def in_order(self):
        """Open tasks first, the next due date on top; then the done ones.

        The primary key decides between equal ones, so that no two can change places.
        """
        return self.order_by(
            F("done_at").desc(nulls_first=True),
            F("due").asc(nulls_last=True),
            "-priority",
            "-pk",
        )

    # task task-list: end

    # task time-zones: begin
    def overdue(self, day):
        """Open tasks that were due before this day."""
        return self.filter(done_at=None, due__lt=day)

    def due_on(self, day):
        """Open tasks that are due on this day."""
        return self.filter(done_at=None, due=day)

    def upcoming(self, day):
        """Open tasks that are due after this day."""
        return self.filter(done_at=None, due__gt=day)

    # task time-zones: end
    # task labels: begin
    def with_related(self):
        """Fetches what a row of the list shows, in a fixed number of queries."""
        return self.select_related("task_list").prefetch_related("labels")

    # task lists: was
    # def with_related(self):
    #     """Fetches what a row of the list shows, in a fixed number of queries."""
    #     return self.select_related("task_list")
    #
    # task labels: end
    # task search: begin
    def matching(self, text):
        """Tasks that hold every word of the text, in the title or in the notes."""
        found = self
        for word in text.split():
            found = found.filter(Q(title__icontains=word) | Q(notes__icontains=word))
        return found

    # task search: end


# task task-model: begin
class Task(models.Model):
    """Something that its owner has to do."""

    class Priority(models.IntegerChoices):
        LOW = 1, "Low"
        NORMAL = 2, "Normal"
        HIGH = 3, "High"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tasks"
    )
    # task task-model: end
    # task lists: begin
    task_list = models.ForeignKey(
        TaskList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name="list",
    )
    # task lists: end
    # task labels: begin
    labels = models.ManyToManyField("Label", blank=True, related_name="tasks")
    # task labels: end
    # task task-model: begin
    title = models.CharField(max_length=200)
    notes = models.TextField(max_length=2000, blank=True)
    start = models.DateField(null=True, blank=True)
    due = models.DateField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        choices=Priority, default=Priority.NORMAL
    )
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # task task-model: end
    # task task-list: begin
    objects = TaskQuerySet.as_manager()

    # task task-list: end
    # task task-model: begin
    class Meta:
        ordering = ["-pk"]
        # task task-model: end
        # task counts: begin
        indexes = [
            # The counts of all lists are read from this index alone.
            models.Index(
                fields=["task_list", "done_at", "due"], name="task_list_counts"
            ),
            models.Index(fields=["owner", "done_at", "due"], name="task_owner_order"),
        ]
        # task counts: end
        # task task-model: begin
        constraints = [
            models.CheckConstraint(
                condition=Q(priority__in=[1, 2, 3]),
                name="task_priority_is_a_choice",
                violation_error_message="Choose one of the three priorities.",
            ),
            models.CheckConstraint(
                condition=Q(start=None) | Q(due=None) | Q(start__lte=F("due")),
                name="task_starts_before_it_is_due",
                violation_error_message="The task would be due before it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(priority=3) | Q(due__isnull=False),
                name="task_high_priority_has_due",
                violation_error_message="A high priority needs a due date.",
            ),
        ]

    def __str__(self):
        return self.title

    # task task-model: end
    # task done-and-delete: begin
    def set_done(self, done):
        """Stores that the task is done, or that it is open again.

        One statement reads and writes, so that of two requests at once neither is lost;
        whoever is the second finds nothing to change.
        """
        rows = Task.objects.filter(pk=self.pk)
        if done:
            rows.filter(done_at=None).update(done_at=timezone.now())
        else:
            rows.update(done_at=None)

    # task done-and-delete: end


# task labels: begin
class Label(models.Model):
    """A word that a user puts on tasks, whatever list they are in."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="labels"
    )
    name = models.CharField(max_length=40)

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                name="label_name_once",
                violation_error_message="You have a label with this name already.",
            ),
        ]

    def __str__(self):
        return self.name


# task labels: end
