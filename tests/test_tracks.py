"""The tracks: what they hold, what is proven of them, and what an author is told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml

from djangopath import catalogue, tracks
from djangopath.errors import SpecError
from djangopath.tracks import Track
from tools import topics

# What the original timetable names, week for week, by the topics that stand for it.
TIMETABLE = """
1: python-functions python-classes python-data-structures http mvt
1: project-structure apps url-routing templates
2: models orm-basics migrations admin static-files
3: forms model-forms validation messages bootstrap
4: authentication permissions pagination
5: orm-filter annotations prefetch-related select-related query-optimisation
6: file-uploads images media custom-user-model
7: signals slugs sitemaps messages email
8: rest-framework serializers viewsets routers browsable-api
9: class-based-views mixins api-permissions
10: jwt throttling api-versioning
11: celery redis background-email
12: caching view-caching template-caching redis-cache
13: channels websockets groups consumers
14: message-history passing-events private-rooms
15: notifications signals read-receipts
16: pytest test-case coverage continuous-integration
17: rest-framework cors openapi
18: react fetch-api
19: docker docker-compose postgresql redis
20: nginx gunicorn environment-variables https hosting
21: multi-tenancy postgresql-optimisation
22: rbac object-permissions
23: logging sentry prometheus grafana
24: security csrf xss sql-injection docker-swarm kubernetes
"""
WEEKS = (
    "hello blog todo blog todo recipes recipes recipes blog-api blog-api blog-api "
    "recipes chat chat chat chat booking booking booking booking saas saas saas saas"
).split()
FIFTEEN = (
    "hello todo blog accounts weather recipes teamwork blog-api shop jobs lms chat "
    "notify pulse saas"
).split()
# What fifteen projects should gradually cover, whatever else they do.
COVER = (
    "templates views forms rest-framework authentication testing deployment celery "
    "websockets stripe docker continuous-integration"
).split()
# The ten systems, and the skills that each is to show.
PORTFOLIO = {
    "shop": "rest-framework stripe paypal postgresql jwt",
    "chat": "channels websockets groups notifications",
    "blog": "authentication forms foreign-keys many-to-many",
    "lms": "rest-framework file-uploads range-requests background-email",
    "teamwork": "postgresql scheduled-tasks rbac",
    "weather": "http-clients json css javascript",
    "books": "rest-framework postgresql concurrency",
    "movies": "machine-learning model-evaluation postgresql",
    "booking": "rest-framework authentication stripe",
    "analytics": "rest-framework data-processing chart-images",
}
TIPS = ("**Commit every day**", "**README.md**", "ocument", "**Refactor", "code review")
NINETEEN = 19


def track(slug: str) -> Track:
    return tracks.tracks()[slug]


# ----------------------------------------------------------------- what the tracks hold


def test_nothing_is_wrong_with_the_tracks() -> None:
    """Files agree, prerequisites come first, what the seeds name is practised."""
    assert topics.problems() == []


def test_the_roadmap_holds_all_projects_and_every_one_is_on_a_track() -> None:
    projects = set(tracks.roadmap()[0])
    assert len(projects) == NINETEEN
    on_tracks = {s.project for t in tracks.tracks().values() for s in t.stops}
    assert on_tracks == projects


def test_mastery_is_the_timetable_week_for_week() -> None:
    """Each week has its project, and every topic that the timetable names for it."""
    stops = track("mastery").stops
    assert [stop.project for stop in stops] == WEEKS
    missing = []
    for line in TIMETABLE.split("\n")[1:-1]:
        week, named = line.split(":")
        stop = stops[int(week) - 1]
        missing += [(week, t) for t in named.split() if t not in stop.topics]
    assert missing == []


def test_what_the_timetable_names_is_marked_as_such() -> None:
    named = set(re.findall(r"[a-z][a-z-]+", TIMETABLE))
    known = tracks.topics()
    assert [slug for slug in named if not known[slug].seeds] == []


def test_fifteen_projects_by_their_first_milestones() -> None:
    stops = track("fifteen").stops
    assert len(stops) == 26
    assert list(dict.fromkeys(stop.project for stop in stops)) == FIFTEEN
    covered = {topic for stop in stops for topic in stop.topics}
    assert set(COVER) <= covered


def test_the_portfolio_is_ten_whole_systems() -> None:
    projects = tracks.roadmap()[0]
    stops = track("portfolio").stops
    assert {stop.project for stop in stops} == set(PORTFOLIO)
    assert len(stops) == sum(len(projects[slug].milestones) for slug in PORTFOLIO)
    for slug, skills in PORTFOLIO.items():
        shown = {t for stop in stops if stop.project == slug for t in stop.topics}
        assert set(skills.split()) <= shown, slug


@pytest.mark.parametrize("slug", ["mastery", "fifteen", "portfolio"])
def test_the_weeks_are_those_of_the_months(slug: str) -> None:
    """Weeks and months are counted from 1, and no month lasts more than five weeks."""
    stops, months = track(slug).stops, track(slug).months
    assert [stop.week for stop in stops] == list(range(1, len(stops) + 1))
    assert [month.number for month in months] == list(range(1, 7))
    weeks = [[s.week for s in stops if s.month == m.number] for m in months]
    assert list(chain(*weeks)) == [stop.week for stop in stops]
    assert all(4 <= len(month) <= 5 for month in weeks)
    assert all(month.resources and month.goal.endswith(".") for month in months)


@pytest.mark.parametrize("slug", ["mastery", "fifteen", "portfolio"])
def test_the_tips_stand_where_they_belong(slug: str) -> None:
    """Each tip on each track; commit in week 1, refactor at the end of each month."""
    stops = track(slug).stops
    said = {stop.week: "\n".join(stop.tips) for stop in stops}
    text = "\n".join(said.values())
    assert [tip for tip in TIPS if tip not in text] == []
    assert TIPS[0] in said[1]
    for month in track(slug).months:
        last = max(stop.week for stop in stops if stop.month == month.number)
        assert TIPS[3] in said[last], last
    assert not re.search(r"!|\bsimply\b|\bwe\b", text)


def test_a_stop_tells_of_its_project() -> None:
    stop = track("mastery").stops[3]
    assert (stop.week, stop.month, stop.project) == (4, 1, "blog")
    assert (stop.title, stop.level) == ("Personal Blog", "Beginner")
    assert (stop.milestone, stop.coming) == ("accounts", False)
    assert stop.name == "Accounts, permissions and pages"
    assert stop.topics[0] == "class-based-views"
    assert track("mastery").stops[2].coming


def test_links_to_django_are_of_the_pinned_version() -> None:
    docs = catalogue.load("blog").django_docs
    assert tracks.topics()["models"].docs.address == docs + "topics/db/models/"
    resource = track("mastery").months[0].resources[0]
    assert resource.address == docs + "intro/tutorial01/"


def test_a_bake_reads_one_file(tmp_path: Path) -> None:
    """The tracks need neither the projects' own files nor the topics."""
    for name in ("roadmap.yaml", "constraints.txt"):
        shutil.copy(catalogue.SPECS / name, tmp_path)
    assert tracks.tracks(tmp_path) == tracks.tracks()


