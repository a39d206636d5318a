"""comment-mail: a cook hears of comments, and nobody writes the headers."""

import html
import os
import subprocess
import sys

import pytest
from django.db import transaction

from acceptance.pages import only_on
from acceptance.recipes import (
    BrokenBackend,
    category,
    changed,
    fill,
    fresh,  # noqa: F401
    letters,
    named,
    no_letters,
    page_of,
    parts_of,
    published,
    recipe,
    recipe_form,
    recipes,
    site_url,
)
from acceptance.samples import rare, staff
from acceptance.support import committed, expect, model, url

MAIL = "notifications/mail.py, comment_posted"
VIEW = "recipes/views.py, the view of /recipes/<slug>/comments/"
TITLE = "recipes/models.py, Recipe.title, validators"


def said(somebody, one, text):
    """The answer to a comment sent by the form of a recipe's page."""
    __tracebackhide__ = True
    page = somebody.get(page_of(one)).expect_status(200)
    form = page.expect_form("body", look="templates/recipes/recipe_detail.html")
    return form.send(body=text)


def is_stored(text, answer):
    """The comment is in the database, or a sentence."""
    __tracebackhide__ = True
    found = model("recipes.Comment", "body").objects.filter(body=text).count()
    expect(
        found == 1,
        did=answer.did,
        wanted="the comment stored",
        got=f"{found} comments; {answer.summary}",
        look=VIEW,
    )


def one_letter(answer):
    """The one mail that was sent, or a sentence."""
    __tracebackhide__ = True
    found = letters()
    expect(
        len(found) == 1,
        did=answer.did,
        wanted="one mail, to the recipe's author",
        got=f"{len(found)} mails"
        + (f", to {', '.join(str(each.to) for each in found)}" if found else ""),
        look=MAIL,
    )
    return found[0]


# ------------------------------------------------------------------------------- sent


def test_a_comment_is_mailed_to_the_author(visitor, some, make_user, settings):
    """FR-14: to nobody else, with text and HTML."""
    author, reader = named(make_user, some), named(make_user, some)
    named(make_user, some)
    one = published(some, author)
    text = f"{some.sentence()} {rare(some)}"
    answer = said(visitor.sign_in(reader), one, text)
    is_stored(text, answer)
    letter = one_letter(answer)
    expect(
        letter.to == [author.email] and not letter.cc and not letter.bcc,
        did=answer.did,
        wanted=f"a mail to {author.email} only",
        got=f"to {letter.to}, cc {letter.cc}, bcc {letter.bcc}",
        look=MAIL,
    )
    expect(
        letter.from_email == settings.DEFAULT_FROM_EMAIL
        and "webmaster@localhost" not in letter.from_email,
        did=answer.did,
        wanted="a mail from settings.DEFAULT_FROM_EMAIL, which is an address of ours",
        got=letter.from_email,
        look="config/settings.py, DEFAULT_FROM_EMAIL",
    )
    expect(
        one.title in letter.subject,
        did=answer.did,
        wanted="the recipe's title in the subject",
        got=repr(letter.subject),
        look=MAIL,
    )
    plain, rich = parts_of(letter)
    expect(
        plain.strip() and rich.strip() and len(letter.alternatives) == 1,
        did=answer.did,
        wanted="a text part and one HTML alternative (text/html)",
        got=f"{len(letter.alternatives)} alternatives",
        look=f"{MAIL}, attach_alternative",
    )
    for what, part in (("text", plain), ("HTML", html.unescape(rich))):
        for wanted in (reader.display_name, text, f"{site_url()}{page_of(one)}"):
            expect(
                " ".join(wanted.split()) in " ".join(part.split()),
                did=answer.did,
                wanted=f'"{wanted[:60]}" in the {what} part',
                got=f'the part says "{" ".join(part.split())[:160]}…"',
                look="templates/notifications/mail/comment.txt and comment.html",
            )


def test_html_is_text_in_both_parts(visitor, some, make_user):
    """FR-14: escaped in the one, as typed in the other."""
    word = rare(some)
    bad = f'<b>{word}</b> & "more"'
    author = named(make_user, some)
    reader = named(make_user, some, first_name=f"<i>{word}", last_name="& Sons")
    one = published(some, author, title=f"<u>{word}</u> & co")
    answer = said(visitor.sign_in(reader), one, bad)
    plain, rich = parts_of(one_letter(answer))
    for text in (bad, reader.display_name, one.title):
        expect(
            text in plain,
            did=answer.did,
            wanted=f"{text} in the text part, as it was typed",
            got="it is escaped there, or missing",
            look="templates/notifications/mail/comment.txt, {% autoescape off %}",
        )
        tag = text.split(word)[0]
        expect(
            f"{tag}{word}" not in rich
            and f"{html.escape(tag)}{word}" in rich
            and text in html.unescape(rich),
            did=answer.did,
            wanted=f"{html.escape(text)} in the HTML part",
            got="it stands there as HTML"
            if f"{tag}{word}" in rich
            else "it is missing",
            look="templates/notifications/mail/comment.html",
        )
    expect(
        one.title in letters()[0].subject,
        did=answer.did,
        wanted=f"{one.title} in the subject, as it is: a subject is no HTML",
        got=letters()[0].subject,
        look=MAIL,
    )


