# task start-page: file
"""Addresses of the to-do list."""

from django.urls import path

from todo import views

app_name = "todo"

urlpatterns = [
    path("", views.task_list, name="task-list"),
    # task task-forms: begin
    path("tasks/add/", views.task_add, name="task-add"),
    path("tasks/<int:pk>/edit/", views.task_edit, name="task-edit"),
    # task task-forms: end
    # task done-and-delete: begin
    path("tasks/<int:pk>/delete/", views.task_delete, name="task-delete"),
    path("tasks/<int:pk>/done/", views.task_done, name="task-done"),
    # task done-and-delete: end
    # task lists: begin
    path("lists/", views.lists, name="lists"),
    path("lists/add/", views.list_add, name="list-add"),
    path("lists/<int:pk>/edit/", views.list_edit, name="list-edit"),
    path("lists/<int:pk>/delete/", views.list_delete, name="list-delete"),
    # task lists: end
    # task labels: begin
    path("labels/", views.labels, name="labels"),
    path("labels/add/", views.label_add, name="label-add"),
    path("labels/<int:pk>/edit/", views.label_edit, name="label-edit"),
    path("labels/<int:pk>/delete/", views.label_delete, name="label-delete"),
    # task labels: end
]
