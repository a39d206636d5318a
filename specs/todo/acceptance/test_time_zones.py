"""time-zones: "today" is the day of the user, wherever the server is."""

from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import path as route
from django.utils import timezone

from acceptance.calls import ask
from acceptance.pages import (
    asks_to_log_in,
    changes_nothing,
    links_to,
    stand_at,
    stays_here,
    text_of,
    told_once,
    without_token,
)
from acceptance.samples import ago
from acceptance.support import expect, fail, load, model, told, url
from acceptance.tasks import (
    TEMPLATE,
    a_task,
    element,
    form_of,
    keeps_the_policy,
    refused,
    rows_stay_text,
    stored,
    tasks,
)

LOOK = "todo/views.py, task_list: timezone.localdate()"
MIDDLEWARE = "accounts/middleware.py, TimeZoneMiddleware"
ZONES = [
    "Pacific/Niue",
    "America/Lima",
    "UTC",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
]
# Continents and oceans; Longyearbyen is in the Arctic.
AREAS = set(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian "
    "Pacific".split()
)
# A zone, and a day on which its clocks change; in Cairo that is at midnight.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Pacific/Auckland", date(2026, 4, 5)),
    ("Pacific/Auckland", date(2026, 9, 27)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
]


def users():
    """The model of a user, with a time zone."""
    __tracebackhide__ = True
    return model("accounts.User", "time_zone")


def begins(day, zone):
    """The moment at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def word_of(visitor, one):
    """The word about its day that a task's row says: Overdue, Today or neither."""
    __tracebackhide__ = True
    # Logged in anew, since a session does not outlive a journey of months.
    page = visitor.sign_in(one.owner).get(url("todo:task-list"))
    said = text_of(element(page.expect_status(200), f"task-{one.pk}"))
    said = said.replace(one.title, "")
    return page, [word for word in ("Overdue", "Today") if word in said]


def says_at(visitor, one, moment, wanted, zone):
    """At a moment the row of a task says a word, or a sentence."""
    __tracebackhide__ = True
    with time_machine.travel(moment, tick=False):
        page, found = word_of(visitor, one)
    expect(
        found == wanted,
        did=f"{page.did} at {moment:%Y-%m-%d %H:%M:%S} UTC, which is "
        f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} in {zone}, with a task "
        f"due on {one.due}",
        wanted=f"{wanted[0] if wanted else 'neither Today nor Overdue'} (FR-8)",
        got=" and ".join(found) or "neither Today nor Overdue",
        look=LOOK,
    )


# --------------------------------------------------------------------------------- days


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_the_users_own(visitor, some, make_user, zone):
    """FR-8: from midnight to midnight, to the second."""
    users()
    day = date(2026, 12, 1) + timedelta(days=some.number(0, 300))
    one = a_task(some, make_user(time_zone=zone), due=day)
    second = timedelta(seconds=1)
    start, end = begins(day, zone), begins(day + timedelta(days=1), zone)
    for moment, wanted in (
        (start - second, []),
        (start, ["Today"]),
        (end - second, ["Today"]),
        (end, ["Overdue"]),
    ):
        says_at(visitor, one, moment, wanted, zone)


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=lambda value: str(value))
def test_days_of_a_clock_change_are_days(visitor, some, make_user, zone, day):
    """NFR-4: with 23 hours, with 25, and with half an hour more or less."""
    users()
    one = a_task(some, make_user(time_zone=zone), due=day)
    second = timedelta(seconds=1)
    start, end = begins(day, zone), begins(day + timedelta(days=1), zone)
    for moment, wanted in (
        (start - second, []),
        (start, ["Today"]),
        (end - second, ["Today"]),
        (end, ["Overdue"]),
    ):
        says_at(visitor, one, moment, wanted, zone)


def test_two_users_have_two_days(visitor, some, make_user):
    """FR-8: at the same moment, one after the other."""
    users()
    day = date(2026, 12, 5)
    east = a_task(some, make_user(time_zone="Pacific/Kiritimati"), due=day)
    west = a_task(some, make_user(time_zone="Pacific/Niue"), due=day)
    moment = datetime(2026, 12, 5, 10, 30, tzinfo=UTC)
    for _ in range(2):
        says_at(visitor, east, moment, ["Overdue"], "Pacific/Kiritimati")
        says_at(visitor, west, moment - timedelta(hours=12), [], "Pacific/Niue")
        says_at(visitor, west, moment + timedelta(hours=6), ["Today"], "Pacific/Niue")


