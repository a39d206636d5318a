"""review: every question is answered, and the protocol is written down as it became."""

import re

import pytest

from acceptance.documents import ReviewTests, document
from acceptance.support import expect

PROTOCOL = "docs/protocol.md"
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


class TestReview(ReviewTests):
    """NFR-9: a reader finds the review."""

    reason = "NFR-9: a reader finds the review"
    least = 15, "fifteen"


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
