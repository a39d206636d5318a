"""Claims about django-crispy-forms and crispy-bootstrap5."""

from __future__ import annotations

from support import expect, raised, same, start

start(
    "markup",
    INSTALLED_APPS=["crispy_forms", "crispy_bootstrap5"],
    CRISPY_ALLOWED_TEMPLATE_PACKS=["bootstrap5"],
    CRISPY_TEMPLATE_PACK="bootstrap5",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
        }
    ],
)

from django import forms  # noqa: E402
from django.template import TemplateSyntaxError, engines  # noqa: E402
from django.test import RequestFactory  # noqa: E402

urlpatterns: list[object] = []


class Form(forms.Form):
    name = forms.CharField()


def rendered(text: str, form: forms.Form) -> str:
    template = engines["django"].from_string(text)
    return str(template.render({"form": form}, RequestFactory().get("/")))


def the_crispy_tag_writes_a_form_of_its_own() -> None:
    load = "{% load crispy_forms_tags %}"
    for text, count in (("{% crispy form %}", 1), ("{{ form|crispy }}", 0)):
        html = rendered(load + text, Form())
        same(html.count("<form"), count, f"forms of {text}")
        same(html.count("csrfmiddlewaretoken"), count, f"tokens of {text}")


def crispy_marks_a_field_with_an_error() -> None:
    load = "{% load crispy_forms_tags %}"
    html = rendered(load + "{{ form|crispy }}", Form({"name": ""}))
    expect("is-invalid" in html and "form-control" in html, html)
    expect("is-invalid" not in rendered(load + "{{ form|crispy }}", Form()), "unsent")


def crispy_needs_its_tags_in_each_template() -> None:
    error = raised(rendered, "{{ form|crispy }}", Form())
    same(error, TemplateSyntaxError, "a template that loads no tags")
