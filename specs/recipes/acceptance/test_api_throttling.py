"""api-throttling: nobody asks as fast as they like."""

import os
import subprocess
import sys

import pytest

from acceptance.recipes import (
    forget,
    fresh,  # noqa: F401
    named,
    no_letters,
    published,
    recipes,
)
from acceptance.recipes_api import body, endpoint, read, send
from acceptance.support import ROOT, Page, Visitor, expect, model, url

SETTINGS = "config/settings.py, REST_FRAMEWORK"
THROTTLES = "api/throttles.py"


def ask(visitor, path, times, *, method="GET", data=None, **meta):
    """The statuses of so many requests, and the last answer."""
    found = []
    answer = None
    for number in range(times):
        extra = {key: value(number) for key, value in meta.items()}
        call = getattr(visitor.client, method.lower())
        answer = call(path, data or {}, **extra)
        found.append(answer.status_code)
    did = f"Sent {times} times {method} {path} as {visitor.who} within a minute"
    return found, Page(visitor, did, path, answer)


def throttled(page, *, wanted, look=SETTINGS):
    """The answer is 429, says when to come again, and why; or a sentence."""
    __tracebackhide__ = True
    data = read(page, 429, wanted=wanted, look=look)
    after = page.headers.get("Retry-After", "")
    expect(
        after.isdigit() and "detail" in data,
        did=page.did,
        wanted="a header Retry-After in seconds, and JSON with detail",
        got=f"Retry-After {after!r}, {page.html[:120]}",
        look=look,
    )


def all_good(found, page, *, wanted, look=SETTINGS):
    """None of the answers was 429, or a sentence."""
    __tracebackhide__ = True
    late = found.index(429) + 1 if 429 in found else 0
    expect(
        not late,
        did=page.did,
        wanted=wanted,
        got=f"429 at request {late}",
        look=look,
    )


def test_the_61st_request_of_a_visitor(visitor, some, make_user):
    """FR-22: sixty a minute, for all of the API; the site goes on."""
    published(some, named(make_user, some))
    path = endpoint("recipe-list")
    found, page = ask(visitor, path, 60)
    all_good(found, page, wanted="sixty requests answered")
    _, page = ask(visitor, path, 1)
    page.did = f"Sent the 61st GET {path} of a visitor within a minute"
    throttled(page, wanted="429 for the 61st request (FR-22)")
    _, page = ask(visitor, endpoint("category-list"), 1)
    throttled(page, wanted="429 at the API's other addresses as well")
    visitor.get("/recipes/").expect_status(200, wanted="the site's pages go on")
    forget()
    _, page = ask(visitor, path, 1)
    page.did = "Emptied the cache and asked again"
    page.expect_status(200, wanted="a count that begins anew", look=SETTINGS)


def test_a_header_does_not_help(visitor):
    """FR-22: anybody can send X-Forwarded-For."""
    path = endpoint("category-list")
    found, page = ask(
        visitor, path, 61, HTTP_X_FORWARDED_FOR=lambda number: f"203.0.113.{number}"
    )
    expect(
        found[-1] == 429,
        did=f"{page.did}, each with another X-Forwarded-For",
        wanted="429 for the 61st: the header is not believed (NUM_PROXIES)",
        got=f"status {found[-1]}",
        look=SETTINGS,
    )
    found, page = ask(visitor, path, 1, REMOTE_ADDR=lambda _: "198.51.100.7")
    all_good(found, page, wanted="another address has a count of its own")