# ----------------------------------------------------------------- an author's mistakes


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A copy of the specs, without the finished code."""
    ignore = shutil.ignore_patterns("code", "acceptance", "trials")
    shutil.copytree(catalogue.SPECS, tmp_path / "specs", ignore=ignore)
    return tmp_path / "specs"


Change = Callable[[str], str]


def replaced(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def in_project(slug: str, old: str, new: str) -> Change:
    """A change in the part of roadmap.yaml that tells of a project."""

    def change(text: str) -> str:
        before, head, rest = text.partition(f"\n  {slug}:\n")
        assert old in rest, old
        return before + head + rest.replace(old, new, 1)

    return change


def in_topic(slug: str, old: str, new: str) -> Change:
    def change(text: str) -> str:
        before, head, rest = text.partition(f"  - slug: {slug}\n")
        assert old in rest, old
        return before + head + rest.replace(old, new, 1)

    return change


WEEK_5 = "{week: 5, project: todo, milestone: search}"

MISTAKES: dict[str, tuple[str, Change, str, str]] = {
    "level": (
        "roadmap.yaml",
        in_project("todo", "level: Beginner", "level: Easy"),
        "projects.todo.level",
        "expected one of Beginner",
    ),
    "unknown key": (
        "roadmap.yaml",
        in_project("todo", "summary:", "about:"),
        "projects.todo.about",
        "unknown key",
    ),
    "no summary": (
        "roadmap.yaml",
        lambda text: re.sub(r"(?m)^    summary: .*\n", "", text, count=1),
        "projects.todo",
        "'summary' is missing",
    ),
    "a flag that is off": (
        "roadmap.yaml",
        in_project("todo", "coming: true", "coming: false"),
        "projects.todo.coming",
        "expected true",
    ),
    "coming, but there": (
        "roadmap.yaml",
        in_project(
            "blog", "    level:", "    coming: true\n    summary: x\n    level:"
        ),
        "projects.blog.coming",
        "specs/blog/ exists; take this key out",
    ),
    "not there, but not coming": (
        "roadmap.yaml",
        in_project("todo", "    coming: true\n", ""),
        "projects.todo",
        "there is no specs/todo/; write coming: true",
    ),
    "a milestone twice": (
        "roadmap.yaml",
        in_project("todo", "- slug: search", "- slug: tasks"),
        "projects.todo.milestones[2].slug",
        "'tasks' is taken",
    ),
    "unknown topic": (
        "roadmap.yaml",
        in_project("todo", "topics: [", "topics: [zzz, "),
        "projects.todo.milestones[1].topics[1]",
        "'zzz' is no topic of topics.yaml",
    ),
    "a topic twice": (
        "roadmap.yaml",
        in_project("todo", "topics: [", "topics: [project-structure, "),
        "projects.todo.milestones[1].topics[2]",
        "'project-structure' stands here twice",
    ),
    "unknown project": (
        "roadmap.yaml",
        replaced(WEEK_5, WEEK_5.replace("todo", "zzz")),
        "tracks.mastery.months[2].weeks[1].project",
        "'zzz' is no project of this file",
    ),
    "unknown milestone": (
        "roadmap.yaml",
        replaced(WEEK_5, WEEK_5.replace("search", "zzz")),
        "tracks.mastery.months[2].weeks[1].milestone",
        "'zzz' is no milestone of todo; there are tasks, search",
    ),
    "a week out of place": (
        "roadmap.yaml",
        replaced(WEEK_5, WEEK_5.replace("5", "6")),
        "tracks.mastery.months[2].weeks[1].week",
        "expected 5: the weeks of a track are counted from 1",
    ),
    "a milestone out of place": (
        "roadmap.yaml",
        replaced(WEEK_5, WEEK_5.replace("search", "tasks")),
        "tracks.mastery.months[2].weeks[1].milestone",
        "the next milestone of todo is search",
    ),
    "a milestone too many": (
        "roadmap.yaml",
        replaced(WEEK_5, "{week: 5, project: hello, milestone: hello}"),
        "tracks.mastery.months[2].weeks[1].milestone",
        "all are done by then",
    ),
    "assumed, unknown": (
        "roadmap.yaml",
        replaced("assumes: [", "assumes: [zzz"),
        "tracks.mastery.assumes[1]",
        "'zzz' is no topic",
    ),
    "not a link": (
        "roadmap.yaml",
        replaced('["Django\'s tutorial", intro/tutorial01/]', "intro/tutorial01/"),
        "tracks.mastery.months[1].resources[1]",
        "expected [text, address]",
    ),
    "no tip under tips": (
        "roadmap.yaml",
        replaced(WEEK_5, WEEK_5.replace("}", ", tips: []}")),
        "tracks.mastery.months[2].weeks[1].tips",
        "expected 1 texts or more",
    ),
    "another title": (
        "roadmap.yaml",
        in_project("blog", "title: Personal Blog", "title: Blog"),
        "projects.blog.title",
        "spec.yaml says 'Personal Blog'",
    ),
    "another level": (
        "roadmap.yaml",
        in_project("blog", "level: Beginner", "level: Expert"),
        "projects.blog.level",
        "spec.yaml says 'Beginner'",
    ),
    "another milestone": (
        "roadmap.yaml",
        lambda text: text.replace("the-blog", "a-blog"),
        "projects.blog.milestones",
        "those of tasks.yaml are the-blog, accounts",
    ),
    "another milestone's title": (
        "roadmap.yaml",
        in_project("blog", "title: The blog", "title: A blog"),
        "projects.blog.milestones[1].title",
        "tasks.yaml says 'The blog'",
    ),
    "other topics": (
        "roadmap.yaml",
        in_project("blog", "topics: [", "topics: [celery, "),
        "projects.blog.milestones[1].topics",
        "its tasks have [data-modelling, ",
    ),
    "another week": (
        "blog/tasks.yaml",
        replaced("week: 4", "week: 5"),
        "tracks.mastery.months[1].weeks[4].milestone",
        "tasks.yaml gives accounts the week 5",
    ),
    "a topic of a spec": (
        "blog/spec.yaml",
        replaced("\ntopics:\n", "\ntopics:\n  - zzz\n"),
        "topics[1]",
        "'zzz' is no topic of topics.yaml",
    ),
    "no slug": (
        "topics.yaml",
        replaced("slug: models", "slug: Models"),
        "slug",
        "expected a slug",
    ),
    "a topic without a link": (
        "topics.yaml",
        lambda text: re.sub(r"(?m)^    docs: .*\n", "", text, count=1),
        "Python and the web[1]",
        "the key 'docs' is missing",
    ),
    "an empty link": (
        "topics.yaml",
        in_topic("models", "docs: [Models, ", "docs: [Models, '', "),
        "docs",
        "expected [text, address]",
    ),
    "a topic in two groups": (
        "topics.yaml",
        replaced("slug: migrations", "slug: http"),
        "Models and data[4].slug",
        "'http' is taken",
    ),
    "unknown prerequisite": (
        "topics.yaml",
        in_topic("models", "needs: [", "needs: [zzz, "),
        "needs[1]",
        "'zzz' is no topic of this file",
    ),
    "needs itself": (
        "topics.yaml",
        in_topic("models", "needs: [", "needs: [models, "),
        "needs",
        "topics need each other: models → models",
    ),
    "a circle": (
        "topics.yaml",
        in_topic("http", "needs: []", "needs: [views]"),
        "needs",
        "topics need each other: http → views → url-routing → http",
    ),
    "seeds that are off": (
        "topics.yaml",
        in_topic("models", "seeds: true", "seeds: no"),
        "seeds",
        "expected true",
    ),
    "no groups": ("topics.yaml", lambda text: "- 1\n", "the file", "of groups"),
    "no tracks": ("roadmap.yaml", lambda text: "tracks: {}\n", "the file", "projects"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_by_file_line_and_key(specs: Path, mistake: str) -> None:
    """One sentence, which names the place of the mistake or of what it contradicts."""
    file, change, key, says = MISTAKES[mistake]
    path = specs / file
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(SpecError) as caught:
        topics.check(specs)
    message = str(caught.value)
    named = path if mistake != "another week" else specs / "roadmap.yaml"
    assert re.match(rf"{re.escape(str(named))}, line \d+: ", message), message
    assert f"{key}: " in message and says in message
    assert "\n" not in message


def test_the_line_is_that_of_the_week(specs: Path) -> None:
    path = specs / "roadmap.yaml"
    text = path.read_text("utf-8")
    line = text[: text.index(WEEK_5)].count("\n") + 1
    path.write_text(text.replace(WEEK_5, WEEK_5.replace("search", "zzz")), "utf-8")
    with pytest.raises(SpecError, match=rf"roadmap\.yaml, line {line}: "):
        tracks.tracks(specs)


def test_a_project_that_arrives_is_coming_no_more(specs: Path) -> None:
    """The folder of a project is enough to make its flag an error."""
    (specs / "todo").mkdir()
    with pytest.raises(SpecError, match=r"todo\.coming: specs/todo/ exists"):
        topics.check(specs)


def test_a_project_that_the_roadmap_forgets(specs: Path) -> None:
    shutil.copytree(specs / "blog", specs / "another")
    with pytest.raises(SpecError, match="the project another of the catalogue is miss"):
        topics.check(specs)


def test_files_that_are_missing_are_sentences(specs: Path) -> None:
    (specs / "constraints.txt").write_text("asgiref==3.8.1\n", "utf-8")
    with pytest.raises(SpecError, match="does not pin django; run make lock"):
        tracks.tracks(specs)
    (specs / "constraints.txt").unlink()
    with pytest.raises(SpecError, match=r"constraints\.txt: the file is missing"):
        tracks.topics(specs)
    (specs / "roadmap.yaml").unlink()
    with pytest.raises(SpecError, match=r"roadmap\.yaml: the file is missing"):
        tracks.tracks(specs)


@pytest.mark.parametrize("name", ["roadmap.yaml", "topics.yaml"])
def test_no_key_stands_twice(name: str) -> None:
    """YAML would take the last one without a word."""

    def keys(node: yaml.Node) -> Iterator[list[str]]:
        if isinstance(node, yaml.MappingNode):
            yield [key.value for key, _ in node.value]
            for _, value in node.value:
                yield from keys(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                yield from keys(value)

    text = (catalogue.SPECS / name).read_text("utf-8")
    mappings = list(keys(yaml.compose(text, Loader=yaml.SafeLoader)))
    assert len(mappings) > 100
    assert [names for names in mappings if len(names) != len(set(names))] == []


# ------------------------------------------------------------- the order, and its check


def changed(specs: Path, file: str, change: Change) -> list[str]:
    """What the check says of the tracks after one change; the files still agree."""
    path = specs / file
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    return topics.problems(specs)


def test_a_prerequisite_that_comes_later_is_told(specs: Path) -> None:
    """By the task's file and line, the track and the week; once on each track."""
    found = changed(specs, "topics.yaml", in_topic("http", "[]", "[json]"))
    plan = f"{specs}/hello/tasks.yaml, line "
    says = "tasks[1].topics: 'http' is used before 'json', which it needs "
    assert len(found) == 3
    assert found[0].startswith(plan) and found[1].startswith(plan)
    assert found[0].endswith(says + "(track mastery, week 1, hello/plan)")
    assert found[1].endswith(says + "(track fifteen, week 1, hello/plan)")
    assert found[2].startswith(f"{specs}/roadmap.yaml, line ")
    assert found[2].endswith("(track portfolio, week 3, weather/forecast)")


