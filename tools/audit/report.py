"""What one check of the audit has to say, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Section:
    """The outcome of one check.

    Attributes:
        title: what was checked.
        head: the names of the columns.
        rows: the table, a cell for each column.
        findings: a sentence for everything that has to be mended.
        not_checked: a sentence for everything that could not be looked at here.
    """

    title: str
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The section as plain text."""
        yield self.title
        yield "=" * len(self.title)
        if self.rows:
            yield from table(self.head, self.rows)
        for text in self.not_checked:
            yield f"not checked: {text}"
        for text in self.findings:
            yield f"finding: {text}"
        if not (self.rows or self.not_checked or self.findings):
            yield "nothing to check"
        yield ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A plain table; each column is as wide as its longest cell, the last is free."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head) - 1)]
    lines.insert(1, ["-" * width for width in widths] + ["-" * len(head[-1])])
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        yield "  ".join([*cells, line[-1]]).rstrip()


def exit_code(sections: Iterable[Section], *, whole: bool = False) -> int:
    """1 where any section has a finding.

    Args:
        whole: what was not checked counts as a finding.
    """
    return int(any(s.findings or (whole and s.not_checked) for s in sections))
