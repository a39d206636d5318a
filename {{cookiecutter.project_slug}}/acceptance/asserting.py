"""Which of your tests assert something, as far as their source tells.

`assert True` passes whatever the site does. A test counts as soon as anything in it, or
in a helper or fixture of yours that it uses, can fail for what the site has done.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
# What fails by itself, besides whatever has "assert" in its name.
FAILING = {"raises", "warns", "deprecated_call", "fail"}
# What an expression has to hold to depend on anything.
DEPENDS = (ast.Name, ast.Attribute, ast.Call, ast.Await)


def asserting_nothing(nodes: Iterable[str], folder: Path) -> list[str]:
    """Those tests that assert nothing but constants, in the order given.

    Args:
        nodes: pytest's node IDs, such as ``tests/test_a.py::TestB::test_c[d]``.
        folder: what the IDs are relative to.

    Returns:
        IDs. A test whose source is not found (inherited, or made by a program) is not
        among them.
    """
    nodes = list(nodes)
    files = {node.split("::")[0] for node in nodes}
    roots = {(folder / file).parent for file in files}
    trees = {
        path: tree
        for root in roots
        for path in root.rglob("*.py")
        if (tree := _parsed(path)) is not None
    }
    helpers = _asserting([f for tree in trees.values() for _, f in _functions(tree)])
    found = []
    for node in nodes:
        file, *names = node.split("[")[0].split("::")
        tree = trees.get(folder / file)
        there = dict(_functions(tree)) if tree else {}
        function = there.get(".".join(names))
        if function is not None and not _asserts(function, helpers):
            found.append(node)
    return found


def without_assertion(names: Sequence[str]) -> str:
    """Says of tests that they assert nothing; the first of them is named."""
    first = names[0].split("::")[-1]
    if len(names) == 1:
        return f"1 that asserts nothing ({first})"
    return f"{len(names)} that assert nothing ({first} is one of them)"


def _parsed(path: Path) -> ast.Module | None:
    """The source of a file; None where it cannot be read."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, FunctionNode]]:
    """The functions of a module and its classes, by their dotted names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FunctionNode):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _functions(node, prefix)


def _asserting(functions: list[FunctionNode]) -> set[str]:
    """The names of those functions that assert something, also by another of them."""
    names: set[str] = set()
    while True:
        more = {f.name for f in functions if f.name not in names and _asserts(f, names)}
        if not more:
            return names
        names |= more


def _asserts(function: FunctionNode, helpers: set[str]) -> bool:
    """Whether a function asserts something, itself or by one of these helpers."""
    arguments = function.args
    fixtures = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if any(argument.arg in helpers for argument in fixtures):
        return True
    for node in [part for each in function.body for part in ast.walk(each)]:
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Assert):
            if any(isinstance(part, DEPENDS) for part in ast.walk(node.test)):
                return True
        elif isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, "attr", getattr(called, "id", ""))
            if "assert" in name.lower() or name in FAILING or name in helpers:
                return True
    for decorator in function.decorator_list:
        # @pytest.mark.usefixtures("checked")
        for part in ast.walk(decorator):
            if isinstance(part, ast.Constant) and part.value in helpers:
                return True
    return False
