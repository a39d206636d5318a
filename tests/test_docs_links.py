"""Every link that a learner is given leads to a page, and an anchor, that exists."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest

from djangopath import catalogue, tracks
from tools import docs
from tools.docs import Found

# The pages outside Django's documentation that tasks, topics and tracks may send
# learners to: official documentation and the original timetable's books, each looked up
# in its own project's sources, or in what links to it, before it was added.
LOOKED_UP = """
https://books.agiliq.com/projects/django-orm-cookbook/en/latest/
https://channels.readthedocs.io/en/latest/deploying.html
https://channels.readthedocs.io/en/latest/installation.html
https://channels.readthedocs.io/en/latest/topics/authentication.html
https://channels.readthedocs.io/en/latest/topics/channel_layers.html
https://channels.readthedocs.io/en/latest/topics/channel_layers.html#groups
https://channels.readthedocs.io/en/latest/topics/channel_layers.html#using-outside-of-consumers
https://channels.readthedocs.io/en/latest/topics/consumers.html
https://channels.readthedocs.io/en/latest/topics/databases.html
https://channels.readthedocs.io/en/latest/topics/routing.html
https://channels.readthedocs.io/en/latest/topics/security.html
https://channels.readthedocs.io/en/latest/topics/testing.html
https://channels.readthedocs.io/en/latest/tutorial/part_2.html
https://channels.readthedocs.io/en/stable/
https://coverage.readthedocs.io/en/latest/branch.html
https://coverage.readthedocs.io/en/latest/config.html
https://developer.mozilla.org/en-US/docs/Web/API/CloseEvent/code
https://developer.mozilla.org/en-US/docs/Web/API/Fetch_API/Using_Fetch
https://developer.mozilla.org/en-US/docs/Web/API/Push_API
https://developer.mozilla.org/en-US/docs/Web/API/Server-sent_events/Using_server-sent_events
https://developer.mozilla.org/en-US/docs/Web/API/WebSocket
https://developer.mozilla.org/en-US/docs/Web/Accessibility/ARIA/Guides/Live_regions
https://developer.mozilla.org/en-US/docs/Web/CSS
https://developer.mozilla.org/en-US/docs/Web/CSS/Reference/At-rules/@media/prefers-color-scheme
https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS
https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Overview
https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Range_requests
https://developer.mozilla.org/en-US/docs/Web/JavaScript/Guide
https://developer.paypal.com/docs/api/orders/v2/
https://django-axes.readthedocs.io/en/latest/
https://django-csp.readthedocs.io/en/latest/configuration.html
https://django-environ.readthedocs.io/en/latest/quickstart.html
https://django-filter.readthedocs.io/en/stable/guide/rest_framework.html
https://django-filter.readthedocs.io/en/stable/ref/filters.html
https://django-guardian.readthedocs.io/en/stable/
https://django-rest-framework-simplejwt.readthedocs.io/en/latest/
https://django-rest-framework-simplejwt.readthedocs.io/en/latest/getting_started.html
https://djangoforapis.com/
https://djangoforbeginners.com/
https://docs.allauth.org/en/latest/socialaccount/index.html
https://docs.astral.sh/ruff/
https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html
https://docs.celeryq.dev/en/stable/userguide/canvas.html
https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html
https://docs.celeryq.dev/en/stable/userguide/tasks.html
https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying
https://docs.docker.com/compose/gettingstarted/
https://docs.docker.com/engine/swarm/
https://docs.docker.com/get-started/
https://docs.docker.com/guides/django/
https://docs.github.com/en/actions/tutorials/build-and-test-code/python
https://docs.github.com/en/actions/tutorials/use-containerized-services/create-postgresql-service-containers
https://docs.github.com/en/actions/tutorials/use-containerized-services/create-redis-service-containers
https://docs.pytest.org/en/stable/how-to/fixtures.html
https://docs.pytest.org/en/stable/how-to/parametrize.html
https://docs.python.org/3/howto/sorting.html
https://docs.python.org/3/library/asyncio-queue.html
https://docs.python.org/3/library/asyncio-task.html
https://docs.python.org/3/library/csv.html
https://docs.python.org/3/library/dataclasses.html
https://docs.python.org/3/library/functions.html#divmod
https://docs.python.org/3/library/functions.html#property
https://docs.python.org/3/library/json.html
https://docs.python.org/3/library/json.html#json.loads
https://docs.python.org/3/library/uuid.html
https://docs.python.org/3/tutorial/classes.html
https://docs.python.org/3/tutorial/controlflow.html#defining-functions
https://docs.python.org/3/tutorial/datastructures.html
https://docs.python.org/3/tutorial/datastructures.html#dictionaries
https://docs.sentry.io/platforms/python/integrations/django/
https://docs.stripe.com/billing/subscriptions/overview
https://docs.stripe.com/payments/checkout
https://docs.stripe.com/webhooks
https://drf-spectacular.readthedocs.io/en/latest/customization.html
https://drf-spectacular.readthedocs.io/en/latest/drf_yasg.html
https://drf-spectacular.readthedocs.io/en/latest/readme.html
https://getbootstrap.com/
https://getbootstrap.com/docs/5.3/customize/css-variables/
https://getbootstrap.com/docs/5.3/getting-started/introduction/
https://github.com/twbs/bootstrap/blob/main/LICENSE
https://github.com/django-commons/django-prometheus
https://grafana.com/docs/grafana/latest/fundamentals/getting-started/first-dashboards/get-started-grafana-prometheus/
https://highperformancedjango.com/
https://kubernetes.io/docs/tutorials/kubernetes-basics/
https://matplotlib.org/stable/users/explain/quick_start.html
https://mermaid.js.org/syntax/entityRelationshipDiagram.html
https://mermaid.js.org/syntax/sequenceDiagram.html
https://mermaid.live
https://nextjs.org/learn
https://nginx.org/en/docs/beginners_guide.html
https://nginx.org/en/docs/http/ngx_http_core_module.html#internal
https://nginx.org/en/docs/http/websocket.html
https://pandas.pydata.org/docs/user_guide/groupby.html
https://pillow.readthedocs.io/en/stable/reference/Image.html
https://pillow.readthedocs.io/en/stable/reference/ImageOps.html
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
https://pytest-django.readthedocs.io/en/latest/
https://pytest-django.readthedocs.io/en/latest/database.html
https://pytest-django.readthedocs.io/en/latest/helpers.html
https://pytest-httpserver.readthedocs.io/en/latest/
https://react.dev/learn
https://redis.io/docs/latest/develop/get-started/
https://redis.readthedocs.io/en/stable/exceptions.html
https://requests.readthedocs.io/en/latest/user/advanced/#timeouts
https://requests.readthedocs.io/en/latest/user/quickstart/
https://scikit-learn.org/stable/getting_started.html
https://scikit-learn.org/stable/modules/model_evaluation.html
https://whitenoise.readthedocs.io/en/stable/django.html
https://www.chartjs.org/docs/latest/getting-started/
https://www.digitalocean.com/community/tutorials/how-to-set-up-django-with-postgres-nginx-and-gunicorn-on-ubuntu
https://www.django-rest-framework.org/api-guide/authentication/
https://www.django-rest-framework.org/api-guide/authentication/#custom-authentication
https://www.django-rest-framework.org/api-guide/caching/
https://www.django-rest-framework.org/api-guide/exceptions/
https://www.django-rest-framework.org/api-guide/filtering/
https://www.django-rest-framework.org/api-guide/generic-views/
https://www.django-rest-framework.org/api-guide/pagination/
https://www.django-rest-framework.org/api-guide/pagination/#cursorpagination
https://www.django-rest-framework.org/api-guide/parsers/
https://www.django-rest-framework.org/api-guide/permissions/
https://www.django-rest-framework.org/api-guide/permissions/#custom-permissions
https://www.django-rest-framework.org/api-guide/routers/
https://www.django-rest-framework.org/api-guide/serializers/
https://www.django-rest-framework.org/api-guide/settings/
https://www.django-rest-framework.org/api-guide/testing/
https://www.django-rest-framework.org/api-guide/throttling/
https://www.django-rest-framework.org/api-guide/versioning/
https://www.django-rest-framework.org/api-guide/viewsets/
https://www.django-rest-framework.org/topics/browsable-api/
https://www.django-rest-framework.org/topics/documenting-your-api/
https://www.django-rest-framework.org/topics/writable-nested-serializers/
https://www.django-rest-framework.org/tutorial/quickstart/
https://www.feldroy.com/two-scoops-press
https://www.postgresql.org/docs/current/using-explain.html
https://www.rabbitmq.com/docs/dlx
https://www.rfc-editor.org/rfc/rfc8058
https://www.w3.org/WAI/test-evaluate/preliminary/
""".split()

# Names that programs compare and nobody opens, and addresses to be filled in.
NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml")
TO_FILL_IN = "YOUR-"
TO_LOOK_UP = "look these pages up, and add those that exist to LOOKED_UP:\n"


def test_links_to_djangos_documentation_exist(slug: str) -> None:
    """Page and anchor of every link stand in the documentation of the pinned Django."""
    problems = docs.problems(catalogue.load(slug))
    assert not problems, "\n".join(problems)


def test_other_links_have_been_looked_up(slug: str) -> None:
    """Every other link is an official page that somebody has looked up."""
    unknown = not_looked_up(docs.links(catalogue.load(slug)))
    assert not unknown, TO_LOOK_UP + "\n".join(unknown)


def not_looked_up(links: Iterable[Found]) -> list[str]:
    """The links to other hosts that are not in `LOOKED_UP`, each with its place."""
    return [
        f"{link.where}: {link.address}"
        for link in links
        if not link.address.startswith(docs.HOST)
        and link.address not in (*LOOKED_UP, *NAMES)
        and TO_FILL_IN not in link.address
        and elsewhere(link.address)
    ]


def shared_links() -> list[Found]:
    """The links of the vocabulary, and the resources of every track's months."""
    found = [
        Found(f"topics.yaml, {topic.slug}", topic.docs.address)
        for topic in tracks.topics().values()
    ]
    for track in tracks.tracks().values():
        for month in track.months:
            where = f"roadmap.yaml, {track.slug}, month {month.number}"
            found += [Found(where, link.address) for link in month.resources]
    return found


