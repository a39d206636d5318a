"""SYLLABUS.md, the tasks' pages, the picture of topics, and a bake's place on tracks.

What is read here is what a reader sees: the Markdown is rendered, the picture is opened
in a browser.
"""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from djangopath import catalogue, tracks
from djangopath.catalogue import ROOT, Link
from djangopath.tracks import Stop, Topic, Track
from tests import browser as look
from tests.common import Bake, needed
from tools import graph, layout, spine, spine_picture, syllabus, topics_picture

TRACKS = tracks.tracks()
TOPICS = tracks.topics()
WEEKS = [(track, stop) for track in TRACKS.values() for stop in track.stops]
Box = dict[str, Any]
SVG = "{http://www.w3.org/2000/svg}"


@cache
def rendered(path: Path) -> BeautifulSoup:
    """A Markdown file as a page; the line breaks in cells are all the HTML it has."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return BeautifulSoup(markdown.render(path.read_text("utf-8")), "html.parser")


def plain(text: str) -> str:
    """What a reader sees of Markdown in one line."""
    html = MarkdownIt("commonmark").renderInline(text)
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def compact(text: str) -> str:
    """A text without white space, where tags would make more of it."""
    return re.sub(r"\s+", "", text)


def shown(tag: Tag) -> str:
    """The text of an element in one line; its line breaks are white space."""
    parts = (
        " " if isinstance(part, Tag) else str(part)
        for part in tag.descendants
        if not isinstance(part, Tag) or part.name == "br"
    )
    return " ".join("".join(parts).split())


# ----------------------------------------------------------------------- held equal


def test_all_is_what_the_data_says() -> None:
    """`make syllabus` would change nothing."""
    assert not syllabus.differences(syllabus.files())


def test_what_is_not_equal_is_told(tmp_path: Path) -> None:
    """A changed page, a missing one, and one of a task that is no more."""
    made = {"SYLLABUS.md": "one\n", "docs/tasks/any/01-a.md": "two\n"}
    syllabus.write(made, tmp_path)
    assert not syllabus.differences(made, tmp_path)
    (tmp_path / "SYLLABUS.md").write_text("other\n", "utf-8")
    (tmp_path / "docs/tasks/any/01-a.md").rename(tmp_path / "docs/tasks/any/02-a.md")
    assert syllabus.differences(made, tmp_path) == [
        "SYLLABUS.md is not what the data says",
        "docs/tasks/any/01-a.md is missing",
        "docs/tasks/any/02-a.md belongs to no task",
    ]
    syllabus.write(made, tmp_path)
    assert not syllabus.differences(made, tmp_path)


def test_check_ends_with_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """For CI and hooks: 1 and what to do where a file would change, else 0."""
    command = [sys.executable, "-m", "tools.syllabus", "--check"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    monkeypatch.setattr(syllabus, "files", lambda: {"SYLLABUS.md": "other"})
    monkeypatch.setattr(sys, "argv", ["syllabus", "--check"])
    assert syllabus.main() == 1


# ----------------------------------------------------------------------------- links


def pages() -> list[Path]:
    """What is made, and the README that leads to it."""
    return [
        ROOT / "README.md",
        ROOT / "SYLLABUS.md",
        *sorted(ROOT.glob("docs/**/*.md")),
    ]


def anchors(path: Path) -> set[str]:
    """The names that GitHub gives the headings of a page."""
    found: Counter[str] = Counter()
    names = set()
    for heading in rendered(path).find_all(re.compile(r"^h[1-6]$")):
        text = heading.get_text().strip().lower()
        kept = (c for c in text if c in " -_" or unicodedata.category(c)[0] in "LNM")
        name = "".join(kept).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def test_every_link_leads_somewhere() -> None:
    """Files exist and anchors are headings of theirs; other hosts by https only."""
    checked = 0
    for page in pages():
        for tag in rendered(page).find_all(["a", "img"]):
            address = str(tag.get("href") or tag.get("src"))
            where = f"{page.relative_to(ROOT)}: {address}"
            if re.match(r"[a-z]+:", address):
                assert address.startswith(("https://", "http://127.0.0.1")), where
                continue
            path, _, anchor = address.partition("#")
            target = (page.parent / unquote(path)).resolve() if path else page
            assert target.is_relative_to(ROOT) and target.exists(), where
            if anchor:
                assert anchor in anchors(target), where
            checked += 1
    assert checked > 500


def test_tables_are_well_formed() -> None:
    """Each row has a cell for each column, and none is lost to a bar in a text."""
    checked = 0
    for page in pages():
        lines = [line.strip() for line in page.read_text("utf-8").split("\n")]
        starts = [
            number
            for number, line in enumerate(lines)
            if re.fullmatch(r"\|([ :]-+[ :]\|)+", line)
        ]
        assert len(starts) == len(rendered(page).find_all("table")), page
        for start in starts:
            count = lines[start].count("|")
            row = start - 1
            while lines[row].startswith("|"):
                bars = re.findall(r"(?<!\\)\|", lines[row])
                assert len(bars) == count, f"{page}:{row + 1}"
                row += 1
                checked += 1
            assert lines[start - 2] == "", f"{page}:{start}"
    assert checked > 200


# ----------------------------------------------------------------------- the syllabus


@cache
def rows(track: str) -> list[list[Tag]]:
    """The rows of a track's table, as cells."""
    page = rendered(ROOT / "SYLLABUS.md")
    name = f"{track.capitalize()}, week by week"
    heading = next(h for h in page.find_all("h3") if h.get_text() == name)
    table = heading.find_next("table")
    assert isinstance(table, Tag)
    body = table.find("tbody")
    assert isinstance(body, Tag)
    return [row.find_all("td") for row in body.find_all("tr")]


