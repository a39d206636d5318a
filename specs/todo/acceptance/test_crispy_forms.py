"""crispy-forms: the package writes the markup, and every form works as before."""

import pytest
from django.apps import apps
from django.conf import settings as django_settings

from acceptance.samples import rare
from acceptance.support import expect, model, url
from acceptance.tasks import (
    FIELDS,
    a_task,
    back_after_login,
    form_of,
    labelled,
    refused,
    shows_its_own_errors,
    tasks,
    today_plus,
)

PAGES = ["add", "edit", "settings", "login", "signup"]
TEXTS = ("text", "password", "email", "number", "date", "search", "url")


def opened(name, visitor, some, make_user):
    """One of the pages with a form."""
    __tracebackhide__ = True
    if name in ("login", "signup"):
        return visitor.get(url(f"accounts:{name}")).expect_status(200)
    owner = make_user()
    mine = visitor.sign_in(owner)
    if name == "settings":
        return mine.get(url("accounts:settings")).expect_status(200)
    if name == "add":
        return mine.get(url("todo:task-add")).expect_status(200)
    fields = {"start": today_plus(3), "due": today_plus(5)}
    one = a_task(some, owner, notes=some.sentence(), **fields)
    return mine.get(url("todo:task-edit", pk=one.pk)).expect_status(200)


def test_the_packages_are_set_up():
    """FR-3: two apps and two settings."""
    missing = [
        n for n in ("crispy_forms", "crispy_bootstrap5") if not apps.is_installed(n)
    ]
    expect(
        not missing,
        did="Looked at INSTALLED_APPS",
        wanted='"crispy_forms" and "crispy_bootstrap5"',
        got=f"{' and '.join(missing)} missing",
        look="config/settings.py, INSTALLED_APPS",
    )
    pack = getattr(django_settings, "CRISPY_TEMPLATE_PACK", None)
    allowed = getattr(django_settings, "CRISPY_ALLOWED_TEMPLATE_PACKS", ())
    expect(
        pack == "bootstrap5" and "bootstrap5" in allowed,
        did="Read CRISPY_TEMPLATE_PACK and CRISPY_ALLOWED_TEMPLATE_PACKS",
        wanted='"bootstrap5" in both',
        got=f"{pack!r} and {allowed!r}",
        look="config/settings.py",
    )


@pytest.mark.parametrize("name", PAGES)
def test_fields_have_the_classes_of_bootstrap(visitor, some, make_user, name):
    """NFR-2: every field, on every page, with its label."""
    page = opened(name, visitor, some, make_user)
    main = page.main or page.soup
    fields = [
        (tag, "form-control")
        for tag in main.find_all(["input", "textarea"])
        if tag.name == "textarea" or str(tag.get("type", "text")) in TEXTS
    ]
    fields += [(tag, "form-select") for tag in main.find_all("select")]
    bare = [
        str(tag.get("name")) for tag, c in fields if c not in (tag.get("class") or [])
    ]
    expect(
        fields and not bare,
        did=page.did,
        wanted="the class form-control at every text field, form-select at selects",
        got=f"not so at {', '.join(bare)}" if bare else "there is no field",
        look="{{ form|crispy }} in its template",
    )
    labelled(page, look="{{ form|crispy }} in its template")


@pytest.mark.parametrize("name", PAGES)
def test_there_is_one_token(visitor, some, make_user, name):
    """NFR-5: the tag {% crispy %} would write another one."""
    page = opened(name, visitor, some, make_user)
    main = page.main or page.soup
    forms = [f for f in main.find_all("form") if str(f.get("method")).lower() == "post"]
    found = [len(f.find_all(attrs={"name": "csrfmiddlewaretoken"})) for f in forms]
    expect(
        found == [1] and not forms[0].find("form"),
        did=page.did,
        wanted="one form in <main>, with one token",
        got=f"{len(forms)} forms, with {', '.join(map(str, found)) or 'no'} tokens",
        look="the filter {{ form|crispy }} inside your own <form>",
    )