def test_links_of_topics_and_tracks_exist(known: docs.Pages) -> None:
    """Page and anchor stand in Django's documentation, or the page was looked up."""
    links = shared_links()
    wrong = [
        f"{link.where}: {link.address}: {docs.problem(link.address, known, BASE)}"
        for link in links
        if link.address.startswith(docs.HOST)
        and docs.problem(link.address, known, BASE)
    ]
    assert not wrong, "\n".join(wrong)
    unknown = not_looked_up(links)
    assert not unknown, TO_LOOK_UP + "\n".join(unknown)
    assert len(links) > len(tracks.topics()) > 100


def test_a_page_that_nobody_looked_up_is_told() -> None:
    """The check of other hosts' pages can fail."""
    unknown = Found("topics.yaml, made-up", "https://docs.djangoproject.org/made-up/")
    assert not_looked_up([unknown]) == [f"{unknown.where}: {unknown.address}"]


def test_what_was_looked_up_is_linked_to() -> None:
    """The list holds no page that nothing sends a learner to."""
    links = [link.address for link in shared_links()]
    for slug in catalogue.slugs():
        links += [link.address for link in docs.links(catalogue.load(slug))]
    assert set(LOOKED_UP) <= set(links)


def elsewhere(address: str) -> bool:
    """Whether an address could be opened at all.

    A host without a dot is a name within a network of one's own, a brace is filled in
    by a program, and RFC 2606 reserves ``.example`` for examples.
    """
    host = urlsplit(address.partition("{")[0]).hostname or ""
    return "." in host and not host.endswith(".example")


