"""review: every question of docs/review.md is answered."""

from acceptance.support import expect, fail

FILE = "docs/review.md"
HEADING = "## What I would do next"
OPEN, DONE = ("- [ ]", "* [ ]"), ("- [x]", "- [X]", "* [x]", "* [X]")
REASON = "NFR-12: a reader finds the review"


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
    """NFR-12: each question got its yes."""
    found = [line for line in lines_of(root) if line.lstrip().startswith(OPEN)]
    expect(
        not found,
        did=f"Read {FILE}",
        wanted=f"no open box ({REASON})",
        got=f"{len(found)} open, the first is: {found[0].strip() if found else ''}",
        look=FILE,
    )


def test_no_question_is_missing(root):
    """NFR-12: at least fifteen questions are there."""
    found = [line for line in lines_of(root) if line.startswith(DONE)]
    expect(
        len(found) >= 15,
        did=f"Read {FILE}",
        wanted="fifteen boxes - [x] or more, each at the beginning of a line",
        got=f"{len(found)} of them",
        look=FILE,
    )


def test_says_what_comes_next(root):
    """NFR-12: the review ends with sentences of one's own."""
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


def test_the_diagram_is_up_to_date(root):
    """NFR-12: what came later stands in it as well."""
    file = root / "docs/data-model.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    blocks = [part.partition("```")[0] for part in text.split("```mermaid")[1:]]
    names = (
        "User Profile Category Recipe Ingredient Step Comment Rating OldSlug Follow"
    ).split()
    known = {word.strip('{}|"') for block in blocks for word in block.split()}
    missing = [name for name in names if name not in known]
    expect(
        not missing,
        did="Read the diagram in docs/data-model.md",
        wanted=f"all models: {', '.join(names)}",
        got=f"without {', '.join(missing)}",
        look="docs/data-model.md",
    )