def test_each_comment_is_mailed(visitor, some, make_user):
    """FR-14: also the second one of the same reader."""
    one = published(some, named(make_user, some))
    reader = visitor.sign_in(named(make_user, some))
    for number in (1, 2):
        answer = said(reader, one, f"{some.sentence()} {rare(some)}")
        expect(
            len(letters(one.author)) == number,
            did=f"{answer.did}, comment number {number}",
            wanted=f"{number} mails",
            got=f"{len(letters())}",
            look=MAIL,
        )


# --------------------------------------------------------------------------- not sent


@pytest.mark.parametrize("who", ["own comment", "no address", "inactive", "invalid"])
def test_some_comments_are_not_mailed(visitor, some, make_user, who):
    """FR-14: there is nobody to tell, or nothing to say."""
    fields = {"no address": {"email": ""}, "inactive": {"is_active": False}}
    author = named(make_user, some, **fields.get(who, {}))
    one, control = published(some, author), published(some, named(make_user, some))
    user = author if who == "own comment" else named(make_user, some)
    text = "  " if who == "invalid" else f"{some.sentence()} {rare(some)}"
    answer = said(visitor.sign_in(user), one, text)
    if who != "invalid":
        is_stored(text, answer)
    expect(
        not letters(),
        did=f"{answer.did} ({who})",
        wanted="no mail",
        got=f"a mail to {letters()[0].to if letters() else ''}",
        look=MAIL,
    )
    answer = said(visitor.sign_in(named(make_user, some)), control, some.sentence())
    one_letter(answer)


def test_what_is_rolled_back_is_not_announced(visitor, some, make_user):
    """NFR-7: the mail waits for the commit."""
    one = published(some, named(make_user, some))
    reader = visitor.sign_in(named(make_user, some))
    path = url("recipes:comment-create", slug=one.slug)
    with committed(), transaction.atomic():
        reader.client.handler.enforce_csrf_checks = False
        reader.client.post(path, {"body": some.sentence()})
        early = len(letters())
        transaction.set_rollback(True)
    expect(
        not early and not letters(),
        did="Commented in a transaction that is rolled back",
        wanted="no mail: it is sent after the commit",
        got="a mail before the commit" if early else "a mail all the same",
        look=f"{VIEW}, transaction.on_commit",
    )
    one_letter(said(reader, one, some.sentence()))


def test_a_mail_server_that_is_away_is_no_error(visitor, some, make_user, settings):
    """NFR-7: the comment is stored, and the reader goes on."""
    one = published(some, named(make_user, some))
    reader = visitor.sign_in(named(make_user, some))
    one_letter(said(reader, one, some.sentence()))
    backend = f"{BrokenBackend.__module__}.{BrokenBackend.__name__}"
    settings.EMAIL_BACKEND = backend
    text = f"{some.sentence()} {rare(some)}"
    answer = said(reader, one, text)
    is_stored(text, answer)
    answer.expect_redirect(
        page_of(one),
        wanted="the redirect to the recipe, although no mail can be sent",
        look=f"{VIEW}, on_commit(…, robust=True)",
    )


# -------------------------------------------------------------------------- one line


@pytest.mark.parametrize(
    ("where", "sign"),
    [
        *(("write", sign) for sign in ("\r\n", "\r", "\t", "\x00", "\x1f", "\x7f")),
        *(("edit", sign) for sign in ("\n", "\x7f")),
        *(("admin", sign) for sign in ("\n", "\x0b")),
    ],
    ids=repr,
)
def test_a_title_is_one_line(visitor, some, make_user, where, sign):
    """NFR-4: control characters are refused wherever titles are typed."""
    author = named(make_user, some)
    one = published(some, author)
    user = staff(make_user) if where == "admin" else author
    path = {
        "write": url("recipes:recipe-create"),
        "edit": page_of(one, "edit"),
        "admin": f"/admin/recipes/recipe/{one.pk}/change/",
    }[where]
    category(some)
    page = visitor.sign_in(user).get(path).expect_status(200)
    form = page.expect_form("title") if where == "admin" else recipe_form(page)
    title = f"{some.title()}{sign}Bcc: {rare(some)}@example.com"
    sent = fill(form, some, title=title) if where == "write" else {"title": title}
    answer = form.send(sent)
    found = recipes().get(pk=one.pk)
    expect(
        recipes().count() == 1 and found.title == one.title,
        did=f"Sent a title with {sign!r} in it at {path}",
        wanted="refused: a title is one line",
        got=f"stored, as {recipes().order_by('-pk').first().title!r}",
        look=TITLE,
    )
    answer.expect_status(200, wanted="200 and the form again", look=TITLE)
    expect(
        only_on(answer, page),
        did=f"Sent a title with {sign!r} in it at {path}",
        wanted="an error on the page",
        got="the page says nothing that it did not say before",
        look=TITLE,
    )


