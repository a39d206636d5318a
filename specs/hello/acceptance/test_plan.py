"""plan: `docs/plan.md` says what will be built."""

from acceptance.documents import lines_of
from acceptance.support import expect, fail, fold

PLAN = "docs/plan.md"
QUESTION = "two or three sentences: who opens this site, and what do they want to know?"


def section(root, heading):
    """The text below a heading of the plan, up to the next one; or a sentence."""
    found, inside, fenced = [], False, False
    for line in lines_of(root, PLAN, wanted="the plan of the site"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if line.startswith("#") and not fenced:
            if inside:
                break
            inside = line.lstrip("# ").strip().lower() == heading.lower()
        elif inside:
            found.append(line)
    if not inside:
        fail(
            did=f"Read {PLAN}",
            wanted=f"the heading ## {heading}",
            got="it is not there",
            look=PLAN,
        )
    return "\n".join(found)


def expect_names(root, heading, names, *, wanted):
    """A section of the plan that holds each of these texts; or a sentence."""
    text = section(root, heading).lower()
    missing = [name for name in names if name.lower() not in text]
    expect(
        not missing,
        did=f"Read {PLAN}, {heading}",
        wanted=wanted,
        got=f"there is no {' and no '.join(missing)}",
        look=f"{PLAN}, {heading}",
    )


def test_says_who_the_visitors_are(root):
    """The plan names its readers in the learner's own words."""
    words = fold(section(root, "Visitors")).lower().replace(QUESTION, "").split()
    expect(
        len(words) >= 15,
        did=f"Read {PLAN}, Visitors",
        wanted="fifteen words or more of your own: who opens the site, and why",
        got=f"{len(words)} words" if words else "nothing but the question",
        look=f"{PLAN}, Visitors",
    )


def test_lists_the_pages(root):
    """FR-1, FR-2, FR-3: the plan knows each kind of page."""
    expect_names(
        root,
        "Pages",
        ["/places/<slug>/", "404"],
        wanted="the paths / and /places/<slug>/, and the 404 of an unknown address",
    )
    text = section(root, "Pages").replace("`", " ").replace("|", " ")
    expect(
        "/" in text.split(),
        did=f"Read {PLAN}, Pages",
        wanted="the home page / among the pages",
        got="the path / does not stand there by itself",
        look=f"{PLAN}, Pages",
    )


def test_names_what_a_place_holds(root):
    """The plan names the five fields of a place."""
    expect_names(
        root,
        "A place",
        ["name", "slug", "kind", "minutes", "note"],
        wanted="name, slug, kind, minutes and note",
    )


def test_holds_what_http_said(root):
    """The plan records the three answers of the server."""
    lines = section(root, "What HTTP said").splitlines()
    for path, status in (("/", "200"), ("/healthz", "301"), ("/nowhere/", "404")):
        words = [line.replace("`", " ").replace("|", " ").split() for line in lines]
        bare = [[word.strip(":,;.()") for word in line] for line in words]
        about = [line for line in bare if path in line]
        look = f"{PLAN}, What HTTP said"
        expect(
            about,
            did=f"Read {look}",
            wanted=f"a line for {path} with the status that curl showed",
            got=f"no line names {path}",
            look=look,
        )
        expect(
            any(status in line for line in about),
            did=f"Read {look}",
            wanted=f"the status of {path}, as curl -i shows it in its first line",
            got="the line names another status, or none",
            look=look,
        )


def test_draws_the_journey_of_a_request(root):
    """The plan holds a Mermaid diagram of a request's way."""
    text = section(root, "The journey of a request")
    look = f"{PLAN}, The journey of a request"
    start = text.find("```mermaid")
    if start < 0:
        fail(
            did=f"Read {look}",
            wanted="a block that begins with ```mermaid",
            got="there is none",
            look=look,
        )
    diagram = text[start + len("```mermaid") :].split("```")[0].lower()
    names = {
        "browser": "the browser",
        "url": "the URLs",
        "view": "the view",
        "model": "the model",
        "template": "the template",
    }
    missing = [said for name, said in names.items() if name not in diagram]
    expect(
        not missing,
        did=f"Read the diagram in {look}",
        wanted="the browser, the URLs, the view, the model and the template in it",
        got=f"it does not name {' nor '.join(missing)}",
        look=look,
    )