def row_of(track: Track, week: int) -> list[Tag]:
    found = [row for row in rows(track.slug) if shown(row[0]) == str(week)]
    assert len(found) == 1
    return found[0]


def named(pair: tuple[Track, Stop]) -> str:
    return f"{pair[0].slug}-{pair[1].week}"


@pytest.fixture(params=WEEKS, ids=named)
def week(request: pytest.FixtureRequest) -> tuple[Track, Stop]:
    """Every week of every track."""
    found: tuple[Track, Stop] = request.param
    return found


def tasks_of(stop: Stop) -> list[catalogue.Task]:
    if stop.coming:
        return []
    tasks = catalogue.load(stop.project).tasks
    return [task for task in tasks if task.milestone.slug == stop.milestone]


def test_a_week_has_its_tasks(week: tuple[Track, Stop]) -> None:
    """Each once, in order, with its number, its hours and a link to its page."""
    track, stop = week
    cell = row_of(track, stop.week)[3]
    lines = cell.decode_contents().split("<br/>")
    if stop.coming:
        assert not cell.find("a")
        assert shown(cell) == "Coming: this project is not in the catalogue yet."
        return
    expected = [
        (
            f"{task.number}. {task.title} · {float(task.hours):g} h",
            f"docs/tasks/{stop.project}/{task.number:02}-{task.slug}.md",
        )
        for task in tasks_of(stop)
    ]
    got = []
    for line in lines:
        soup = BeautifulSoup(line, "html.parser")
        link = soup.find("a")
        assert isinstance(link, Tag), line
        got.append((" ".join(soup.get_text().split()), link["href"]))
    # A title may hold Markdown of its own.
    assert got == [(plain(text), href) for text, href in expected]


def test_a_week_has_its_hours(week: tuple[Track, Stop]) -> None:
    """Twelve and a half: those that stand there, and those of its tasks together."""
    track, stop = week
    *_, tasks, hours = row_of(track, stop.week)
    assert shown(hours) == "12.5"
    if not stop.coming:
        summed = re.findall(r"·\s([\d.]+)\sh(?:$|\s\d+\.)", shown(tasks))
        assert sum(map(float, summed)) == 12.5


def test_a_week_has_its_topics(week: tuple[Track, Stop]) -> None:
    """New ones and those that come again, each linked to its documentation."""
    track, stop = week
    cell = row_of(track, stop.week)[1]
    links = [(a.get_text(), a["href"]) for a in cell.find_all("a")]
    known = {*track.assumes}.union(*(s.topics for s in track.stops[: stop.week - 1]))
    ordered = [t for t in stop.topics if t not in known]
    ordered += [t for t in stop.topics if t in known]
    topics = [TOPICS[slug] for slug in ordered]
    assert links[: len(topics)] == [(t.title, t.docs.address) for t in topics]
    assert ("New:" in shown(cell)) == (not known.issuperset(stop.topics))
    assert ("Again:" in shown(cell)) == (not known.isdisjoint(stop.topics))


