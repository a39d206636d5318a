"""The tracks: what they hold, what is proven of them, and what an author is told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from djangopath import catalogue, tracks
from djangopath.errors import SpecError
from djangopath.tracks import Track
from tools import topics
from tools.examples import EXAMPLE

# What the original timetable and its lists ask of the tracks.
TIMETABLE: dict[str, Any] = yaml.safe_load(
    (catalogue.SPECS / "timetable.yaml").read_text("utf-8")
)
TIPS = ("**Commit every day**", "**README.md**", "ocument", "**Refactor", "code review")


def track(slug: str) -> Track:
    return tracks.tracks()[slug]


# ----------------------------------------------------------------- what the tracks hold


def test_nothing_is_wrong_with_the_tracks() -> None:
    """Files agree, prerequisites come first, what the seeds name is practised."""
    assert topics.problems() == []


def test_the_roadmap_holds_all_projects_and_every_one_is_on_a_track() -> None:
    projects = set(tracks.roadmap()[0])
    assert len(projects) == TIMETABLE["projects"]
    on_tracks = {s.project for t in tracks.tracks().values() for s in t.stops}
    assert on_tracks == projects


def test_mastery_is_the_timetable_week_for_week() -> None:
    """Each week has its project, and every topic that the timetable names for it."""
    stops = track("mastery").stops
    assert [stop.project for stop in stops] == TIMETABLE["mastery"]
    missing = [
        (week, topic)
        for week, named in TIMETABLE["topics"].items()
        for topic in named
        if topic not in stops[week - 1].topics
    ]
    assert missing == []


def test_what_the_timetable_names_is_marked_as_such() -> None:
    named = set(chain(*TIMETABLE["topics"].values()))
    known = tracks.topics()
    assert [slug for slug in named if not known[slug].seeds] == []


def test_fifteen_projects_by_their_first_milestones() -> None:
    stops = track("fifteen").stops
    assert len(stops) == 26
    assert list(dict.fromkeys(stop.project for stop in stops)) == TIMETABLE["fifteen"]
    covered = {topic for stop in stops for topic in stop.topics}
    assert set(TIMETABLE["cover"]) <= covered


def test_the_portfolio_is_ten_whole_systems() -> None:
    projects = tracks.roadmap()[0]
    stops = track("portfolio").stops
    wanted = TIMETABLE["portfolio"]
    assert {stop.project for stop in stops} == set(wanted)
    assert len(stops) == sum(len(projects[slug].milestones) for slug in wanted)
    for slug, skills in wanted.items():
        shown = {t for stop in stops if stop.project == slug for t in stop.topics}
        assert set(skills) <= shown, slug


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


def test_a_stop_tells_of_its_project(slug: str) -> None:
    """Its title and level, and its milestones in their weeks; it is coming no more."""
    project = catalogue.load(slug)
    found = [s for t in tracks.tracks().values() for s in t.stops if s.project == slug]
    assert found
    told = {m.slug: (m.title, m.week) for m in project.milestones}
    for stop in found:
        assert (stop.title, stop.level) == (project.title, project.level)
        assert stop.name == told[stop.milestone][0]
        assert not stop.coming
    on_mastery = {s.milestone: s.week for s in track("mastery").stops if s in found}
    assert all(told[slug][1] == week for slug, week in on_mastery.items())


def test_what_is_not_in_the_catalogue_is_coming() -> None:
    stops = [stop for t in tracks.tracks().values() for stop in t.stops]
    there = set(catalogue.slugs())
    assert all(stop.coming == (stop.project not in there) for stop in stops)


def test_links_to_django_are_of_the_pinned_version() -> None:
    docs = catalogue.load(EXAMPLE).django_docs
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
    """A copy of the specs, without the finished code, and with a project to come.

    That one is made up, since some day every real one is there.
    """
    ignore = shutil.ignore_patterns("code", "acceptance", "trials", "checks")
    specs = shutil.copytree(catalogue.SPECS, tmp_path / "specs", ignore=ignore)
    roadmap = (specs / "roadmap.yaml").read_text("utf-8")
    for mark, text in (("projects:\n", TO_COME), ("\n  fifteen:\n", MONTH)):
        before, head, after = roadmap.partition(mark)
        assert head, mark
        place = head + text if text == TO_COME else f"\n{text}{head}"
        roadmap = before + place + after
    (specs / "roadmap.yaml").write_text(roadmap, "utf-8")
    with (specs / "topics.yaml").open("a", encoding="utf-8") as file:
        file.write(TOPICS_TO_COME)
    return specs


# What is taught by the project to come alone, and needs one another.
TOPICS_TO_COME = """\
  - {slug: first-thing, title: A thing, needs: [], docs: [x, topics/db/models/]}
  - {slug: next-thing, title: Next, needs: [first-thing], docs: [x, topics/db/models/]}
"""
TO_COME = """\
  made-up:
    title: Made up
    level: Beginner
    summary: "A project of which there is no folder."
    coming: true
    milestones:
      - slug: tasks
        title: Tasks
        what: "Tasks"
        topics: [project-structure, first-thing, next-thing, models]
      - slug: search
        title: Search
        what: "Search"
        topics: [models, search]
