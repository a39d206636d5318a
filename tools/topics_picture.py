"""Draws docs/topics.svg: every topic, and what it builds on.

So many topics with as many arrows would be a tangle, so a topic is drawn
under one of those that it builds on, and what else it builds on is named beside it, in
the colour of that group.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from tools import layout
from tools.graph import Graph
from tools.layout import (
    INNER,
    MARGIN,
    PAD,
    PILL,
    SIZE,
    STEP,
    TITLE,
    WIDTH,
    Frame,
    Node,
)
from tools.svg import Words, document, number, text

PICTURE = "docs/topics.svg"
ALTERNATIVE = "Every topic of the catalogue under what it builds on, group by group"


def picture(graph: Graph) -> str:
    """The picture."""
    placed = layout.places(graph)
    height = max(y + frame.height for _, y, frame in placed) + MARGIN
    told = (
        f"{len(graph.topics)} topics in {len(graph.groups)} groups, each under the one "
        "that it builds on. SYLLABUS.md has the same as tables."
    )
    body = list(_legend(graph))
    for x, y, frame in placed:
        body.append(f'<g transform="translate({number(x)} {number(y)})">')
        body += [f"  {line}" for line in _group(graph, frame)]
        body.append("</g>")
    title = "Topics and what they build on"
    return document(title, told, (WIDTH, height), graph.groups, body)


def _legend(graph: Graph) -> Iterator[str]:
    """What the marks mean; only those that occur."""
    first, second = 20, 40
    said = (
        "A topic stands under the one it builds on. ← names what else it builds on, "
        "in the colour of its group."
    )
    yield text(Words(MARGIN, first, said, SIZE))
    elsewhere = set(graph.topics) - set(graph.weeks)
    x = float(MARGIN)
    for week, taught, occurs, said in (
        ("7", True, True, f"first taught in week 7 of {graph.first.slug}"),
        ("", True, elsewhere & graph.taught, "on another track only"),
        ("9", False, True, "in a project that is still to come"),
        ("", False, elsewhere - graph.taught, "the same, on another track only"),
    ):
        if occurs:
            yield _pill(x, second, 0, week, taught=taught)
            words = Words(x + PILL[0] + 6, second + 4, said, SIZE)
            yield text(words)
            x = words.end + 20


def _group(graph: Graph, frame: Frame) -> Iterator[str]:
    index = graph.groups.index(frame.group)
    yield (
        f'<rect class="frame" x="0.5" y="0.5" width="{number(INNER - 1)}" '
        f'height="{number(frame.height - 1)}" rx="6"/>'
    )
    yield text(Words(PAD, 22, frame.group, TITLE, frame.group), index, bold=True)
    at = {node.slug: node for node in frame.nodes}
    # One opacity for all of them: lines that lie on each other are not darker.
    yield f'<g class="s{index}" fill="none" opacity="0.6">'
    for node in frame.nodes:
        parent = graph.parent(node.slug)
        if parent:
            yield f"  {_edge(at[parent], node)}"
    yield "</g>"
    for node in frame.nodes:
        yield f'<g class="topic" id="topic-{node.slug}">'
        yield f"  <title>{escape(_spoken(graph, node.slug))}</title>"
        week = str(graph.weeks.get(node.slug, ""))
        pill = _pill(node.x, node.y, index, week, taught=node.slug in graph.taught)
        yield f"  {pill}"
        for words in node.words:
            group = graph.groups.index(words.group) if words.group else None
            yield f"  {text(words, group)}"
        yield "</g>"


def _spoken(graph: Graph, slug: str) -> str:
    topic = graph.topics[slug]
    needs = ", ".join(graph.topics[need].title for need in topic.needs)
    return f"{topic.title}, builds on {needs}" if needs else topic.title


def _edge(parent: Node, child: Node) -> str:
    """From below a topic's mark down, and to the right to one that builds on it."""
    x, y = parent.x + STEP / 2, parent.y + PILL[1] / 2
    down, right = number(child.y - 4), number(child.x)
    return f'<path d="M{number(x)} {number(y)}V{down}q0 4 4 4H{right}"/>'


def _pill(x: float, y: float, index: int, week: str, *, taught: bool) -> str:
    """A topic's mark with its week; dashed where it is still to come."""
    wide, high = PILL
    kind = f"f{index} s{index}" if taught and week else f"on s{index}"
    dashes = "" if taught else ' stroke-dasharray="2.5 2"'
    mark = (
        f'<rect class="{kind}" x="{number(x)}" y="{number(y - high / 2)}" '
        f'width="{wide}" height="{high}" rx="7"{dashes}/>'
    )
    if not week:
        return mark
    colour = "on" if taught else f"f{index}"
    return mark + (
        f'<text class="{colour}" x="{number(x + wide / 2)}" y="{number(y + 3.4)}" '
        f'font-size="9.5" font-weight="600" text-anchor="middle">{week}</text>'
    )