def test_a_week_has_its_tips(week: tuple[Track, Stop]) -> None:
    """And no tip of another week."""
    track, stop = week
    cell = shown(row_of(track, stop.week)[1])
    assert cell.count("Besides:") == len(stop.tips)
    for tip in stop.tips:
        assert compact(plain(tip)) in compact(cell)


def test_a_week_says_where_to_work(week: tuple[Track, Stop]) -> None:
    """The project and milestone; to bake, to go on, or to wait for."""
    track, stop = week
    text = shown(row_of(track, stop.week)[2])
    assert text.startswith(stop.title)
    for part in (stop.name, stop.what):
        assert plain(part) in text
    earlier = [
        s.week for s in track.stops[: stop.week - 1] if s.project == stop.project
    ]
    if stop.coming:
        assert text.endswith("coming")
    elif earlier:
        assert text.endswith(f"Go on in the repository of week {earlier[-1]}")
    else:
        assert text.endswith(f"Bake it: project={stop.project}")


def test_the_seeds_tips_are_all_placed() -> None:
    """Commit daily, README.md, endpoints and schema; monthly refactoring; reviews."""
    for track in TRACKS.values():
        tips = {stop.week: " ".join(stop.tips).lower() for stop in track.stops}
        assert "commit every day" in tips[1]
        for words in ("readme.md", "document", "endpoint", "schema", "code review"):
            assert any(words in tip for tip in tips.values()), (track.slug, words)
        for month in track.months:
            weeks = [s.week for s in track.stops if s.month == month.number]
            assert any("refactor" in tips[w] for w in weeks), (track.slug, month.number)


@pytest.mark.parametrize("track", TRACKS.values(), ids=TRACKS)
def test_a_month_has_its_goal_and_resources(track: Track) -> None:
    """In the table above its weeks, and under a heading of its own."""
    page = rendered(ROOT / "SYLLABUS.md")
    order = [shown(row[0]) for row in rows(track.slug)]
    wanted = []
    for month in track.months:
        stops = [stop for stop in track.stops if stop.month == month.number]
        wanted += [f"Month {month.number}", *(str(stop.week) for stop in stops)]
        row = rows(track.slug)[order.index(f"Month {month.number}")]
        goal = plain(month.goal)
        assert shown(row[1]).startswith(month.title)
        assert f"Goal: {goal}" in shown(row[1])
        links = [Link(a.get_text(), str(a["href"])) for a in row[3].find_all("a")]
        assert links == [replace(r, text=plain(r.text)) for r in month.resources]
        assert shown(row[4]) == f"{12.5 * len(stops):g}"
        name = f"{track.slug.capitalize()}, month {month.number}: {month.title}"
        heading = next(h for h in page.find_all("h3") if h.get_text() == name)
        text = ""
        for after in heading.find_next_siblings():
            if after.name in ("h2", "h3"):
                break
            text += " " + shown(after)
        assert goal in text
        assert all(plain(resource.text) in text for resource in month.resources)
        for stop in stops:
            assert f"Week {stop.week}, {stop.title}, {plain(stop.name)}:" in text
    assert order == [*wanted, "all"]
    assert shown(rows(track.slug)[-1][4]) == f"{12.5 * len(track.stops):g}"


def test_every_topic_is_listed() -> None:
    """Under its group, with what it builds on and its first week on each track."""
    page = rendered(ROOT / "SYLLABUS.md")
    for group in dict.fromkeys(topic.group for topic in TOPICS.values()):
        heading = next(h for h in page.find_all("h3") if h.get_text() == group)
        table = heading.find_next("table")
        assert isinstance(table, Tag)
        got = [[shown(cell) for cell in row.find_all("td")] for row in table("tr")[1:]]
        wanted = []
        for topic in TOPICS.values():
            if topic.group != group:
                continue
            needs = ", ".join(TOPICS[need].title for need in topic.needs) or "–"
            weeks = []
            for track in TRACKS.values():
                found = [str(s.week) for s in track.stops if topic.slug in s.topics]
                known = ["known before"] if topic.slug in track.assumes else []
                weeks.append([*known, *found, "–"][0])
            wanted.append([topic.title, needs, *weeks])
        assert got == wanted