"""
# It stands on the mastery track, after all that is there.
MONTHS = len(tracks.tracks()["mastery"].months) + 1
WEEKS = len(tracks.tracks()["mastery"].stops)
LAST_WEEK = f"{{week: {WEEKS + 2}, project: made-up, milestone: search}}"
MONTH = f"""\
      - title: One month more
        goal: Try what is said of it.
        resources:
          - ["Django's tutorial", intro/tutorial01/]
        weeks:
          - {{week: {WEEKS + 1}, project: made-up, milestone: tasks}}
          - {LAST_WEEK}
"""
HERE = f"tracks.mastery.months[{MONTHS}].weeks[2]"

# A project that is there, its first and its last milestone, and where that one stands.
THERE = catalogue.load(EXAMPLE)
FIRST, LAST = THERE.milestones[0], THERE.milestones[-1]
STOP = next(
    s
    for s in tracks.tracks()["mastery"].stops
    if (s.project, s.milestone) == (EXAMPLE, LAST.slug)
)
WEEK = sum(
    s.month == STOP.month and s.week <= STOP.week
    for s in tracks.tracks()["mastery"].stops
)


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


MISTAKES: dict[str, tuple[str, Change, str, str]] = {
    "level": (
        "roadmap.yaml",
        in_project("made-up", "level: Beginner", "level: Easy"),
        "projects.made-up.level",
        "expected one of Beginner",
    ),
    "unknown key": (
        "roadmap.yaml",
        in_project("made-up", "summary:", "about:"),
        "projects.made-up.about",
        "unknown key",
    ),
    "no summary": (
        "roadmap.yaml",
        lambda text: re.sub(r"(?m)^    summary: .*\n", "", text, count=1),
        "projects.made-up",
        "'summary' is missing",
    ),
    "a flag that is off": (
        "roadmap.yaml",
        in_project("made-up", "coming: true", "coming: false"),
        "projects.made-up.coming",
        "expected true",
    ),
    "coming, but there": (
        "roadmap.yaml",
        in_project(
            EXAMPLE, "    level:", "    coming: true\n    summary: x\n    level:"
        ),
        f"projects.{EXAMPLE}.coming",
        f"specs/{EXAMPLE}/ exists; take this key out",
    ),
    "not there, but not coming": (
        "roadmap.yaml",
        in_project("made-up", "    coming: true\n", ""),
        "projects.made-up",
        "there is no specs/made-up/; write coming: true",
    ),
    "a milestone twice": (
        "roadmap.yaml",
        in_project("made-up", "- slug: search", "- slug: tasks"),
        "projects.made-up.milestones[2].slug",
        "'tasks' is taken",
    ),
    "unknown topic": (
        "roadmap.yaml",
        in_project("made-up", "topics: [", "topics: [zzz, "),
        "projects.made-up.milestones[1].topics[1]",
        "'zzz' is no topic of topics.yaml",
    ),
    "a topic twice": (
        "roadmap.yaml",
        in_project("made-up", "topics: [", "topics: [project-structure, "),
        "projects.made-up.milestones[1].topics[2]",
        "'project-structure' stands here twice",
    ),
    "unknown project": (
        "roadmap.yaml",
        replaced(LAST_WEEK, LAST_WEEK.replace("made-up", "zzz")),
        f"{HERE}.project",
        "'zzz' is no project of this file",
    ),
    "unknown milestone": (
        "roadmap.yaml",
        replaced(LAST_WEEK, LAST_WEEK.replace("search", "zzz")),
        f"{HERE}.milestone",
        "'zzz' is no milestone of made-up; there are tasks, search",
    ),
    "a week out of place": (
        "roadmap.yaml",
        replaced(LAST_WEEK, LAST_WEEK.replace(str(WEEKS + 2), str(WEEKS + 3))),
        f"{HERE}.week",
        f"expected {WEEKS + 2}: the weeks of a track are counted from 1",
    ),
    "a milestone out of place": (
        "roadmap.yaml",
        replaced(LAST_WEEK, LAST_WEEK.replace("search", "tasks")),
        f"{HERE}.milestone",
        "the next milestone of made-up is search",
    ),
    "a milestone too many": (
        "roadmap.yaml",
        replaced(
            LAST_WEEK,
            f"{{week: {WEEKS + 2}, project: {EXAMPLE}, milestone: {FIRST.slug}}}",
        ),
        f"{HERE}.milestone",
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
        replaced(LAST_WEEK, LAST_WEEK.replace("}", ", tips: []}")),
        f"{HERE}.tips",
        "expected 1 texts or more",
    ),
    "another title": (
        "roadmap.yaml",
        in_project(EXAMPLE, f"title: {THERE.title}", "title: Another"),
        f"projects.{EXAMPLE}.title",
        f"spec.yaml says {THERE.title!r}",
    ),
    "another level": (
        "roadmap.yaml",
        in_project(EXAMPLE, f"level: {THERE.level}", "level: Expert"),
        f"projects.{EXAMPLE}.level",
        f"spec.yaml says {THERE.level!r}",
    ),
    "another milestone": (
        "roadmap.yaml",
        lambda text: text.replace(FIRST.slug, f"{FIRST.slug}-x"),
        f"projects.{EXAMPLE}.milestones",
        f"those of tasks.yaml are {', '.join(m.slug for m in THERE.milestones)}",
    ),
    "another milestone's title": (
        "roadmap.yaml",
        in_project(EXAMPLE, f"title: {FIRST.title}", "title: Another"),
        f"projects.{EXAMPLE}.milestones[1].title",
        f"tasks.yaml says {FIRST.title!r}",
    ),
    "other topics": (
        "roadmap.yaml",
        in_project(EXAMPLE, "topics: [", "topics: [celery, "),
        f"projects.{EXAMPLE}.milestones[1].topics",
        "its tasks have [",
    ),
    "another week": (
        f"{EXAMPLE}/tasks.yaml",
        replaced(f"week: {LAST.week}", "week: 99"),
        f"tracks.mastery.months[{STOP.month}].weeks[{WEEK}].milestone",
        f"tasks.yaml gives {LAST.slug} the week 99",
    ),
    "a topic of a spec": (
        f"{EXAMPLE}/spec.yaml",
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
    "real that is off": (
        "topics.yaml",
        in_topic("models", "seeds: true", "real: no"),
        "real",
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
    line = text[: text.index(LAST_WEEK)].count("\n") + 1
    path.write_text(
        text.replace(LAST_WEEK, LAST_WEEK.replace("search", "zzz")), "utf-8"
    )
    with pytest.raises(SpecError, match=rf"roadmap\.yaml, line {line}: "):
        tracks.tracks(specs)


def test_a_project_that_arrives_is_coming_no_more(specs: Path) -> None:
    """The folder of a project is enough to make its flag an error."""
    (specs / "made-up").mkdir()
    with pytest.raises(SpecError, match=r"made-up\.coming: specs/made-up/ exists"):
        topics.check(specs)


def test_a_project_that_the_roadmap_forgets(specs: Path) -> None:
    shutil.copytree(specs / EXAMPLE, specs / "another")
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
    """By the file and line of what uses it, the track and the week; on each track."""
    wanted = []
    for name, one in tracks.tracks(specs).items():
        step = next(step for step in topics.steps(one, specs) if "http" in step.topics)
        says = "'http' is used before 'json', which it needs "
        where = f"(track {name}, week {step.week}, {step.name})"
        wanted.append((f"{step.file}, line ", says + where))
    found = changed(specs, "topics.yaml", in_topic("http", "[]", "[json]"))
    assert len(found) == len(wanted) == 3
    for line, (start, end) in zip(found, wanted, strict=True):
        assert line.startswith(start) and line.endswith(end)


def test_the_order_of_a_milestone_to_come_counts(specs: Path) -> None:
    """Topic by topic: what stands first in its list has to come first."""
    swap = in_project("made-up", "first-thing, next-thing", "next-thing, first-thing")
    found = changed(specs, "roadmap.yaml", swap)
    assert len(found) == 1
    assert "'next-thing' is used before 'first-thing'" in found[0]
    assert "projects.made-up.milestones[1].topics[2]" in found[0]
    assert found[0].endswith(f"(track mastery, week {WEEKS + 1}, made-up/tasks)")


def test_topics_of_one_task_come_together() -> None:
    """A task may introduce a topic and its prerequisite at once, in any order."""
    first, *_ = (
        step
        for step in topics.steps(track("mastery"))
        if "python-functions" in step.topics
    )
    assert not first.coming
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
    first = topics.coverage(track("mastery"))["formsets"].introduced.name
    assert f"'formsets' is introduced by {first} and never practised" in found[0]


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
    first = topics.coverage(track("mastery"))["sitemaps"].introduced
    assert rows["sitemaps"] == [
        *("sitemaps *", "Views and URLs", f"week {first.week}, {first.name}"),
        *("1 task", "–", "mastery, fifteen"),
    ]
    assert rows["web-push"][-1] == "none"


def test_the_coverage_counts_later_tasks_only() -> None:
    """The first of its tasks introduces a topic, the others practise it."""
    topic = "message-history"
    on_track = [stop.project for stop in track("mastery").stops if not stop.coming]
    tasks = [
        (slug, task)
        for slug in dict.fromkeys(on_track)
        for task in catalogue.load(slug).tasks
        if topic in task.topics
    ]
    assert len(tasks) > 1
    slug, task = tasks[0]
    covered = topics.coverage(track("mastery"))[topic]
    assert covered.introduced.name == f"{slug}/{task.slug}"
    assert covered.introduced.week == task.milestone.week
    coming = sum(topic in s.topics for s in track("mastery").stops if s.coming)
    assert (covered.tasks, covered.coming) == (len(tasks) - 1, coming)


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
