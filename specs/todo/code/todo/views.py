# task start-page: file
"""Pages of the to-do list."""

# task counts: begin
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from todo.forms import LabelForm, TaskFilter, TaskForm, TaskListForm
from todo.models import Label, Task, TaskList

# task pages: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.core.paginator import Paginator
# from django.db import IntegrityError, transaction
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.utils import timezone
# from django.utils.http import url_has_allowed_host_and_scheme
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import LabelForm, TaskFilter, TaskForm, TaskListForm
# from todo.models import Label, Task, TaskList
# task search: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.db import IntegrityError, transaction
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.utils import timezone
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import LabelForm, TaskFilter, TaskForm, TaskListForm
# from todo.models import Label, Task, TaskList
# task labels: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.db import IntegrityError, transaction
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.utils import timezone
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import LabelForm, TaskForm, TaskListForm
# from todo.models import Label, Task, TaskList
# task lists: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.db import IntegrityError, transaction
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.utils import timezone
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import TaskForm, TaskListForm
# from todo.models import Task, TaskList
# task time-zones: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.utils import timezone
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import TaskForm
# from todo.models import Task
# task done-and-delete: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.http import HttpResponseBadRequest
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_POST, require_safe
#
# from todo.forms import TaskForm
# from todo.models import Task
# task task-forms: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_safe
#
# from todo.forms import TaskForm
# from todo.models import Task
# task start-page: was
# from django.contrib.auth.decorators import login_required
# from django.shortcuts import render
# from django.views.decorators.http import require_safe
# task counts: end

# task pages: begin
PER_PAGE = 10
# task pages: end
# task counts: begin
COMING = 3
# task counts: end


# task pages: begin
@require_safe
@login_required
def task_list(request):
    """The tasks of the user, those to do first on top."""
    today = timezone.localdate()
    form = TaskFilter(request.GET, owner=request.user)
    tasks = form.apply(request.user.tasks.with_related().in_order(), today)
    page = Paginator(tasks, PER_PAGE).get_page(request.GET.get("page"))
    context = {"tasks": page, "form": form, "today": today}
    return render(request, "todo/task_list.html", context)


# task search: was
# @require_safe
# @login_required
# def task_list(request):
#     """The tasks of the user, those to do first on top."""
#     today = timezone.localdate()
#     form = TaskFilter(request.GET, owner=request.user)
#     tasks = form.apply(request.user.tasks.with_related().in_order(), today)
#     context = {"tasks": tasks, "form": form, "today": today}
#     return render(request, "todo/task_list.html", context)
#
#
# task lists: was
# @require_safe
# @login_required
# def task_list(request):
#     """The tasks of the user, those to do first on top."""
#     context = {
#         "tasks": request.user.tasks.with_related().in_order(),
#         "today": timezone.localdate(),
#     }
#     return render(request, "todo/task_list.html", context)
#
#
# task time-zones: was
# @require_safe
# @login_required
# def task_list(request):
#     """The tasks of the user, those to do first on top."""
#     context = {"tasks": request.user.tasks.in_order(), "today": timezone.localdate()}
#     return render(request, "todo/task_list.html", context)
#
#
# task task-list: was
# @require_safe
# @login_required
# def task_list(request):
#     """The tasks of the user, those to do first on top."""
#     tasks = request.user.tasks.in_order()
#     return render(request, "todo/task_list.html", {"tasks": tasks})
#
#
# task start-page: was
# @require_safe
# @login_required
# def task_list(request):
#     """The tasks of the user, those to do first on top."""
#     return render(request, "todo/task_list.html")
#
#
# task pages: end
# task lists: begin
@login_required
def task_add(request):
    return form_page(
        request,
        TaskForm,
        lambda: Task(owner=request.user),
        heading="Add a task",
        saved="The task is added.",
        back="todo:task-list",
    )


@login_required
def task_edit(request, pk):
    return form_page(
        request,
        TaskForm,
        lambda: own(request, request.user.tasks, pk),
        heading="Change the task",
        saved="The task is saved.",
        back="todo:task-list",
    )


# task task-forms: was
# @login_required
# def task_add(request):
#     task = Task(owner=request.user)
#     return task_form(request, task, "Add a task", "The task is added.")
#
#
# @login_required
# def task_edit(request, pk):
#     task = get_object_or_404(request.user.tasks, pk=pk)
#     return task_form(request, task, "Change the task", "The task is saved.")
#
#
# def task_form(request, task, heading, saved):
#     """Shows the form of a new or an old task, and stores what is sent."""
#     form = TaskForm(request.POST if request.method == "POST" else None, instance=task)
#     if form.is_valid():
#         form.save()
#         messages.success(request, saved)
#         return redirect("todo:task-list")
#     return render(request, "todo/form.html", {"form": form, "heading": heading})
#
#
# task lists: end
# task lists: begin
@login_required
def task_delete(request, pk):
    return delete_page(
        request,
        request.user.tasks,
        pk,
        saved="The task is deleted.",
        back="todo:task-list",
    )