# -------------------------------------------------------------------- the tasks' pages


def test_pages_of_tasks_tell_the_task_and_no_answer(slug: str) -> None:
    """All of what to do and of the contract; neither hints nor solutions."""
    project = catalogue.load(slug)
    for task in project.tasks:
        page = ROOT / f"docs/tasks/{slug}/{task.number:02}-{task.slug}.md"
        text = page.read_text("utf-8")
        assert task.do in text
        assert all(link.address in text for link in task.docs)
        assert not [hint for hint in task.hints if hint.strip() in text], page
        titles = [TOPICS[topic].title for topic in task.topics]
        line = next(p for p in rendered(page)("p") if shown(p).startswith("Topics:"))
        assert [a.get_text() for a in line("a")] == titles


def test_pages_of_tasks_lead_on(slug: str) -> None:
    """From the first to the last one, and at the end of a week to what comes then."""
    project = catalogue.load(slug)
    here = ROOT / f"docs/tasks/{slug}/01-{project.tasks[0].slug}.md"
    for task in project.tasks:
        assert shown(rendered(here)).count(f"{task.number}. {task.title}") >= 1
        last = [t for t in project.tasks if t.milestone == task.milestone][-1]
        after = [
            (track.slug, following)
            for track, stop in WEEKS
            if (stop.project, stop.milestone) == (slug, task.milestone.slug)
            for following in (*track.stops, None)[stop.week : stop.week + 1]
        ]
        text = shown(rendered(here))
        assert ("a week is done" in text) == (task == last)
        for name, following in after if task == last else ():
            end = "the track ends here"
            if following:
                end = f"week {following.week}, {following.title}: {following.name}"
            assert compact(f"{name.capitalize()}: {end}") in compact(text)
        links = [a for a in rendered(here)("a") if a.find_previous_sibling(string=True)]
        onward = [a for a in links if str(a.previous_sibling).endswith("Next: ")]
        assert len(onward) == (task != project.tasks[-1])
        if onward:
            here = here.parent / str(onward[0]["href"])


# ------------------------------------------------------------------------ the picture


@pytest.fixture(scope="module")
def drawn() -> ElementTree.Element:
    """The picture, as it is read by a strict reader of XML."""
    return ElementTree.parse(ROOT / topics_picture.PICTURE).getroot()


def test_every_topic_and_every_prerequisite_is_drawn(
    drawn: ElementTree.Element,
) -> None:
    """Under one of those it builds on, the rest named beside it or above that one."""
    found = {
        str(g.get("id")).removeprefix("topic-"): g
        for g in drawn.iter(f"{SVG}g")
        if g.get("class") == "topic"
    }
    assert sorted(found) == sorted(TOPICS)
    whole = graph.Graph(TOPICS, TRACKS)
    for slug, topic in TOPICS.items():
        texts = ["".join(text.itertext()) for text in found[slug].iter(f"{SVG}text")]
        own = [t for t in texts if not t.startswith("←") and not t.isdigit()]
        assert " ".join(own) == topic.title
        named = {t.removeprefix("← ") for t in texts if t.startswith("←")}
        parent = whole.parent(slug)
        drawn_to = {TOPICS[parent].title} if parent else set()
        told: set[str] = set()
        for need in topic.needs:
            if TOPICS[need].title in named | drawn_to:
                told |= {need} | whole.above(need)
        assert told >= set(topic.needs), f"{slug}: {topic.needs}, drawn {told}"
        assert named <= {TOPICS[need].title for need in topic.needs}
        title = found[slug].find(f"{SVG}title")
        assert title is not None
        assert all(TOPICS[n].title in str(title.text) for n in topic.needs)
    edges = list(drawn.iter(f"{SVG}path"))
    assert len(edges) == sum(whole.parent(slug) is not None for slug in TOPICS)


