"""What the pages say of other software: the register, its quotations, each claim."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from djangopath.errors import SpecError
from tests.common import needed
from tools import claims
from tools.claims import Claim, Quote

CLAIMS = claims.claims()
PROGRAMS = [claim for claim in CLAIMS if claim.program]
GOOD = """claims:
  - slug: logout-refuses-get
    claim: A sentence.
    check: sites
    packages: [django]
    said: []
    why: nobody says it
"""


@pytest.mark.parametrize("claim", PROGRAMS, ids=lambda claim: claim.slug)
def test_the_claim_holds(claim: Claim) -> None:
    """What is true of the pinned version was seen, and is seen again."""
    needed(claim.missing or "nothing", not claim.missing)
    outcome = claims.check(claim)
    assert not outcome.seen, f"{claim.slug}\n{outcome.report}"


def test_every_quotation_is_there() -> None:
    """A page that says something else is noticed here."""
    quotes = [quote for claim in CLAIMS for quote in claim.said]
    gone = [f"{q.where}: not in {q.file}: {q.text}" for q in quotes if not q.found]
    assert not gone, "\n".join(gone)


def test_the_register_has_forty_claims() -> None:
    """As many as there have to be at least."""
    assert len(CLAIMS) >= 40


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_program_is_left_out() -> None:
    """Each function of a program is a claim, or another function there uses it."""
    for file in sorted(claims.PROGRAMS.glob("*.py")):
        named = {claim.function for claim in PROGRAMS if claim.program == file.stem}
        assert named <= claims._functions(file), file.name
        if file.stem == "support":
            continue  # what the others import
        text = file.read_text(encoding="utf-8")
        functions = {
            node.name for node in ast.parse(text).body if isinstance(node, FUNCTION)
        }
        # By its name, or in a text that names it to Django.
        used = {name for name in functions if len(re.findall(rf"\b{name}\b", text)) > 1}
        assert functions - named - used == set(), file.name


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("check: sites", "check: nowhere", 4, "there is no specs/claims/nowhere.py"),
        ("check: sites", "check: stores", 4, "has no function logout_refuses_get"),
        ("check: sites", "test: tests/test_claims.py::test_no", 4, "has no test"),
        ("check: sites", "test: tests/gone.py::test_no", 4, "there is no file"),
        ("    check: sites\n", "", 2, "either `check` or `test`"),
        ("[django]", "[flask]", 5, "no project pins flask"),
        ("    why: nobody says it\n", "", 6, "`why` has to say why"),
        ("slug: logout-refuses-get", "slug: Log Out", 2, "expected a slug"),
        ("why:", "needs: [oracle]\n    why:", 7, "expected one of chromium"),
        ("why:", "who:", 7, "unknown key"),
        ("said: []", "said: [{file: gone.md, text: some words}]", 6, "no file gone.md"),
        ("said: []", "said: [{file: README.md, text: a}]", 6, "expected 8 to 80"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    """The sentence names the file and the line."""
    register = tmp_path / "claims.yaml"
    assert old in GOOD
    register.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        claims.claims(register)
    message = str(caught.value)
    assert f"claims.yaml, line {line}: " in message and says in message, message
    assert "\n" not in message


def test_no_slug_stands_twice(tmp_path: Path) -> None:
    """A second claim of one name is refused where it stands."""
    register = tmp_path / "claims.yaml"
    register.write_text(GOOD + GOOD.removeprefix("claims:\n"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"line 8: .*a second claim is called"):
        claims.claims(register)


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Claim:
    """A claim that does not hold, said by the README."""
    programs = tmp_path / "programs"
    programs.mkdir()
    support = (claims.PROGRAMS / "support.py").read_text(encoding="utf-8")
    (programs / "support.py").write_text(support, encoding="utf-8")
    (programs / "sums.py").write_text(
        "from support import same\n"
        "def two_and_two_is_five():\n    same(2 + 2, 5, 'two and two')\n"
        "def two_and_two_breaks():\n    raise ValueError('no sum')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(claims, "PROGRAMS", programs)
    monkeypatch.setattr(claims.check, "__defaults__", (programs,))
    quote = Quote("README.md", "Cookiecutter", "claims.yaml, line 9")
    text = "Two and two is five."
    return Claim("two-and-two-is-five", text, (), (), (quote,), "sums", "")


def test_a_false_claim_is_told_with_its_pages(
    wrong: Claim, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was claimed, what was seen, and where it is said."""
    assert claims.run([wrong]) == 1
    said = capsys.readouterr().out
    for text in (
        "NOT SO   two-and-two-is-five",
        "claim: Two and two is five.",
        "seen:  two and two: 4, and the claim has 5",
        f'README.md, line {wrong.said[0].line}: "Cookiecutter"',
        "0 claims hold, 1 do not.",
    ):
        assert text in said, said


def test_a_check_that_breaks_is_told(wrong: Claim) -> None:
    """An error that is no answer is a failure as well."""
    broken = dataclasses.replace(wrong, slug="two-and-two-breaks")
    seen = claims.check(broken).seen
    assert "the check broke" in seen and "ValueError: no sum" in seen


def test_a_missing_server_is_counted(
    wrong: Claim, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not tried is not held; in CI it is a failure."""
    monkeypatch.setitem(claims.NEEDS, "nginx", ("nginx", lambda: False))
    claim = dataclasses.replace(wrong, needs=("nginx",))
    assert claims.run([claim]) == 0
    assert "0 claims hold, 0 do not, 1 were not tried." in capsys.readouterr().out
    assert claims.run([claim], strict=True) == 1
    assert "nginx is not here, and CI has to have it" in capsys.readouterr().out
