"""review: every question of docs/review.md is answered."""

from acceptance.documents import ReviewTests


class TestReview(ReviewTests):
    """NFR-9: a reader finds the review."""

    reason = "NFR-9: a reader finds the review"
    least = 12, "twelve"