def test_marks_tell_the_week_and_what_is_coming(drawn: ElementTree.Element) -> None:
    """The week on the first track; dashed where no project of the catalogue has it."""
    first = next(iter(TRACKS.values()))
    taught = {t for _, stop in WEEKS if not stop.coming for t in stop.topics}
    for g in drawn.iter(f"{SVG}g"):
        if g.get("class") == "topic":
            slug = str(g.get("id")).removeprefix("topic-")
            weeks = [str(stop.week) for stop in first.stops if slug in stop.topics]
            told = [t.text for t in g.iter(f"{SVG}text") if str(t.text).isdigit()]
            assert told == weeks[:1]
            mark = g.find(f"{SVG}rect")
            assert mark is not None
            assert (mark.get("stroke-dasharray") is None) == (slug in taught), slug


def look_at(svg: str, scheme: str, script: str) -> Any:
    """What a script finds in a picture that the browser shows."""
    needed("chromium (on Debian: apt-get install chromium)", bool(look.CHROMIUM))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=look.CHROMIUM, args=look.ARGUMENTS
        )
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_content(f'<body style="margin:0">{svg}')
        found = page.evaluate(script)
        browser.close()
    return found


def boxes(svg: str, scheme: str) -> dict[str, list[Box]]:
    """The boxes of texts, marks and frames as the browser sets them."""
    found: dict[str, list[Box]] = look_at(
        svg,
        scheme,
        """() => {
          const box = e => {
            const r = e.getBoundingClientRect();
            return {l: r.left, t: r.top, r: r.right, b: r.bottom,
                    text: e.textContent, fill: getComputedStyle(e).fill};
          };
          const all = q => [...document.querySelectorAll(q)].map(box);
          return {texts: all('text:not([text-anchor])'),
                  marks: all('rect:not(.frame)'), frames: all('rect.frame'),
                  weeks: all('text[text-anchor]'), whole: all('svg')};
        }""",
    )
    return found


def overlap(a: Box, b: Box) -> bool:
    """Whether two things lie on each other.

    A line's box is higher than its letters: lines may touch by a pixel or two.
    """
    across = min(a["r"], b["r"]) - max(a["l"], b["l"])
    down = min(a["b"], b["b"]) - max(a["t"], b["t"])
    return across > 0 and down > 2.5


def inside(a: Box, b: Box) -> bool:
    return (
        b["l"] <= a["l"] and a["r"] <= b["r"] and b["t"] <= a["t"] and a["b"] <= b["b"]
    )


def check_room(found: dict[str, list[Box]]) -> None:
    """No text on a text or a mark, each inside a frame or above all of them."""
    words, marks = found["texts"], found["marks"]
    for a, b in combinations(words, 2):
        assert not overlap(a, b), (a["text"], b["text"])
    for a in words:
        assert not [m for m in marks if overlap(a, m)], a["text"]
    top = min(frame["t"] for frame in found["frames"])
    for a in [*words, *marks]:
        if a["t"] > top - 5:
            assert any(inside(a, frame) for frame in found["frames"]), a["text"]
        else:
            assert inside(a, found["whole"][0]), a["text"]
    for a in found["weeks"]:
        assert any(inside(a, {**m, "t": m["t"] - 3, "b": m["b"] + 3}) for m in marks)
    for a, b in combinations(found["frames"], 2):
        assert not overlap(a, b)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_can_be_read(scheme: str) -> None:
    """Nothing overlaps or runs out of its frame, and every text has contrast."""
    found = boxes((ROOT / topics_picture.PICTURE).read_text("utf-8"), scheme)
    assert len(found["texts"]) > len(TOPICS)
    check_room(found)
    (ground,) = {frame["fill"] for frame in found["frames"]}
    for text in found["texts"]:
        assert contrast(str(text["fill"]), str(ground)) >= 4.5, text["text"]


@pytest.fixture(scope="module")
def backbone() -> spine.Spine:
    """The topics on which others build."""
    return spine.Spine(graph.Graph(TOPICS, TRACKS))


