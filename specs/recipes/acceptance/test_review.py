"""review: every question of docs/review.md is answered."""

from acceptance.documents import ReviewTests
from acceptance.support import expect


class TestReview(ReviewTests):
    """NFR-12: a reader finds the review."""

    reason = "NFR-12: a reader finds the review"
    least = 15, "fifteen"


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