def test_the_order_of_a_milestone_to_come_counts(specs: Path) -> None:
    """Topic by topic: what stands first in its list has to come first."""
    swap = in_project("todo", "css, bootstrap,", "bootstrap, css,")
    found = changed(specs, "roadmap.yaml", swap)
    # On the mastery track the blog has introduced style sheets a week before.
    assert len(found) == 1
    assert "'bootstrap' is used before 'css'" in found[0]
    assert "projects.todo.milestones[1].topics[" in found[0]
    assert found[0].endswith("(track fifteen, week 2, todo/tasks)")


def test_topics_of_one_task_come_together() -> None:
    """A task may introduce a topic and its prerequisite at once, in any order."""
    first, *_ = (
        step
        for step in topics.steps(track("mastery"))
        if "python-functions" in step.topics
    )
    assert first.name == "hello/first-app"
    assert "python-functions" in tracks.topics()["views"].needs
    assert first.topics.index("views") < first.topics.index("python-functions")


def test_what_is_not_assumed_is_missed(specs: Path) -> None:
    assumed = "assumes: [python-functions, "
    found = changed(specs, "roadmap.yaml", replaced(assumed, "assumes: ["))
    assert found and all("before 'python-functions'" in line for line in found)
    assert all("track portfolio" in line for line in found)