def test_every_task_links_to_documentation(slug: str) -> None:
    """Each task names a page where its topic is explained."""
    bare = [task.slug for task in catalogue.load(slug).tasks if not task.docs]
    assert not bare


# ------------------------------------------------------------------------ the check


@pytest.fixture(scope="module")
def known() -> docs.Pages:
    return docs.pages(catalogue.load(catalogue.slugs()[0]).version("django"))


BASE = "https://docs.djangoproject.com/en/5.2/"


def test_the_whole_documentation_is_read(known: docs.Pages) -> None:
    """Anchors of every kind are there: titles, targets, settings, tags, commands."""
    assert len(known) > 500
    assert sum(map(len, known.values())) > 10_000
    samples = {
        "index": "first-steps",
        "intro/tutorial01": "creating-a-project",
        "topics/db/queries": "retrieving-specific-objects-with-filters",
        "topics/auth/default": "django.contrib.auth.views.LoginView",
        "topics/http/urls": "how-django-processes-a-request",
        "ref/models/fields": "django.db.models.ForeignKey.related_name",
        "ref/models/querysets": "std-fieldlookup-icontains",
        "ref/settings": "std-setting-ALLOWED_HOSTS",
        "ref/templates/builtins": "std-templatefilter-date",
        "ref/django-admin": "cmdoption-runserver-noreload",
        "glossary": "term-slug",
    }
    missing = {page: anchor for page, anchor in samples.items()
               if anchor not in known[page]}  # fmt: skip
    assert not missing
    # A link's target inside a text has a name but leaves nothing to jump to.
    assert "fully-qualified-domain-name-fqdn" not in known["ref/settings"]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("topics/db/queries/#filters", "no anchor 'filters'"),
        (
            "topics/db/queries/#retrieving-specific-objects-with-filter",
            "nearest is #retrieving-specific-objects-with-filters",
        ),
        (
            "topics/db/models/#retrieving-specific-objects-with-filters",
            "nearest is topics/db/queries/#retrieving-specific-objects-with-filters",
        ),
        ("topics/db/query/", "no page 'topics/db/query/'; the nearest is topics/db/"),
        ("topics/db/queries", f"own address is {BASE}topics/db/queries/"),
        ("topics/db/index/", f"own address is {BASE}topics/db/"),
        ("ref/settings/#fully-qualified-domain-name-fqdn", "no anchor"),
    ],
)
def test_a_bad_link_is_told(known: docs.Pages, address: str, says: str) -> None:
    """What is wrong with a link, and what is nearest to it."""
    assert says in docs.problem(BASE + address, known, BASE)


@pytest.mark.parametrize("series", ["5.1", "stable", "dev"])
def test_other_versions_are_refused(known: docs.Pages, series: str) -> None:
    """A learner reads about the version that the project pins."""
    address = f"https://docs.djangoproject.com/en/{series}/topics/db/queries/"
    assert "not of the pinned version" in docs.problem(address, known, BASE)


def test_good_links_are_accepted(known: docs.Pages) -> None:
    """The first page, a folder's page, a page and an anchor."""
    for path in ("", "topics/", "ref/settings/", "ref/settings/#debug"):
        assert docs.problem(BASE + path, known, BASE) == ""