def test_dates_are_dates(visitor, some, make_user):
    """FR-3: in the way that a browser understands."""
    form = form_of(
        opened("edit", visitor, some, make_user), *FIELDS, look="todo/forms.py"
    )
    for name, days in (("start", 3), ("due", 5)):
        kind = str(form.tag.find(attrs={"name": name}).get("type"))
        held = str(form.values.get(name))
        expect(
            (kind, held) == ("date", f"{today_plus(days)}"),
            did=form.page.did,
            wanted=f'{name} as <input type="date"> with {today_plus(days)}',
            got=f"type {kind} with {held!r}",
            look="todo/forms.py, widgets",
        )


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("title", {"title": ""}),
        ("due", {"start": f"{today_plus(4)}", "due": f"{today_plus(3)}"}),
    ],
)
def test_a_field_with_an_error_is_marked(visitor, some, make_user, field, sent):
    """NFR-2: and only that one."""
    form = form_of(
        opened("add", visitor, some, make_user), *FIELDS, look="todo/forms.py"
    )
    page = form.send({"title": some.title(), **sent}).expect_status(200)
    marked = [
        str(tag.get("name"))
        for tag in (page.main or page.soup).find_all(["input", "select", "textarea"])
        if "is-invalid" in (tag.get("class") or [])
    ]
    expect(
        marked == [field],
        did=page.did,
        wanted=f"the class is-invalid at {field}",
        got=f"it is at {', '.join(marked) or 'no field'}",
        look="{{ form|crispy }} in templates/todo/form.html",
    )
    said = (page.main or page.soup).find(class_="invalid-feedback")
    expect(
        said is not None and said.get_text(strip=True),
        did=page.did,
        wanted="the error in an element of the class invalid-feedback",
        got="there is none",
        look="{{ form|crispy }} in templates/todo/form.html",
    )


def test_after_logging_in_one_is_back(visitor, some, make_user):
    """FR-1: at the page that was asked for, whoever writes the login form."""
    password = some.password()
    user = make_user(password=password)
    back_after_login(
        visitor,
        user,
        password,
        url("todo:task-add"),
        look="templates/registration/login.html: the hidden field next stays",
    )


@pytest.mark.parametrize("name", ["login", "signup"])
def test_passwords_are_not_read_over_the_shoulder(visitor, some, make_user, name):
    """NFR-2: fields of passwords are of their own type."""
    page = opened(name, visitor, some, make_user)
    kinds = {
        str(tag.get("name")): str(tag.get("type"))
        for tag in (page.main or page.soup).find_all("input")
        if "password" in str(tag.get("name"))
    }
    expect(
        kinds and set(kinds.values()) == {"password"},
        did=page.did,
        wanted='every field of a password as <input type="password">',
        got=", ".join(f"{key} of type {kind}" for key, kind in kinds.items()) or "none",
        look=f"{{{{ form|crispy }}}} in templates/registration/{name}.html",
    )


@pytest.mark.parametrize("name", ["login", "signup"])
def test_given_forms_say_what_is_wrong(visitor, some, make_user, name):
    """FR-3: a wrong password, and two that differ."""
    user = make_user(password=some.password())
    fresh = opened(name, visitor, some, make_user)
    sent = {
        "login": {"username": user.get_username(), "password": some.password()},
        "signup": {
            "username": rare(some),
            "password1": some.password(),
            "password2": some.password(),
        },
    }[name]
    look = f"{{{{ form|crispy }}}} in templates/registration/{name}.html"
    form = form_of(fresh, *sent, look=look)
    why = {"login": "a wrong password", "signup": "two different passwords"}[name]
    refused(form, fresh, sent, (type(user),), why=why, look=look)


@pytest.mark.parametrize("name", ["add", "edit", "settings"])
def test_an_error_of_no_field_is_shown(visitor, some, make_user, monkeypatch, name):
    """FR-3: with the errors of the form itself."""
    page = opened(name, visitor, some, make_user)
    fields = ["time_zone"] if name == "settings" else FIELDS
    form = form_of(page, *fields, look="todo/forms.py")
    if name == "add":
        form.tag.find(attrs={"name": "title"})["value"] = rare(some)
    kind = model("accounts.User") if name == "settings" else tasks()
    folder = "accounts/settings" if name == "settings" else "todo/form"
    look = f"{{{{ form|crispy }}}} in templates/{folder}.html: form.non_field_errors"
    shows_its_own_errors(form, kind, monkeypatch.setattr, look=look)
