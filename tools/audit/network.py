"""What tells a network that is not there from a program that fails."""

from __future__ import annotations

import re

# The last line of pip-audit where its service did not answer: requests' own errors, and
# pip-audit's word for a connection that is not made.
_PIP_AUDIT = re.compile(
    r"requests\.exceptions\.(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError"
    r"|ChunkedEncodingError)\b|ERROR:pip_audit\._cli:Tip: your network may be blocking"
)
_PIP_AUDIT_SERVER = re.compile(
    r"(?m)^requests\.exceptions\.HTTPError: 5\d\d Server Error"
)
# Git hands on what curl says.
_GIT = re.compile(
    r"Could not resolve (host|proxy)|Failed to connect|[Tt]imed? ?out|Connection reset"
    r"|Connection refused|Recv failure|Send failure|Empty reply from server|early EOF"
    r"|CONNECT tunnel failed|from proxy after CONNECT|Proxy CONNECT aborted"
    r"|returned error: 5\d\d"
)


class NoAnswer(Exception):
    """A service cannot be asked from here; the message says why."""


def without_answer(program: str, said: str) -> bool:
    """Whether a program failed for want of a network, or of a server that works.

    Args:
        program: ``pip-audit`` or ``git``.
        said: what it wrote to its standard error.
    """
    if program == "git":
        return bool(_GIT.search(said))
    last = (said.strip().splitlines() or [""])[-1]
    if last.endswith(".ServiceError"):
        return bool(_PIP_AUDIT_SERVER.search(said))
    return bool(_PIP_AUDIT.match(last))
