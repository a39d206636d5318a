# task task-forms: file
"""Forms of the to-do list."""

# task labels: begin
from django import forms

from todo.models import Label, Task, TaskList

# task lists: was
# from django import forms
#
# from todo.models import Task, TaskList
# task task-forms: was
# from django import forms
#
# from todo.models import Task
# task labels: end


class DateInput(forms.DateInput):
    """The calendar of the browser; it understands only this way to write a date."""

    input_type = "date"

    def __init__(self):
        # task crispy-forms: begin
        super().__init__(format="%Y-%m-%d")
        # task task-forms: was
        # super().__init__(attrs={"class": "form-control"}, format="%Y-%m-%d")
        # task crispy-forms: end


class TaskForm(forms.ModelForm):
    """What a user says about a task; whose it is, its instance knows."""

    # task lists: begin
    # What is said if the database refuses what the form has found valid.
    refused = (None, "A list or a label that you chose is gone. Choose again.")

    # task lists: end
    class Meta:
        model = Task
        # task labels: begin
        fields = ["title", "task_list", "labels", "notes", "start", "due", "priority"]
        # task lists: was
        # fields = ["title", "task_list", "notes", "start", "due", "priority"]
        # task task-forms: was
        # fields = ["title", "notes", "start", "due", "priority"]
        # task labels: end
        widgets = {
            # task crispy-forms: begin
            "notes": forms.Textarea(attrs={"rows": 4}),
            # task task-forms: was
            # "title": forms.TextInput(attrs={"class": "form-control"}),
            # "notes": forms.Textarea(attrs={"class": "form-control", "rows": 4}),
            # "priority": forms.Select(attrs={"class": "form-select"}),
            # task crispy-forms: end
            "start": DateInput,
            "due": DateInput,
            # task labels: begin
            "labels": forms.CheckboxSelectMultiple,
            # task labels: end
        }

    # task lists: begin
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        owner = self.instance.owner
        self.fields["task_list"].queryset = owner.task_lists.all()
        # task lists: end
        # task labels: begin
        self.fields["labels"].queryset = owner.labels.all()
        # task labels: end
        # task lists: begin

    # task lists: end
    def clean(self):
        super().clean()
        # A field that is wrong by itself is not there, and is not compared.
        start, due = self.cleaned_data.get("start"), self.cleaned_data.get("due")
        if start and due and start > due:
            self.add_error("due", "The task would be due before it starts.")
        if (
            self.cleaned_data.get("priority") == Task.Priority.HIGH
            and due is None
            and "due" not in self.errors
        ):
            self.add_error("due", "A high priority needs a due date.")


# task lists: begin
class NameForm(forms.ModelForm):
    """The name of something of which each user has one of that name."""

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = self._meta.model.objects.filter(owner=self.instance.owner)
        if others.exclude(pk=self.instance.pk).filter(name__iexact=name).exists():
            raise forms.ValidationError(self.refused[1])
        return name

    # task lists: end
    # task counts: begin
    MOST = 50

    def clean(self):
        super().clean()
        rows = self._meta.model.objects.filter(owner=self.instance.owner)
        if self.instance.pk is None and rows.count() >= self.MOST:
            raise forms.ValidationError(f"You have {self.MOST} already.")

    # task counts: end


# task lists: begin
class TaskListForm(NameForm):
    refused = ("name", "You have a list with this name already.")

    class Meta:
        model = TaskList
        fields = ["name"]


# task lists: end
# task labels: begin
class LabelForm(NameForm):
    refused = ("name", "You have a label with this name already.")

    class Meta:
        model = Label
        fields = ["name"]


# task labels: end
# task search: begin
class TaskFilter(forms.Form):
    """What the address of the list asks for; every field may be left out."""

    MOST_WORDS = 8

    q = forms.CharField(
        label="Words",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        choices=[("", "Open and done"), ("open", "Open"), ("done", "Done")],
        required=False,
    )
    due = forms.ChoiceField(
        choices=[
            ("", "Any day"),
            ("overdue", "Overdue"),
            ("today", "Today"),
            ("upcoming", "Upcoming"),
        ],
        required=False,
    )
    priority = forms.TypedChoiceField(
        choices=[("", "Any priority"), *Task.Priority.choices],
        coerce=int,
        required=False,
    )
    list = forms.ModelChoiceField(
        TaskList.objects.none(), empty_label="Any list", required=False
    )
    label = forms.ModelChoiceField(
        Label.objects.none(), empty_label="Any label", required=False
    )

    def __init__(self, data, *, owner):
        super().__init__(data)
        self.fields["list"].queryset = owner.task_lists.all()
        self.fields["label"].queryset = owner.labels.all()

    def clean_q(self):
        text = self.cleaned_data["q"]
        if len(text.split()) > self.MOST_WORDS:
            raise forms.ValidationError(f"At most {self.MOST_WORDS} words.")
        return text

    def apply(self, tasks, today):
        """The tasks that are asked for; none if the form is not valid."""
        if not self.is_valid():
            return tasks.none()
        wanted = self.cleaned_data
        tasks = tasks.matching(wanted["q"])
        if wanted["status"]:
            tasks = tasks.filter(done_at__isnull=wanted["status"] == "open")
        if wanted["due"] == "overdue":
            tasks = tasks.overdue(today)
        elif wanted["due"] == "today":
            tasks = tasks.due_on(today)
        elif wanted["due"] == "upcoming":
            tasks = tasks.upcoming(today)
        if wanted["priority"]:
            tasks = tasks.filter(priority=wanted["priority"])
        if wanted["list"]:
            tasks = tasks.filter(task_list=wanted["list"])
        if wanted["label"]:
            tasks = tasks.filter(labels=wanted["label"])
        return tasks


# task search: end
