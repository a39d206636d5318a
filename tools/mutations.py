"""Changes a Python text in one place: mutmut's operators, and some for Django's code.

An operator is what it is in mutmut: a function that takes a node of libcst's tree and
gives back the nodes that may stand in its place. One of ours may also give back
libcst's sign that the node is removed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst
import libcst.matchers as m
from mutmut.mutation import mutators

Replacement = cst.CSTNode | cst.RemovalSentinel
Operator = Callable[[Any], Iterable[Replacement]]

# Methods of a queryset that give back a queryset, so that the code runs without them.
FILTERS = frozenset(
    "distinct exclude filter order_by prefetch_related reverse select_for_update "
    "select_related".split()
)
# What a class-based view of Django inherits to turn people away.
GUARDS = frozenset(
    "AccessMixin LoginRequiredMixin PermissionRequiredMixin UserPassesTestMixin".split()
)


@dataclass(frozen=True)
class Mutation:
    """One change: the operator's name, the node, and what stands in its place."""

    operator: str
    node: cst.CSTNode
    replacement: Replacement

    def applied(self, module: cst.Module) -> str | None:
        """The text of the module with this change.

        None where it does not compile, or is the same program.
        """
        changed: cst.CSTNode | cst.RemovalSentinel
        if isinstance(self.replacement, cst.RemovalSentinel):
            changed = module.deep_remove(self.node)
        else:
            changed = module.deep_replace(self.node, self.replacement)
        assert isinstance(changed, cst.Module)
        try:
            tree = ast.parse(changed.code)
            compile(tree, "<mutant>", "exec")
        except (SyntaxError, ValueError):
            return None
        if ast.dump(tree) == ast.dump(ast.parse(module.code)):
            return None
        return changed.code


def mutations(module: cst.Module) -> Iterator[Mutation]:
    """Every change that an operator makes in a module, in the order of the text.

    Import statements and annotations are left alone: each run would notice the first,
    and none the second.
    """
    yield from _mutations(module)


def _mutations(node: cst.CSTNode) -> Iterator[Mutation]:
    if isinstance(node, cst.Annotation | cst.Import | cst.ImportFrom):
        return
    for name, kind, operator in OPERATORS:
        if isinstance(node, kind):
            for replacement in operator(node):
                yield Mutation(name, node, replacement)
    for child in node.children:
        yield from _mutations(child)


# ------------------------------------------------------------------------ our operators


def removed_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """``save()`` → ``pass``; not a docstring, an import, or a name with its type."""
    for part in node.body:
        if isinstance(part, cst.Import | cst.ImportFrom | cst.Pass):
            return
        if isinstance(part, cst.AnnAssign) and part.value is None:
            return
        if isinstance(part, cst.Expr) and isinstance(
            part.value, cst.SimpleString | cst.ConcatenatedString
        ):
            return
    yield node.with_changes(body=[cst.Pass()])


def negated_condition(node: cst.If | cst.While) -> Iterator[cst.CSTNode]:
    """``if ready:`` → ``if not (ready):``; what mutmut turns round itself is left."""
    if isinstance(node.test, cst.Comparison | cst.UnaryOperation):
        return
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(
        test=cst.UnaryOperation(cst.Not(), inner),
        **(
            {"whitespace_before_test": cst.SimpleWhitespace(" ")}
            if isinstance(node, cst.If)
            else {"whitespace_after_while": cst.SimpleWhitespace(" ")}
        ),
    )


def removed_filter(node: cst.Call) -> Iterator[cst.CSTNode]:
    """``posts.filter(author=user)`` → ``posts``."""
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in FILTERS:
        yield node.func.value


def removed_call(node: cst.Call) -> Iterator[cst.CSTNode]:
    """``text.strip()`` → ``text`` and ``escape(text)`` → ``text``."""
    if isinstance(node.func, cst.Attribute) and not node.args:
        if node.func.attr.value not in FILTERS:
            yield node.func.value
    elif isinstance(node.func, cst.Name) and len(node.args) == 1:
        (argument,) = node.args
        if not argument.star and argument.keyword is None:
            yield argument.value


def removed_decorator(node: cst.Decorator) -> Iterator[Replacement]:
    """``@login_required`` is taken away."""
    yield cst.RemoveFromParent()


def removed_guard(node: cst.ClassDef) -> Iterator[cst.CSTNode]:
    """``class Edit(LoginRequiredMixin, UpdateView)`` → ``class Edit(UpdateView)``."""
    for base in node.bases:
        if isinstance(base.value, cst.Name) and base.value.value in GUARDS:
            yield node.with_changes(bases=[b for b in node.bases if b is not base])


def removed_permission(node: cst.Assign) -> Iterator[cst.CSTNode]:
    """``permission_classes = [IsOwner]`` → ``permission_classes = []``."""
    if not m.matches(node.targets[0].target, m.Name("permission_classes")):
        return
    if isinstance(node.value, cst.List | cst.Tuple):
        entries = node.value.elements
        for entry in entries:
            kept = [other for other in entries if other is not entry]
            yield node.with_changes(value=node.value.with_changes(elements=kept))


# Not taken from mutmut: a changed text, which is seen by everybody and promised by
# nobody, and an argument or a value that becomes None, which breaks on the spot.
OPERATORS: tuple[tuple[str, type[cst.CSTNode], Operator], ...] = (
    ("number", cst.BaseNumber, mutators.operator_number),
    ("constant", cst.Name, mutators.operator_name),
    ("keyword", cst.CSTNode, mutators.operator_keywords),
    ("operator", cst.CSTNode, mutators.operator_swap_op),
    ("removed not", cst.UnaryOperation, mutators.operator_remove_unary_ops),
    ("condition", cst.IfExp, mutators.operator_if_exp),
    ("assignment", cst.AugAssign, mutators.operator_augmented_assignment),
    ("case", cst.Match, mutators.operator_match),
    ("condition", cst.If, negated_condition),
    ("condition", cst.While, negated_condition),
    ("removed statement", cst.SimpleStatementLine, removed_statement),
    ("removed call", cst.Call, removed_call),
    ("removed filter", cst.Call, removed_filter),
    ("removed decorator", cst.Decorator, removed_decorator),
    ("swapped permission", cst.ClassDef, removed_guard),
    ("swapped permission", cst.Assign, removed_permission),
)