def test_a_new_zone_holds_at_once(visitor, some, make_user):
    """FR-8: for whoever is logged in already, from the next page on."""
    users()
    day = date(2026, 12, 5)
    one = a_task(some, make_user(), due=day)
    found = []
    with time_machine.travel(datetime(2026, 12, 5, 12, tzinfo=UTC), tick=False):
        mine = visitor.sign_in(one.owner)
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue"):
            look = "accounts/views.py"
            settings_page = mine.get(url("accounts:settings"))
            form = form_of(settings_page, "time_zone", look=look)
            form.send(time_zone=zone).expect_redirect(look=look)
            page = mine.get(url("todo:task-list")).expect_status(200)
            said = text_of(element(page, f"task-{one.pk}")).replace(one.title, "")
            found.append([word for word in ("Overdue", "Today") if word in said])
    expect(
        found == [["Today"], ["Overdue"], ["Today"]],
        did="Chose UTC, Pacific/Kiritimati and Pacific/Niue one after the other, at "
        f"noon of {day} in UTC, with a task that is due on that day",
        wanted="Today, then Overdue, then Today: the zone of the user as it is now",
        got=", then ".join(" and ".join(words) or "no word" for words in found),
        look=MIDDLEWARE,
    )


def test_moments_are_shown_in_the_zone_of_the_user(visitor, some, make_user):
    """NFR-4: where the row says when a task was done."""
    users()
    one = a_task(some, make_user())
    noon = datetime(2026, 12, 5, 12, tzinfo=UTC)
    later = noon + timedelta(hours=14)

    def said(zone, moment):
        users().objects.filter(pk=one.owner.pk).update(time_zone=zone)
        type(one).objects.filter(pk=one.pk).update(done_at=moment)
        # Much later, so that words such as "a year ago" are the same for both.
        with time_machine.travel(datetime(2027, 12, 20, 12, tzinfo=UTC), tick=False):
            mine = visitor.sign_in(users().objects.get(pk=one.owner.pk))
            page = mine.get(url("todo:task-list")).expect_status(200)
        return text_of(element(page, f"task-{one.pk}"))

    far, near, next_day = (
        said("Pacific/Kiritimati", noon),
        said("UTC", noon),
        said("UTC", later),
    )
    expect(
        not far == near != next_day,
        did=f"Opened / in Pacific/Kiritimati and in UTC, with a task done at {noon}",
        wanted="another day in Kiritimati, where it was the sixth of December",
        got=f'the row says "{far[:160]}" both times',
        look=f"{TEMPLATE}: no filter utc, and no strftime in Python",
    )


def test_html_is_text(visitor, some, make_user):
    """NFR-5: in the rows that say Overdue and Today, too."""
    users()
    mine = visitor.sign_in(make_user())
    rows_stay_text(mine, some, "title", path=url("todo:task-list"))


def test_the_day_goes_on_while_the_server_runs(visitor, some, make_user):
    """FR-8: today is asked for in each request, not when the server starts."""
    users()
    day = date(2027, 6, 1)
    one = a_task(some, make_user(time_zone="Asia/Tokyo"), due=day)
    for days, wanted in ((-1, []), (0, ["Today"]), (1, ["Overdue"]), (0, ["Today"])):
        moment = begins(day + timedelta(days=days), "Asia/Tokyo") + timedelta(hours=4)
        says_at(visitor, one, moment, wanted, "Asia/Tokyo")


@pytest.mark.parametrize("days", [-3, 0])
def test_a_done_task_has_no_word(visitor, some, make_user, days):
    """FR-8: what is done is not overdue."""
    users()
    due = timezone.now().date() + timedelta(days=days)
    one = a_task(some, make_user(), due=due, done_at=ago(hours=1))
    page, found = word_of(visitor, one)
    expect(
        not found,
        did=f"{page.did}, with a done task that was due on {due}",
        wanted="neither Today nor Overdue in its row (FR-8)",
        got=" and ".join(found),
        look="templates/todo/_task.html",
    )


def test_the_methods_take_a_day(some, make_user):
    """FR-8: the rule is in one place, and can be tested with any day."""
    users()
    day = date(2031, 5, 6)
    owner = make_user()
    made = {
        days: a_task(some, owner, due=day + timedelta(days=days))
        for days in (-2, -1, 0, 1, 2)
    }
    for days in (-1, 0, 1):
        a_task(some, owner, due=day + timedelta(days=days), done_at=ago(hours=1))
    a_task(some, owner)
    wanted = {"overdue": {-2, -1}, "due_on": {0}, "upcoming": {1, 2}}
    for name, days in wanted.items():
        look = f"todo/models.py, TaskQuerySet.{name}"
        found = ask(tasks().objects, name, day, owner="Task.objects", look=look)
        expect(
            {row.pk for row in found} == {made[one].pk for one in days},
            did=f"Called Task.objects.{name}({day}) with tasks due from {made[-2].due} "
            f"to {made[2].due}, some of them done, and one without a due date",
            wanted=", ".join(str(made[one].due) for one in sorted(days)),
            got=", ".join(
                f"{row.due}{' (done)' if row.done_at else ''}" for row in found
            )
            or "none",
            look=look,
        )