def test_the_spine_holds_what_several_topics_build_on(backbone: spine.Spine) -> None:
    """All of them; each prerequisite among them is reached by lines, left to right."""
    whole = backbone.graph
    direct = Counter(need for slug in TOPICS for need in whole.needs(slug))
    assert set(backbone.topics) == {slug for slug in TOPICS if direct[slug] >= 2}
    reached: dict[str, set[str]] = {slug: set() for slug in backbone.topics}
    for slug in sorted(backbone.topics, key=lambda slug: backbone.column[slug]):
        for need in backbone.needs[slug]:
            assert backbone.column[need] < backbone.column[slug]
            reached[slug] |= {need} | reached[need]
            for piece in pairwise(backbone.way(need, slug)):
                assert piece in backbone.lines
        assert reached[slug] == whole.above(slug) & set(backbone.topics)
    for slug, count in backbone.building.items():
        assert count == sum(slug in whole.above(other) for other in TOPICS)
    root = ElementTree.parse(ROOT / spine_picture.PICTURE).getroot()
    drawn = [str(g.get("id")) for g in root.iter(f"{SVG}g")]
    assert drawn == [f"spine-{slug}" for slug in backbone.topics]


def test_the_spine_has_few_crossings(backbone: spine.Spine) -> None:
    """Fewer than in the order of the file, by much."""
    plain_order = [sorted(points) for points in backbone.columns]
    assert backbone.crossings(backbone.columns) < backbone.crossings(plain_order) / 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_spine_can_be_read(scheme: str) -> None:
    """Texts stand in their boxes, boxes apart, and no line runs through a box."""
    svg = (ROOT / spine_picture.PICTURE).read_text("utf-8")
    found = look_at(
        svg,
        scheme,
        """() => {
          const box = e => {
            const r = e.getBoundingClientRect();
            return {l: r.left, t: r.top, r: r.right, b: r.bottom,
                    text: e.textContent, fill: getComputedStyle(e).fill};
          };
          const whole = box(document.querySelector('svg'));
          const topics = [...document.querySelectorAll('.topic')].map(g => ({
            box: box(g.querySelector('rect')),
            texts: [...g.querySelectorAll('text')].map(box),
          }));
          const others = [...document.querySelectorAll('svg > text')].map(box);
          const points = [...document.querySelectorAll('path[fill=none]')].map(p => {
            const length = p.getTotalLength();
            return Array.from({length: 41}, (_, i) => {
              const at = p.getPointAtLength(length * i / 40);
              return [at.x, at.y];
            });
          });
          return {whole, topics, others, points};
        }""",
    )
    assert len(found["topics"]) >= 20
    for topic in found["topics"]:
        place = topic["box"]
        for text in topic["texts"]:
            assert inside(text, place), text["text"]
            assert contrast(text["fill"], place["fill"]) >= 4.5, text["text"]
    for a, b in combinations([t["box"] for t in found["topics"]], 2):
        assert not overlap(a, b)
    for a, b in combinations(found["others"], 2):
        assert not overlap(a, b), (a["text"], b["text"])
    for other in found["others"]:
        assert inside(other, found["whole"]), other["text"]
    for line in found["points"]:
        for x, y in line:
            for topic in found["topics"]:
                b = topic["box"]
                within = b["l"] + 1 < x < b["r"] - 1 and b["t"] + 1 < y < b["b"] - 1
                assert not within, (topic["texts"][0]["text"], x, y)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG, each given as rgb(…)."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        line = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        ]
        return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def few(*given: tuple[str, str, tuple[str, ...]]) -> dict[str, Topic]:
    """Topics of one's own: (slug, group, needs); the title is the slug in words."""
    return {
        slug: Topic(
            slug=slug,
            title=slug.replace("-", " "),
            group=group,
            needs=needs,
            docs=Link("x", "https://x"),
            seeds=False,
            real=False,
        )
        for slug, group, needs in given
    }


def one_track(*topics: str) -> dict[str, Track]:
    stop = Stop(1, 1, "p", "P", "Beginner", "m", "M", "w", topics, False, ())
    return {"only": Track("only", "Only", "all", (), (), (stop,))}


def test_what_follows_from_another_prerequisite_is_left_out() -> None:
    """c needs b and a, b needs a: c stands under b, and a is not named beside it."""
    topics = few(
        ("a", "one", ()), ("b", "one", ("a",)), ("c", "one", ("a", "b")),
        ("d", "two", ("a", "c")),
    )  # fmt: skip
    whole = graph.Graph(topics, one_track("a"))
    assert whole.needs("c") == ["b"]
    assert whole.parent("c") == "b" and whole.others("c") == []
    assert whole.parent("d") is None and whole.others("d") == ["c"]
    assert list(whole.walk("one")) == [("a", 0), ("b", 1), ("c", 2)]


