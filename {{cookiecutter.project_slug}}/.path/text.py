"""How answers are written: sentences, fields, headings, bars that fit a terminal."""

from __future__ import annotations

import codecs
import os
import re
import sys
from typing import IO, Any

import click


class Trouble(click.ClickException):
    """What goes wrong and can be put right: a sentence and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the sentence, without click's "Error:"."""
        click.echo(wrapped(plain(self.message)), file=file or sys.stderr)


# What every encoding has in place of the signs that are written here and on the pages.
_LEGIBLE = str.maketrans("·…→←–—━─•│┃▌‘’“”✓×", "-.><--=-*|||''\"\"vx")


def legible(error: UnicodeError) -> tuple[str, int]:
    """Text that a terminal cannot show, as far as ASCII has something like it.

    One sign for one, since lines are measured before they are written. It is the error
    handler of this name.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_LEGIBLE)
    return text.encode("ascii", "replace").decode("ascii"), error.end


codecs.register_error("legible", legible)


def count(number: float, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def columns() -> int:
    """The width to write to: the terminal's, but no wider than reads well."""
    width = os.environ.get("COLUMNS", "")[:4]
    if not width.isdecimal() or int(width) == 0:
        try:
            width = str(os.get_terminal_size(1).columns or 80)
        except OSError:
            width = "80"
    return max(24, min(int(width), 88))


def plain(text: object) -> str:
    """Text without control characters, which could steer a terminal."""
    kept = str(text).expandtabs(4).replace("\r\n", "\n")
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", kept)


def shortened(text: object, most: int) -> str:
    """Text in one line of at most so many characters, cut between two words."""
    line = " ".join(plain(text).split())
    if len(line) <= most:
        return line
    words, space, _ = line[: max(most, 1)].rpartition(" ")
    # Between words, unless one is so long that little would be left.
    short = space and len(words) > most // 2
    return (words if short else line[: max(most - 1, 1)]) + "…"


def wrapped(text: str, indent: str = "") -> str:
    """Text in lines that fit the terminal; indented and list lines stay whole."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(("  ", "- [")):
            lines.append(indent + line)
            continue
        current = ""
        for word in line.split():
            if current and len(indent + current) + 1 + len(word) > columns():
                lines.append(indent + current)
                current = word
            else:
                current = f"{current} {word}" if current else word
        lines.append(indent + current if current else "")
    return "\n".join(lines)


def field(label: str, text: object, size: int = 6, most: int = 12) -> str:
    """One labelled entry; its further lines stand under the first."""
    head = f"  {click.style(label, fg='cyan')}{' ' * (size - len(label))}  "
    indent = " " * (size + 4)
    lines = wrapped(plain(text).strip(), indent).splitlines() or [indent]
    if len(lines) > most:
        lines = [*lines[:most], f"{indent}…"]
    return "\n".join([head + lines[0][size + 4 :], *lines[1:]])


def header(left: str, right: str, colour: str) -> str:
    """A heading with a verdict at the right edge, or under it where it is narrow."""
    left = shortened(left, 200)
    room = columns() - len(left) - len(right)
    gap = " " * room if room >= 2 else "\n"
    left = left if room >= 2 else wrapped(left)
    return click.style(left, bold=True) + gap + click.style(right, fg=colour, bold=True)


def bar(share: float) -> str:
    """A progress bar; full only when all is done."""
    size = min(30, columns() - 4)
    full = size if share >= 1 else min(int(share * size + 0.5), size - 1)
    done, left = "━─"
    try:
        "━─".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        done, left = "#-"
    rest = click.style(left * (size - full), dim=True)
    return click.style(done * full, fg="green") + rest


def set_out(markdown: str) -> str:
    """Markdown as it is printed: set out in a terminal, as it stands elsewhere."""
    if not sys.stdout.isatty():
        return plain(markdown).rstrip("\n")
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    page = Markdown(plain(markdown), code_theme="ansi_dark", hyperlinks=False)
    # Rich's own code style paints a black box, also into light terminals.
    console = Console(width=columns(), theme=Theme({"markdown.code": "cyan"}))
    with console.capture() as captured:
        console.print(page)
    return captured.get().rstrip("\n")
