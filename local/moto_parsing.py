"""Makes moto parse the text of an expression once.

moto parses a condition up to four times for each call, and an update twice. With the long expressions of a block of
states, that takes half of the call's time.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions

EXPRESSIONS = 1000
"""How many expressions of each kind are kept."""

# mypy cannot type these modules.
nodes: Any = ast_nodes
UpdateParser: Any = vars(expressions)["UpdateExpressionParser"]

_parse_condition = ConditionExpressionParser.parse
_make_update = UpdateParser.make
_find_clauses = nodes.Node.find_clauses

_kept: WeakSet[Any] = WeakSet()
"""Parsed updates that are never changed, so what is found in them can be cached."""


class _Anything(dict[str, Any]):
    """Contains a value for every name."""

    def __missing__(self, name: str) -> dict[str, str]:
        return {"S": name}


class _OfTree(ConditionExpressionParser):
    """Builds a condition from a tree that was parsed without the values."""

    def _make_operand(self, node: Any) -> Any:
        if node.kind == self.Kind.EXPRESSION_ATTRIBUTE_VALUE:
            return AttributeValue((self.expression_attribute_values or {})[node.text])
        return super()._make_operand(node)


class _Tree(ConditionExpressionParser):
    """Keeps the tree from which moto builds the condition."""

    def _make_op_condition(self, node: Any) -> Any:
        self.root = node
        return None


def parse_condition(self: ConditionExpressionParser) -> Any:
    """Replaces ConditionExpressionParser.parse."""
    if not self.condition_expression:
        return _parse_condition(self)
    names, values = self.expression_attribute_names, self.expression_attribute_values
    try:
        tree = _tree(self.condition_expression, tuple((names or {}).items()))
        condition = _OfTree(None, names, values)._make_op_condition(tree.root)
    except Exception:  # moto's own error says what is wrong
        return _parse_condition(self)
    self.expr_attr_names_found.extend(tree.expr_attr_names_found)
    self.expr_attr_values_found.extend(tree.expr_attr_values_found)
    return condition


@lru_cache(EXPRESSIONS)
def _tree(expression: str, names: tuple[tuple[str, str], ...]) -> _Tree:
    tree = _Tree(expression, dict(names), _Anything())
    _parse_condition(tree)
    return tree


@lru_cache(EXPRESSIONS)
def make_update(expression: str) -> Any:
    """Replaces UpdateExpressionParser.make. moto changes only copies of what this returns."""
    made = _make_update(expression)
    _kept.add(made)
    return made


def find_clauses(self: Any, kinds: Sequence[type]) -> list[Any]:
    """Replaces Node.find_clauses."""
    return list(_clauses(self, tuple(kinds))) if self in _kept else _find_clauses(self, kinds)


@lru_cache(EXPRESSIONS)
def _clauses(expression: Any, kinds: tuple[type, ...]) -> list[Any]:
    found: list[Any] = _find_clauses(expression, kinds)
    return found