def test_long_titles_and_many_prerequisites_find_room() -> None:
    """Titles break between words; names of prerequisites go to lines of their own."""
    wide = "-".join(["WWWWWWWW"] * 9)
    others = tuple(f"another-{'long' * 4}-prerequisite-{i}" for i in range(7))
    topics = few(
        *((other, "others", ()) for other in others),
        ("root", "one", ()),
        *((f"deep-{i}", "one", (f"deep-{i - 1}" if i else "root",)) for i in range(7)),
        (wide, "one", ("deep-6", *others)),
        ("last", "one", ("deep-6",)),
    )
    svg = topics_picture.picture(graph.Graph(topics, one_track(wide)))
    assert "<script" not in svg
    check_room(boxes(svg, "light"))


def test_columns_are_about_equally_high() -> None:
    """About a third of the whole in each; in order where that costs nothing."""
    heights = [190.0, 170, 360, 310, 870, 240, 280, 450, 650, 260, 440]
    chosen = layout.columns(heights)
    assert sorted(i for column in chosen for i in column) == list(range(11))
    assert max(sum(heights[i] for i in c) for c in chosen) <= sum(heights) / 3 * 1.1
    assert layout.columns([100.0] * 6) == [[0, 1], [2, 3], [4, 5]]


# ----------------------------------------------------------------- README.md, a bake's


def test_the_readme_names_tracks_and_the_count_of_projects() -> None:
    page = rendered(ROOT / "README.md")
    text = shown(page)
    known = {stop.project for _, stop in WEEKS}
    assert len(known | set(catalogue.slugs())) == 19
    assert "The roadmap has nineteen projects" in text
    links = {str(a["href"]) for a in page.find_all("a")}
    for track in TRACKS.values():
        assert any(link.startswith(f"SYLLABUS.md#{track.slug}-") for link in links), (
            track.slug
        )
    assert page.find("img", src=spine_picture.PICTURE)


def sections(folder: Path) -> Iterator[tuple[str, list[Tag]]]:
    """What README.md and SPEC.md of a bake say under "Before and after"."""
    for name in ("README.md", "SPEC.md"):
        page = rendered(folder / name)
        heading = next(
            h for h in page.find_all(["h2", "h3"]) if h.get_text() == "Before and after"
        )
        tags = []
        for after in heading.find_next_siblings():
            if after.name in ("h2", "h3"):
                break
            tags.append(after)
        yield name, tags


def test_a_bake_knows_its_place_on_each_track(bake: Bake, slug: str) -> None:
    """The weeks on each track, and those before and after them; and where it is not."""
    for name, tags in sections(bake(slug)):
        by_track = {
            str(tag.find("strong").get_text()): (tag, tag.find_next_sibling())
            for tag in tags
            if tag.name == "p" and tag.find("strong")
        }
        last = shown(tags[-1])
        for track in TRACKS.values():
            own = [stop.week for stop in track.stops if stop.project == slug]
            if not own:
                assert track.title not in by_track
                assert last.startswith("It does not stand on") and track.title in last
                continue
            said, table = by_track[track.title]
            assert [
                int(n) for n in re.findall(r"\d+", shown(said).split(":")[-1])
            ] == own
            assert isinstance(table, Tag) and table.name == "table", name
            got = [[shown(c) for c in row("td")] for row in table("tr")[1:]]
            near = sorted({w + step for w in own for step in (-1, 0, 1)})
            wanted = []
            for week in near:
                if 1 <= week <= len(track.stops):
                    stop = track.stops[week - 1]
                    title = stop.title + (" (coming)" if stop.coming else "")
                    cells = [str(week), title, plain(stop.name), plain(stop.what)]
                    wanted.append(cells)
            assert got == wanted
            bold = [row("td")[1].find("strong") is not None for row in table("tr")[1:]]
            assert bold == [track.stops[int(row[0]) - 1].project == slug for row in got]