@pytest.mark.parametrize(("behind", "wanted"), [("true", 1), ("", 0)])
def test_how_many_proxies(behind, wanted):
    """FR-22: one where BEHIND_PROXY is true, else none."""
    script = (
        "from django.conf import settings; "
        "print('proxies', settings.REST_FRAMEWORK.get('NUM_PROXIES'))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    env.pop("BEHIND_PROXY", None)
    if behind:
        env["BEHIND_PROXY"] = behind
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
    expect(
        said[-1] == f"proxies {wanted}",
        did=f"Read the settings with BEHIND_PROXY={behind}"
        if behind
        else "Read the settings without BEHIND_PROXY",
        wanted=f"REST_FRAMEWORK['NUM_PROXIES'] = {wanted}",
        got=said[-1],
        look=SETTINGS,
    )


def test_users_are_counted_by_account(visitor, make_user):
    """FR-22: not among the visitors of their address, and up to 240."""
    path = endpoint("category-list")
    ask(visitor, path, 61)
    one = visitor.sign_in(make_user())
    found, page = ask(one, path, 90)
    all_good(found, page, wanted="a user may send more than sixty, after a visitor")
    found, page = ask(one, path, 155)
    expect(
        429 in found,
        did=f"Sent 245 times GET {path} as one user within a minute",
        wanted="429 after the 240th",
        got="all answered",
        look=SETTINGS,
    )
    found, page = ask(visitor.sign_in(make_user()), path, 1)
    all_good(found, page, wanted="another user has a count of their own")


def test_the_31st_write(visitor, some, make_user):
    """FR-22: thirty writes a minute, and reading goes on."""
    user = named(make_user, some)
    mine = visitor.sign_in(user)
    path = endpoint("recipe-list")
    given = body(some, title="")
    statuses = [send(mine, "POST", path, given).status for _ in range(28)]
    one = published(some, user)
    detail = endpoint("recipe-detail", one)
    statuses.append(send(mine, "PATCH", detail, {"servings": 3}).status)
    statuses.append(send(mine, "PUT", detail, body(some, title=one.title)).status)
    late = statuses.index(429) + 1 if 429 in statuses else 0
    expect(
        not late,
        did="Sent thirty writes as one user within a minute",
        wanted="all of them looked at",
        got=f"429 at the {late}th",
        look=THROTTLES,
    )
    count = recipes().count()
    fresh_body = body(some)
    page = send(mine, "POST", path, fresh_body)
    throttled(page, wanted="429 for the 31st write (FR-22)", look=THROTTLES)
    page = mine.send("DELETE", endpoint("recipe-detail", recipes().get(pk=one.pk)))
    throttled(page, wanted="429 for DELETE as well (FR-22)", look=THROTTLES)
    expect(
        recipes().count() == count,
        did=page.did,
        wanted="nothing stored and nothing deleted",
        got=f"{recipes().count() - count:+} recipes",
        look=THROTTLES,
    )
    mine.get(path).expect_status(200, wanted="reading goes on", look=THROTTLES)
    other = visitor.sign_in(named(make_user, some))
    page = send(other, "POST", path, fresh_body)
    page.expect_status(201, wanted="another user may write", look=THROTTLES)


@pytest.mark.parametrize("right", [False, True])
def test_the_sixth_token(visitor, some, make_user, settings, right):
    """FR-22: five a minute from one address, whoever is tried."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    password = some.password()
    user = make_user(password=password)
    path = url("api:token", look="api/urls.py")
    for number in range(5):
        good = right and number == 3
        given = {
            "username": user.username if good else some.name(),
            "password": password if good else some.password(),
        }
        page = visitor.post(path, given)
        page.expect_status(
            200 if good else 400, wanted="the first five looked at", look=THROTTLES
        )
    given = {"username": user.username, "password": password}
    page = visitor.post(path, given)
    throttled(page, wanted="429 for the sixth (FR-22)", look=THROTTLES)
    visitor.get(endpoint("recipe-list")).expect_status(
        200, wanted="the rest of the API goes on", look=THROTTLES
    )
    there = Visitor()
    answer = there.client.post(path, given, REMOTE_ADDR="198.51.100.9")
    expect(
        answer.status_code == 200,
        did=f"Sent POST {path} from another address",
        wanted="200",
        got=f"status {answer.status_code}",
        look=THROTTLES,
    )
    forget()


def test_the_31st_comment_by_the_page(visitor, some, make_user):
    """FR-22: the form is no way round the limit of the API."""
    one = published(some, named(make_user, some))
    no_letters()
    mine = visitor.sign_in(make_user())
    path = url("recipes:comment-create", slug=one.slug)
    found, page = ask(mine, path, 30, method="POST", data={"body": some.sentence()})
    all_good(found, page, wanted="thirty comments a minute", look=THROTTLES)
    _, page = ask(mine, path, 1, method="POST", data={"body": some.sentence()})
    page.did = f"Sent the 31st POST {path} of a user within a minute"
    page.expect_status(
        429, wanted="429 for the 31st write, on the pages too (FR-22)", look=THROTTLES
    )
    Comment = model("recipes.Comment", "recipe", "body")
    expect(
        Comment.objects.count() == 30 and page.headers.get("Retry-After"),
        did=page.did,
        wanted="nothing stored, and a header Retry-After",
        got=f"{Comment.objects.count()} comments, Retry-After "
        f"{page.headers.get('Retry-After')!r}",
        look=THROTTLES,
    )
    mine.get(f"/recipes/{one.slug}/").expect_status(200, wanted="reading goes on")


@pytest.mark.parametrize("name", ["follow", "unfollow"])
def test_the_31st_follow(visitor, some, make_user, name):
    """FR-22: a button that writes, however quickly it is pressed."""
    cook, mine = named(make_user, some), visitor.sign_in(make_user())
    path = url(f"accounts:{name}", username=cook.username)
    found, page = ask(mine, path, 30, method="POST")
    all_good(found, page, wanted="thirty writes a minute", look=THROTTLES)
    _, page = ask(mine, path, 1, method="POST")
    page.did = f"Sent the 31st POST {path} of a user within a minute"
    page.expect_status(
        429, wanted="429 for the 31st write, on the pages too (FR-22)", look=THROTTLES
    )


def test_the_11th_attempt_to_log_in(visitor, some, make_user, settings):
    """FR-22: ten a minute from one address, whoever they claim to be."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user, password = make_user(), some.password()
    user.set_password(password)
    user.save()
    path = url("accounts:login")
    wrong = {"username": user.username, "password": f"{password}x"}
    found, page = ask(visitor, path, 10, method="POST", data=wrong)
    all_good(found, page, wanted="ten attempts looked at", look=THROTTLES)
    good = {"username": user.username, "password": password}
    _, page = ask(visitor, path, 1, method="POST", data=good)
    page.did = f"Sent the 11th POST {path} from one address within a minute"
    page.expect_status(
        429, wanted="429, with the right password as well (FR-22)", look=THROTTLES
    )
    visitor.get(path).expect_status(200, wanted="the form can still be opened")
    there = Visitor()
    answer = there.client.post(path, good, REMOTE_ADDR="198.51.100.9")
    expect(
        answer.status_code == 302,
        did=f"Sent POST {path} from another address",
        wanted="a redirect: it has a count of its own",
        got=f"status {answer.status_code}",
        look=THROTTLES,
    )