# ----------------------------------------------------------------------------- settings


def test_zones_to_choose_from():
    """FR-7: places where people live, by their IANA names."""
    choices = load("accounts.zones.time_zones")
    try:
        names = [name for name, _ in choices()]
    except (TypeError, ValueError) as error:
        fail(
            did="Called accounts.zones.time_zones()",
            wanted="(name, label) pairs",
            got=told(error),
            look="accounts/zones.py",
        )
    for name in ("UTC", "Europe/Berlin", "Pacific/Auckland", "America/Lima"):
        expect(
            names.count(name) == 1,
            did="Called accounts.zones.time_zones()",
            wanted=f"{name} among the names, once",
            got=f"it is there {names.count(name)} times",
            look="accounts/zones.py",
        )
    odd = [name for name in names if name.startswith("Etc/")]
    expect(
        not odd,
        did="Called accounts.zones.time_zones()",
        wanted="no name that begins with Etc/",
        got=", ".join(odd[:3]),
        look="accounts/zones.py",
    )
    odd = [name for name in names if name.partition("/")[0] not in AREAS | {"UTC"}]
    expect(
        not odd,
        did="Called accounts.zones.time_zones()",
        wanted="beside UTC, names that begin with a continent or an ocean only",
        got=f"also {', '.join(sorted(odd)[:3])}",
        look="accounts/zones.py",
    )


def test_a_new_user_is_in_utc(make_user):
    """FR-7: until they say otherwise."""
    users()
    found = make_user().time_zone
    expect(
        found == "UTC",
        did="Created a user",
        wanted="the time zone UTC",
        got=f"{found!r}",
        look="accounts/models.py, User.time_zone",
    )


def test_a_zone_is_chosen(visitor, make_user):
    """FR-7: on a page of its own."""
    users()
    stand_at({"/accounts/settings/": url("accounts:settings")}, look="accounts/urls.py")
    user, other = make_user(time_zone="Asia/Tokyo"), make_user()
    mine = visitor.sign_in(user)
    look = "accounts/views.py and accounts/forms.py"
    form = form_of(mine.get("/accounts/settings/"), "time_zone", look=look)
    expect(
        form.values.get("time_zone") == "Asia/Tokyo",
        did=form.page.did,
        wanted="the stored zone selected",
        got=f"{form.values.get('time_zone')!r}",
        look=look,
    )
    page = form.send(time_zone="America/Lima")
    page.expect_redirect("/accounts/settings/", look=look)
    user.refresh_from_db()
    other.refresh_from_db()
    expect(
        (user.time_zone, other.time_zone) == ("America/Lima", "UTC"),
        did=page.did,
        wanted="America/Lima stored for this user, and for no other",
        got=f"{user.time_zone}, and {other.time_zone} for the other",
        look=look,
    )
    told_once(page, look=look)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Etc/GMT+5"])
def test_an_unknown_zone_is_refused(visitor, make_user, zone):
    """FR-7: only what can be chosen is stored."""
    user = make_user(time_zone="Asia/Tokyo") if users() else None
    fresh = visitor.sign_in(user).get(url("accounts:settings"))
    look = "accounts/models.py, User.time_zone: choices"
    form = form_of(fresh, "time_zone", look=look)
    sent = {"time_zone": zone}
    refused(form, fresh, sent, (users(),), why=f"the zone {zone!r} (FR-7)", look=look)


def test_nothing_else_is_set(visitor, make_user):
    """FR-7: the page is about the time zone."""
    users()
    user = make_user()
    name = user.get_username()
    data = {"time_zone": "Asia/Tokyo", "is_staff": "on", "is_superuser": "on"}
    data |= {"username": "somebody", "password": "x"}
    page = visitor.sign_in(user).post(url("accounts:settings"), data)
    user.refresh_from_db()
    expect(
        (user.get_username(), user.is_staff, user.is_superuser) == (name, False, False),
        did=page.did,
        wanted="the time zone changed and nothing else",
        got=f"{user.get_username()}, is_staff is {user.is_staff}",
        look="accounts/forms.py, fields",
    )


def test_settings_are_for_users(visitor, make_user):
    """FR-11: a visitor has none, and a GET stores none."""
    users()
    path = url("accounts:settings")
    look = "accounts/views.py"
    why = "a redirect to the login page (FR-11)"
    asks_to_log_in(
        visitor.get(path), url("accounts:login"), path, wanted=why, look=look
    )
    visitor.post(path, {"time_zone": "Asia/Tokyo"}).expect_redirect(
        url("accounts:login"), wanted=why, look=look
    )
    user = make_user()
    mine = visitor.sign_in(user)
    changes_nothing(
        mine, path, {"time_zone": "Asia/Tokyo"}, lambda: stored(users()), look=look
    )
    page = mine.get(url("todo:task-list"))
    base = "templates/base.html"
    links_to(page, path, nav=True, wanted=f"a link to {path} in <nav>", look=base)


