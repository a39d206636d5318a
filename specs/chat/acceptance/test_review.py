"""review: every question is answered, and the protocol is written down as it became."""

import re

import pytest

from acceptance.chat import document
from acceptance.support import expect, fail

FILE = "docs/review.md"
PROTOCOL = "docs/protocol.md"
HEADING = "## What I would do next"
OPEN, DONE = ("- [ ]", "* [ ]"), ("- [x]", "- [X]", "* [x]", "* [X]")
REASON = "NFR-9: a reader finds the review"
FRAMES = [
    "hello",
    "ping",
    "pong",
    "room.open",
    "room.opened",
    "room.close",
    "room.closed",
    "message.send",
    "message.ack",
    "message.new",
    "room.activity",
    "typing",
    "read",
    "receipt",
    "room.unread",
    "notification.new",
    "notification.unread",
    "presence",
    "error",
]


def lines_of(root):
    """The lines of the review, or a sentence."""
    __tracebackhide__ = True
    file = root / FILE
    if not file.is_file():
        fail(
            did=f"Looked for {FILE}",
            wanted=f"the list of questions ({REASON})",
            got="there is no such file",
            look=FILE,
        )
    return file.read_text(encoding="utf-8").splitlines()


def test_no_box_is_open(root):
    """NFR-9: each question got its yes."""
    found = [line for line in lines_of(root) if line.lstrip().startswith(OPEN)]
    expect(
        not found,
        did=f"Read {FILE}",
        wanted=f"no open box ({REASON})",
        got=f"{len(found)} open, the first is: {found[0].strip() if found else ''}",
        look=FILE,
    )


def test_no_question_is_missing(root):
    """NFR-9: at least fifteen questions are there."""
    found = [line for line in lines_of(root) if line.startswith(DONE)]
    expect(
        len(found) >= 15,
        did=f"Read {FILE}",
        wanted="fifteen boxes - [x] or more, each at the beginning of a line",
        got=f"{len(found)} of them",
        look=FILE,
    )


def test_says_what_comes_next(root):
    """NFR-9: the review ends with sentences of one's own."""
    lines = [line.strip() for line in lines_of(root)]
    if HEADING not in lines:
        fail(
            did=f"Read {FILE}",
            wanted=f"the heading {HEADING}",
            got="it is not there",
            look=FILE,
        )
    section = []
    for line in lines[lines.index(HEADING) + 1 :]:
        if line.startswith(("# ", "## ")):
            break
        section.append(line)
    text = " ".join(section)
    while "<!--" in text:
        before, _, rest = text.partition("<!--")
        text = before + rest.partition("-->")[2]
    words = text.split()
    sentences = [
        word for word in words if word.rstrip("\"')`*_").endswith((".", "!", "?"))
    ]
    expect(
        len(words) >= 20 and len(sentences) >= 3,
        did=f"Read what stands under {HEADING} in {FILE}",
        wanted="at least three sentences, twenty words or more",
        got=f"{len(sentences)} sentences, {len(words)} words",
        look=FILE,
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_the_protocol_names_every_frame(root, frame):
    """NFR-9: whoever writes a second client has only this page."""
    blocks, rest = document(root, PROTOCOL, wanted="the protocol as it became")
    lines = [*rest, *(line for _, block in blocks for line in block)]
    named = re.compile(rf"(?<![\w.]){re.escape(frame)}(?!\w|\.\w)")
    expect(
        any(named.search(line) for line in lines),
        did=f"Read {PROTOCOL}",
        wanted=f"the frame {frame}, spelt like this",
        got="it is not named",
        look=PROTOCOL,
    )


@pytest.mark.parametrize("kind", ["erDiagram", "sequenceDiagram"])
def test_the_diagrams_are_there_still(root, kind):
    """NFR-9: what was planned stays beside what it became."""
    blocks, _ = document(root, PROTOCOL, wanted="the protocol as it became")
    found = [
        next((line.strip() for line in lines if line.strip()), "")
        for language, lines in blocks
        if language == "mermaid"
    ]
    expect(
        kind in found,
        did=f"Read {PROTOCOL}",
        wanted=f"a code block of the language mermaid that begins with {kind}",
        got=f"those of mermaid begin with {', '.join(found) or 'nothing'}",
        look=PROTOCOL,
    )