def test_what_is_assumed_in_vain_is_told(specs: Path) -> None:
    assumed = "assumes: [python-functions, "
    found = changed(specs, "roadmap.yaml", replaced(assumed, f"{assumed}kubernetes, "))
    assert len(found) == 1
    assert "tracks.portfolio.assumes: 'kubernetes' is assumed, but" in found[0]


def test_a_seed_that_no_week_introduces_is_told(specs: Path) -> None:
    change = in_topic("machine-learning", "docs:", "seeds: true\n    docs:")
    found = changed(specs, "topics.yaml", change)
    assert len(found) == 1
    assert "no week of the track mastery introduces 'machine-learning'" in found[0]


def test_a_seed_that_is_never_practised_is_told(specs: Path) -> None:
    change = in_topic("formsets", "docs:", "seeds: true\n    docs:")
    found = changed(specs, "topics.yaml", change)
    assert len(found) == 1
    assert "'formsets' is introduced by recipes/formsets and never pract" in found[0]


def test_a_topic_that_no_project_teaches_is_told(specs: Path) -> None:
    extra = "  - {slug: cobol, title: COBOL, needs: [], docs: [x, 'https://x.org/']}\n"
    found = changed(specs, "topics.yaml", lambda text: text + extra)
    assert len(found) == 1 and "no project teaches 'cobol'" in found[0]