def test_settings_need_a_token_and_stay_here(visitor, make_user):
    """NFR-5: another site neither sends the form nor is where it leads."""
    users()
    user = make_user()
    path, data = url("accounts:settings"), {"time_zone": "Asia/Tokyo"}
    look = "accounts/views.py"
    status = without_token(user, path, data)
    user.refresh_from_db()
    expect(
        status == 403 and user.time_zone == "UTC",
        did=f"Sent POST {path} without a CSRF token",
        wanted="403, and nothing changed (NFR-5)",
        got=f"{status}",
        look=look,
    )
    mine = visitor.sign_in(user)
    stays_here(mine, path, data, look=look).expect_redirect(path, look=look)
    page = mine.get(path).expect_status(200, look=look)
    keeps_the_policy(page, look="templates/accounts/settings.html")


def test_a_refused_zone_is_not_shown_as_the_users(visitor, some, make_user):
    """FR-7: the page with the error is still in the stored zone."""
    users()
    user = make_user(time_zone="Asia/Tokyo")
    mine = visitor.sign_in(user)
    before = stored(users())
    mine.post(url("accounts:settings"), {"time_zone": "Mars/Olympus"}).expect_status(
        200
    )
    page = mine.get(url("accounts:settings")).expect_status(200)
    form = form_of(page, "time_zone", look="accounts/views.py")
    expect(
        stored(users()) == before and form.values.get("time_zone") == "Asia/Tokyo",
        did=f"{page.did}, after a zone that was refused",
        wanted="the zone that was stored before",
        got=f"{form.values.get('time_zone')!r}",
        look="accounts/views.py",
    )


# --------------------------------------------------------------------------- middleware


def expect_no_zone(did, look=MIDDLEWARE):
    """No zone is active any more, or a sentence."""
    __tracebackhide__ = True
    found = timezone.get_current_timezone_name()
    active = hasattr(timezone._active, "value")
    timezone.deactivate()
    expect(
        not active and found == django_settings.TIME_ZONE,
        did=did,
        wanted="no active time zone after a request: the thread answers others, too",
        got=f"{found} is still active",
        look=f"{look}: timezone.deactivate() in a finally",
    )


def test_the_zone_is_taken_back(visitor, some, make_user):
    """NFR-4: the next request in this thread is somebody else's."""
    users()
    user = make_user(time_zone="Pacific/Auckland")
    page = visitor.sign_in(user).get(url("todo:task-list")).expect_status(200)
    expect_no_zone(page.did)


def fails(request):
    """A view with a mistake in it, that notes the zone it runs in."""
    seen.append(timezone.get_current_timezone_name())
    raise LookupError("a mistake")


seen = []


@pytest.mark.parametrize("who", ["user", "visitor"])
def test_the_zone_is_taken_back_after_an_error(settings, make_user, who):
    """NFR-4: in any case."""
    users()
    urls = ModuleType("urls_of_a_view_that_fails")
    urls.urlpatterns = [route("", fails)]
    settings.ROOT_URLCONF = urls
    client = Client(raise_request_exception=False)
    if who == "user":
        client.force_login(make_user(time_zone="Pacific/Auckland"))
    seen.clear()
    client.get("/")
    did = f"Let a view raise an exception, for a {who}"
    wanted = "Pacific/Auckland" if who == "user" else django_settings.TIME_ZONE
    expect(
        seen == [wanted],
        did=did,
        wanted=f"the view called in the zone {wanted}",
        got=f"it was called in {', '.join(seen) or 'none'}",
        look=f"{MIDDLEWARE}, and config/settings.py, MIDDLEWARE",
    )
    expect_no_zone(did)


@pytest.mark.parametrize(
    "zone", ["Nowhere/Land", "", "Europe", "../x", "/etc/localtime"]
)
def test_a_zone_that_this_machine_does_not_know(visitor, some, make_user, zone):
    """NFR-4: a page in the site's zone, not an error."""
    users()
    user = make_user()
    users().objects.filter(pk=user.pk).update(time_zone=zone)
    user.refresh_from_db()
    day = date(2027, 2, 3)
    one = a_task(some, user, due=day)
    for hours, wanted in ((-1, []), (1, ["Today"]), (25, ["Overdue"])):
        moment = begins(day, django_settings.TIME_ZONE) + timedelta(hours=hours)
        says_at(visitor, one, moment, wanted, django_settings.TIME_ZONE)
