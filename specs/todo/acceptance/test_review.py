"""review: every question of docs/review.md has its answer."""

from acceptance.documents import ReviewTests


class TestReview(ReviewTests):
    """NFR-8: the review is found in the repository."""

    reason = "NFR-8: the review is found in the repository"
    least = 12, "twelve"
