"""read-client: docs/client.md says how the given client works."""

import pytest

from acceptance.documents import document, uncommented, words_of
from acceptance.support import expect

FILE = "docs/client.md"
HEADINGS = [
    "Reconnecting",
    "The outbox",
    "Nothing twice",
    "What is escaped",
    "For a screen reader",
    "What would break",
]
REASON = "NFR-9: whoever changes the protocol knows the other side"


def sections(root):
    """{heading: lines below it, up to the next one}, or a sentence."""
    __tracebackhide__ = True
    _, rest = document(root, FILE, wanted=f"a file with six headings ({REASON})")
    found, name = {}, ""
    for text in uncommented("\n".join(rest)).splitlines():
        if text.startswith(("# ", "## ")):
            name = text.strip() if text.startswith("## ") else ""
        elif name:
            found.setdefault(name, []).append(text)
        if name:
            found.setdefault(name, [])
    return found


@pytest.mark.parametrize("heading", HEADINGS)
def test_has_the_heading(root, heading):
    """NFR-9: each question is found by its heading."""
    found = sections(root)
    expect(
        f"## {heading}" in found,
        did=f"Read {FILE}",
        wanted=f"the heading ## {heading}, spelt like this",
        got=f"headings: {', '.join(found) or 'none'}",
        look=FILE,
    )


@pytest.mark.parametrize("heading", HEADINGS)
def test_answers_below_it(root, heading):
    """NFR-9: in words of one's own, code and headings not counted."""
    words = words_of(sections(root).get(f"## {heading}", []))
    expect(
        len(words) >= 15,
        did=f"Read what stands under ## {heading} in {FILE}",
        wanted="an answer of fifteen words or more",
        got=f"{len(words)} words",
        look=FILE,
    )
