"""data-model: docs/data-model.md holds an entity-relationship diagram."""

import pytest

from acceptance.support import expect, fail

FILE = "docs/data-model.md"
MODELS = [
    "User",
    "Profile",
    "Category",
    "Recipe",
    "Ingredient",
    "Step",
    "Comment",
    "Rating",
]
RELATIONS = [
    ("User", "Profile"),
    ("User", "Recipe"),
    ("Category", "Recipe"),
    ("Recipe", "Ingredient"),
    ("Recipe", "Step"),
    ("Recipe", "Comment"),
    ("Recipe", "Rating"),
]
REASON = "NFR-12: the data model is found without running anything"


def read(root):
    """(lines of the diagram, lines of the rest), or a sentence."""
    __tracebackhide__ = True
    file = root / FILE
    if not file.is_file():
        fail(
            did=f"Looked for {FILE}",
            wanted=f"a file with the diagram of the data model ({REASON})",
            got="there is no such file",
            look=FILE,
        )
    blocks, rest = [], []
    fence, block = "", []
    for line in file.read_text(encoding="utf-8").splitlines():
        mark = line.strip()
        if fence:
            if mark and set(mark) == {fence[0]} and len(mark) >= len(fence):
                blocks.append(block)
                fence = ""
            else:
                block[1].append(line)
        elif mark.startswith(("```", "~~~")):
            word = mark.lstrip(mark[0]).strip()
            fence, block = mark[0] * (len(mark) - len(mark.lstrip(mark[0]))), [word, []]
        else:
            rest.append(line)
    if fence:
        blocks.append(block)
    mermaid = [
        lines for word, lines in blocks if word.lower().split()[:1] == ["mermaid"]
    ]
    if not mermaid:
        fail(
            did=f"Read {FILE}",
            wanted=f"a code block whose language is mermaid ({REASON})",
            got=f"{len(blocks)} code blocks, none of them mermaid",
            look=FILE,
        )
    for lines in mermaid:
        told = [line.strip() for line in lines]
        told = [line for line in told if line and not line.startswith("%%")]
        if told and told[0] == "erDiagram":
            return told[1:], rest
    fail(
        did=f"Read the mermaid block of {FILE}",
        wanted="a first line that says erDiagram",
        got="; ".join(repr((lines or [""])[0].strip()) for lines in mermaid),
        look=FILE,
    )


def names_in(side):
    """The names that one entity goes by: its own, and an alias in square brackets."""
    own, _, alias = side.strip().partition("[")
    own = own.partition(":::")[0]
    found = [own, alias.rstrip("] ")]
    return {name.strip().strip('"').strip() for name in found} - {""}


def parsed(lines):
    """(names of entities, pairs of names that a line joins)."""
    entities, pairs = set(), []
    inside = False
    for line in lines:
        if inside:
            inside = "}" not in line
            continue
        ends = line.partition(":")[0] if ":::" not in line else line.rpartition(":")[0]
        mark = next((found for found in ("--", "..") if found in ends), "")
        words = ends.split()
        if mark:
            left, _, right = ends.partition(mark)
            sides = left.rstrip()[:-2], right.lstrip()[2:]
        elif "to" in words[1:-1]:
            sides = words[0], words[-1]
        else:
            entities |= names_in(line.partition("{")[0])
            inside = "{" in line and "}" not in line
            continue
        pair = names_in(sides[0]), names_in(sides[1])
        pairs.append(pair)
        entities |= pair[0] | pair[1]
    return entities, pairs


def test_holds_a_diagram(root):
    """NFR-12: the file holds a Mermaid erDiagram."""
    lines, _ = read(root)
    expect(
        lines,
        did=f"Read the diagram in {FILE}",
        wanted="entities and relations below the line erDiagram",
        got="nothing stands below it",
        look=FILE,
    )


@pytest.mark.parametrize("name", MODELS)
def test_names_every_model(root, name):
    """NFR-12: the diagram names the eight models."""
    entities, _ = parsed(read(root)[0])
    expect(
        name in entities,
        did=f"Read the diagram in {FILE}",
        wanted=f"a model {name}, spelt like this ({REASON})",
        got=f"the diagram names {', '.join(sorted(entities)) or 'none'}",
        look=FILE,
    )


@pytest.mark.parametrize(("one", "other"), RELATIONS)
def test_draws_every_relation(root, one, other):
    """NFR-12: the diagram joins the models that belong together."""
    _, pairs = parsed(read(root)[0])
    joined = [(" ".join(sorted(a)), " ".join(sorted(b))) for a, b in pairs]
    expect(
        any({one, other} == {*pair} for pair in joined)
        or any(
            (one in a and other in b) or (other in a and one in b) for a, b in pairs
        ),
        did=f"Read the diagram in {FILE}",
        wanted=f"a relation between {one} and {other} ({REASON})",
        got="relations between "
        + (", ".join(f"{a} and {b}" for a, b in joined) or "nothing"),
        look=f"{FILE}, a line such as {one} ||--o{{ {other} : …",
    )


def test_answers_the_questions(root):
    """NFR-12: what the diagram cannot say stands in words."""
    _, rest = read(root)
    words = [
        word
        for line in rest
        if not line.lstrip().startswith("#")
        for word in line.split()
    ]
    expect(
        len(words) >= 40,
        did=f"Read what stands outside the diagram in {FILE}",
        wanted="the answers to the questions of step 5, forty words or more",
        got=f"{len(words)} words, headings not counted",
        look=FILE,
    )