# task done-and-delete: was
# @login_required
# def task_delete(request, pk):
#     """Asks first; only the form that this page shows deletes."""
#     task = get_object_or_404(request.user.tasks, pk=pk)
#     if request.method == "POST":
#         task.delete()
#         messages.success(request, "The task is deleted.")
#         return redirect("todo:task-list")
#     return render(request, "todo/delete.html", {"object": task})
#
#
# task lists: end
# task pages: begin
@require_POST
@login_required
def task_done(request, pk):
    """Stores which of the two it is, so that sending it twice changes nothing."""
    task = get_object_or_404(request.user.tasks, pk=pk)
    done = request.POST.get("done")
    if done not in ("0", "1"):
        return HttpResponseBadRequest("done is 0 or 1")
    task.set_done(done == "1")
    messages.success(request, "Done." if done == "1" else "The task is open again.")
    return redirect(back_from(request))


def back_from(request):
    """The page of the list that a form was sent from; never another site."""
    asked = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if here else "todo:task-list"


# task done-and-delete: was
# @require_POST
# @login_required
# def task_done(request, pk):
#     """Stores which of the two it is, so that sending it twice changes nothing."""
#     task = get_object_or_404(request.user.tasks, pk=pk)
#     done = request.POST.get("done")
#     if done not in ("0", "1"):
#         return HttpResponseBadRequest("done is 0 or 1")
#     task.set_done(done == "1")
#     messages.success(request, "Done." if done == "1" else "The task is open again.")
#     return redirect("todo:task-list")
#
#
# task pages: end
# task counts: begin
@require_safe
@login_required
def lists(request):
    """The lists of the user, with counts and the tasks that come next in each."""
    today = timezone.localdate()
    coming = Task.objects.filter(done_at=None).in_order()[:COMING]
    found = request.user.task_lists.with_counts(today).prefetch_related(
        Prefetch("tasks", queryset=coming, to_attr="coming")
    )
    return render(request, "todo/lists.html", {"lists": found, "today": today})


# task lists: was
# @require_safe
# @login_required
# def lists(request):
#     """The lists of the user."""
#     found = request.user.task_lists.all()
#     return render(request, "todo/lists.html", {"lists": found})
#
#
# task counts: end
# task lists: begin
@login_required
def list_add(request):
    return form_page(
        request,
        TaskListForm,
        lambda: TaskList(owner=request.user),
        heading="Add a list",
        saved="The list is added.",
        back="todo:lists",
    )


@login_required
def list_edit(request, pk):
    return form_page(
        request,
        TaskListForm,
        lambda: own(request, request.user.task_lists, pk),
        heading="Rename the list",
        saved="The list is saved.",
        back="todo:lists",
    )


@login_required
def list_delete(request, pk):
    return delete_page(
        request,
        request.user.task_lists,
        pk,
        note="Its tasks are kept, without a list.",
        saved="The list is deleted.",
        back="todo:lists",
    )


# task lists: end
# task labels: begin
@require_safe
@login_required
def labels(request):
    """The labels of the user."""
    return render(request, "todo/labels.html", {"labels": request.user.labels.all()})


@login_required
def label_add(request):
    return form_page(
        request,
        LabelForm,
        lambda: Label(owner=request.user),
        heading="Add a label",
        saved="The label is added.",
        back="todo:labels",
    )


@login_required
def label_edit(request, pk):
    return form_page(
        request,
        LabelForm,
        lambda: own(request, request.user.labels, pk),
        heading="Rename the label",
        saved="The label is saved.",
        back="todo:labels",
    )


@login_required
def label_delete(request, pk):
    return delete_page(
        request,
        request.user.labels,
        pk,
        note="It is taken off its tasks; they are kept.",
        saved="The label is deleted.",
        back="todo:labels",
    )


# task labels: end
# task lists: begin
def own(request, rows, pk):
    """One of these rows, or a 404.

    A POST is about to write it, so the row is locked until the end of the transaction:
    nothing that somebody else stores meanwhile is lost. (SQLite has no such lock.)
    """
    if request.method == "POST":
        rows = rows.select_for_update()
    return get_object_or_404(rows, pk=pk)


def form_page(request, form_class, find, *, heading, saved, back):
    """Shows a form for the row that ``find`` returns, and stores what is sent."""
    data = request.POST if request.method == "POST" else None
    try:
        with transaction.atomic():
            form = form_class(data, instance=find())
            stored = form.is_valid() and form.save()
    except IntegrityError:
        # Somebody has stored the same name, or deleted what was chosen, since the form
        # was checked. The database knows by the end of the transaction at the latest.
        form.add_error(*form.refused)
        stored = None
    if stored:
        messages.success(request, saved)
        return redirect(back)
    return render(request, "todo/form.html", {"form": form, "heading": heading})


@transaction.atomic
def delete_page(request, rows, pk, *, saved, back, note=""):
    """Asks first; only the form that this page shows deletes."""
    row = own(request, rows, pk)
    if request.method == "POST":
        row.delete()
        messages.success(request, saved)
        return redirect(back)
    return render(request, "todo/delete.html", {"object": row, "note": note})


# task lists: end