# ---------------------------------------------------------------------------- the table


def test_the_table_has_a_line_for_every_topic(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert topics.main() == 0
    head, *lines = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert re.split(r"  +", head) == [
        *("topic", "group", "introduced by", "practised", "coming", "tracks")
    ]
    assert [line.split()[0] for line in lines] == list(tracks.topics())
    rows = {line.split()[0]: re.split(r"  +", line) for line in lines}
    assert rows["sitemaps"] == [
        *("sitemaps *", "Views and URLs", "week 7, recipes/sitemap"),
        *("1 task", "–", "mastery, fifteen"),
    ]
    assert rows["web-push"][-1] == "none"


def test_the_coverage_counts_later_tasks_only() -> None:
    """Two tasks and nothing to come: the first introduces, the second practises."""
    tasks = [
        task.slug
        for slug in catalogue.slugs()
        for task in catalogue.load(slug).tasks
        if "message-history" in task.topics
    ]
    assert tasks == ["store-messages", "history"]
    covered = topics.coverage(track("mastery"))["message-history"]
    assert covered.introduced.name == "chat/store-messages"
    assert (covered.introduced.week, covered.tasks, covered.coming) == (14, 1, 0)


def test_a_mistake_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on the error stream, exit code 1, no table."""

    def wrong() -> list[str]:
        raise SpecError("specs/roadmap.yaml, line 1: something")

    monkeypatch.setattr(topics, "problems", wrong)
    assert topics.main() == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "specs/roadmap.yaml, line 1: something\n")
