"""protocol: docs/protocol.md holds the data model and a conversation."""

import re

import pytest

from acceptance.diagrams import mermaid, relations_in
from acceptance.documents import document, words_of
from acceptance.support import expect, fail

FILE = "docs/protocol.md"
MODELS = [
    "User",
    "Room",
    "Membership",
    "Message",
    "Invitation",
    "Notification",
    "Connection",
]
FRAMES = ["room.open", "message.send", "message.ack", "message.new"]
REASON = "NFR-9: the design is found without running anything"
ARROW = re.compile(r"<?<?--?(?:>>|>|x|\))")


def read(root):
    """(blocks, lines outside), or a sentence."""
    __tracebackhide__ = True
    return document(root, FILE, wanted=f"a file with two diagrams ({REASON})")


def diagram(root, kind):
    """The lines below the first line of a diagram, comments left out."""
    __tracebackhide__ = True
    blocks, _ = read(root)
    found = mermaid(blocks)
    for lines in found:
        if lines and lines[0] == kind:
            return lines[1:]
    begins = [lines[0] if lines else "nothing" for lines in found]
    fail(
        did=f"Read {FILE}",
        wanted=f"a code block of the language mermaid that begins with {kind}",
        got=f"{len(blocks)} code blocks; those of mermaid begin with "
        + (", ".join(begins) or "nothing, for there is none"),
        look=FILE,
    )


@pytest.mark.parametrize("name", MODELS)
def test_names_every_model(root, name):
    """NFR-9: the diagram names the seven models."""
    entities, _ = relations_in(diagram(root, "erDiagram"))
    expect(
        name in entities,
        did=f"Read the erDiagram in {FILE}",
        wanted=f"a model {name}, spelt like this ({REASON})",
        got=f"the diagram names {', '.join(sorted(entities)) or 'none'}",
        look=FILE,
    )


def test_draws_relations(root):
    """NFR-9: a model that nothing leads to cannot be used."""
    _, pairs = relations_in(diagram(root, "erDiagram"))
    expect(
        len(pairs) >= 7,
        did=f"Read the erDiagram in {FILE}",
        wanted="seven relations or more between the models",
        got=f"{len(pairs)}",
        look=f"{FILE}, a line such as Room ||--o{{ Message : holds",
    )


def test_tells_a_conversation(root):
    """NFR-9: who says what, and when."""
    lines = diagram(root, "sequenceDiagram")
    skipped = ("note", "participant", "actor", "autonumber", "title")
    arrows = [
        line
        for line in lines
        if not line.lower().startswith(skipped) and ARROW.search(line.partition(":")[0])
    ]
    expect(
        len(arrows) >= 6,
        did=f"Read the sequenceDiagram in {FILE}",
        wanted="six arrows or more",
        got=f"{len(arrows)}",
        look=f"{FILE}, a line such as Ada->>Server: message.send",
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_the_conversation_uses_the_frames(root, frame):
    """NFR-9: both sides agree on the words."""
    text = "\n".join(diagram(root, "sequenceDiagram"))
    expect(
        frame in text,
        did=f"Read the sequenceDiagram in {FILE}",
        wanted=f"a frame {frame}",
        got="the diagram does not speak of it",
        look=FILE,
    )


def test_answers_the_questions(root):
    """NFR-9: what diagrams cannot say stands in words."""
    _, rest = read(root)
    words = words_of(rest)
    expect(
        len(words) >= 40,
        did=f"Read what stands outside the diagrams in {FILE}",
        wanted="the answers to the questions of step 4, forty words or more",
        got=f"{len(words)} words, headings not counted",
        look=FILE,
    )
