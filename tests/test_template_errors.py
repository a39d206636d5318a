"""What a check says of an error in a template: its file and line, and where to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from djangopath import catalogue
from tests.path_fixture import VIEW, Repository, make_real
from tools import environments
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

TEMPLATES = """\
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": ["templates"],
}]
"""
RENDER = VIEW.replace("http import HttpResponse", "shortcuts import render")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """The repository of a learner whose home page is rendered from a template."""
    repo = Repository(tmp_path)
    make_real(repo, environments.environment(catalogue.load(smallest())))
    settings = (tmp_path / "settings.py").read_text("utf-8")
    folder = (tmp_path / "templates").as_posix()
    own = TEMPLATES.replace('"templates"', f'"{folder}"')
    repo.write("settings.py", f"{settings}{own}")
    repo.write("views.py", f"{RENDER}    return render(request, 'home.html')\n")
    repo.write("templates/base.html", "<main>{% block main %}{% endblock %}</main>\n")
    return repo


@pytest.mark.parametrize(
    ("home", "got", "look"),
    [
        (
            "<p>Hello</p>\n{% greet %}\n",
            "TemplateSyntaxError: Invalid block tag",
            "templates/home.html, line 2",
        ),
        (
            "<p>\n\n{% if user %}Hello\n",
            "TemplateSyntaxError: Unclosed tag",
            "templates/home.html, line 3",
        ),
        (
            "<p>\n{{ user|shout }}\n",
            "TemplateSyntaxError: Invalid filter",
            "templates/home.html, line 2",
        ),
        (
            "{% extends 'base.html' %}\n{% block main %}\n{% url 'gone' %}\n"
            "{% endblock %}\n",
            "NoReverseMatch",
            "templates/home.html, line 3",
        ),
        (
            "<p>\n{% include 'part.html' %}\n",
            "TemplateDoesNotExist: part.html",
            "templates/home.html, line 2",
        ),
        (
            "\n{% extends 'gone.html' %}\n",
            "TemplateDoesNotExist: gone.html",
            "templates/home.html, line 2",
        ),
        (
            None,
            "TemplateDoesNotExist: home.html; there is no templates/home.html",
            "views.py, line 3",
        ),
    ],
    ids=["tag", "unclosed", "filter", "reverse", "include", "extends", "view"],
)
def test_the_template_and_the_line_are_named(
    repo: Repository, home: str | None, got: str, look: str
) -> None:
    if home is not None:
        repo.write("templates/home.html", home)
    said = repo.run("check", "diagram", env={"PATH_TIMEOUT": "60"})
    assert said.returncode == 1, said
    text = " ".join(said.stdout.split())
    assert f"Got {got}" in text
    assert f"Look {look} " in text


def test_a_page_of_a_class_names_the_template_that_is_missing(repo: Repository) -> None:
    repo.write(
        "views.py",
        "from django.views.generic import TemplateView\n"
        "home = TemplateView.as_view(template_name='shop/home.html')\n",
    )
    text = " ".join(repo.run("check", "diagram").stdout.split())
    assert "Got TemplateDoesNotExist: shop/home.html" in text
    assert "Look templates/shop/home.html " in text
