# task task-model: file
"""How staff see the tasks in the admin."""

# task labels: begin
from django.contrib import admin

from todo.models import Label, Task, TaskList

# task lists: was
# from django.contrib import admin
#
# from todo.models import Task, TaskList
# task task-model: was
# from django.contrib import admin
#
# from todo.models import Task
# task labels: end


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin):
    list_display = ["title", "owner", "priority", "due", "done_at"]
    list_filter = ["priority"]
    list_select_related = ["owner"]
    search_fields = ["title", "notes"]


# task labels: begin
@admin.register(TaskList, Label)
class NameAdmin(admin.ModelAdmin):
    list_display = ["name", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name"]


# task lists: was
# @admin.register(TaskList)
# class NameAdmin(admin.ModelAdmin):
#     list_display = ["name", "owner"]
#     list_select_related = ["owner"]
#     search_fields = ["name"]
#
#
# task labels: end
