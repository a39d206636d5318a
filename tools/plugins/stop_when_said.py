"""Ends a run of pytest once a failure says what is waited for (`PATH_SAYS`).

Loaded with ``-p`` into a learner's environment, where nothing else of ours is.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Asks for no further test after the one that has said it."""
    report = yield
    if report.failed and call.excinfo is not None:
        text = " ".join(str(call.excinfo.value).split())
        if os.environ["PATH_SAYS"] in text:
            item.session.shouldstop = "it was said"
    return report