def test_other_signs_are_titles(visitor, some, make_user):
    """NFR-4: umlauts, signs and other scripts are no control characters."""
    one = recipe(some, named(make_user, some))
    for title in ("Käse & Brot: “süß”, 50 % (neu)", "雨の日のスープ"):
        page = visitor.sign_in(one.author).get(page_of(one, "edit"))
        answer = recipe_form(page).send(title=title)
        one = recipes().get(pk=one.pk)
        expect(
            one.title == title,
            did=answer.did,
            wanted="the title stored",
            got=f"{one.title!r}{answer._form_errors()}",
            look=TITLE,
        )


@pytest.mark.parametrize("where", ["title", "name"])
def test_an_old_line_break_stays_out_of_the_headers(visitor, some, make_user, where):
    """NFR-4: rows may be older than the validator."""
    author, reader = named(make_user, some), named(make_user, some)
    one = published(some, author)
    evil = f"{rare(some)}@example.com"
    bad = f"Soup\r\nBcc: {evil}\r\nX-More: yes"
    if where == "title":
        one = changed(one, title=bad[:120])
    else:
        changed(reader, first_name=bad[:150])
        changed(author, first_name=f"Cook\r\nBcc: {evil}")
    no_letters()
    answer = said(visitor.sign_in(reader), one, some.sentence())
    letter = one_letter(answer)
    did = f"Commented, with a line break in the stored {where}"
    expect(
        "\n" not in letter.subject and "\r" not in letter.subject,
        did=did,
        wanted="a subject of one line",
        got=repr(letter.subject),
        look=f"{MAIL}: one line of whatever goes into a subject",
    )
    message = letter.message()
    names = {name.lower() for name in message.keys()}  # noqa: SIM118
    expect(
        letter.recipients() == [author.email] and not names & {"bcc", "cc", "x-more"},
        did=did,
        wanted=f"no further header and no recipient but {author.email}",
        got=f"{', '.join(sorted(names))}; to {letter.recipients()}",
        look=MAIL,
    )


# ---------------------------------------------------------------------------- settings

ASK = """
from django.conf import settings as s
print(s.EMAIL_BACKEND, s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_TIMEOUT)
print(s.DEFAULT_FROM_EMAIL)
print(s.SITE_URL)
"""


def settings_with(root, **variables):
    """What the settings say in a process with these environment variables."""
    __tracebackhide__ = True
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    env = {name: value for name, value in env.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    given = ", ".join(
        f"without {name}" if value is None else f"with {name}={value}"
        for name, value in variables.items()
    )
    last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
    expect(
        done.returncode == 0,
        did=f"Read the settings {given}",
        wanted="EMAIL_BACKEND, EMAIL_TIMEOUT, DEFAULT_FROM_EMAIL and SITE_URL",
        got=last,
        look="config/settings.py",
    )
    return given, done.stdout.splitlines()


def test_the_environment_says_where_mail_goes(root):
    """FR-14: to a server, or to the console."""
    given, lines = settings_with(
        root,
        EMAIL_URL="smtp://mail.example.com:2525",
        DEFAULT_FROM_EMAIL="Cooks <cooks@example.com>",
        SITE_URL="https://table.example.com",
    )
    wanted = [
        "django.core.mail.backends.smtp.EmailBackend mail.example.com 2525 10",
        "Cooks <cooks@example.com>",
        "https://table.example.com",
    ]
    expect(
        lines == wanted,
        did=f"Read the settings {given}",
        wanted="; ".join(wanted),
        got="; ".join(lines),
        look="config/settings.py, env.email_url",
    )
    file = root / ".env"
    if file.exists() and "EMAIL_URL" in file.read_text(encoding="utf-8"):
        return
    given, lines = settings_with(root, EMAIL_URL=None)
    expect(
        "console" in lines[0],
        did=f"Read the settings {given}",
        wanted="mail to the console",
        got=lines[0],
        look="config/settings.py",
    )
