"""Makes moto parse the text of an expression once.

moto parses a condition up to four times for each call, and for an update it looks through the parsed expression ten
times. With the long expressions of a block of states, that takes three quarters of the call's time.
"""

import pickle
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions

EXPRESSIONS = 1000
"""How many expressions of each kind are kept."""

# mypy cannot type these modules.
nodes: Any = ast_nodes
UpdateParser: Any = vars(expressions)["UpdateExpressionParser"]

_is_subclass: Any = cache(issubclass)
"""moto's nodes have abstract base classes, for which Python's own `issubclass` is slow."""

_parse_condition = ConditionExpressionParser.parse
_make_update = UpdateParser.make


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
    return _make_update(expression)


def copied(self: Any, _: Any) -> Any:
    """A deep copy in a fifth of the time."""
    return pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - our own


def find_clauses(self: Any, kinds: Sequence[type]) -> list[Any]:
    """Replaces Node.find_clauses."""
    found: list[Any] = []
    for child in self.children or ():
        if type(child) in kinds:
            found.append(child)
        elif _is_subclass(type(child), (nodes.Expression, nodes.UpdateExpressionFunction)):
            found += child.find_clauses(kinds)
    return found


def traverse(self: Any, root: Any) -> Any:
    """Replaces DepthFirstTraverser.traverse."""
    processors: dict[type, Callable[[Any], Any]] = self._processing_map()
    of_kind: dict[type, Callable[[Any], Any] | None] = {}

    def visit(node: Any, place: int) -> Any:
        for position, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, position)
            if _is_subclass(type(child), nodes.Node):
                visit(child, position)
        kind = type(node)
        if kind not in of_kind:
            of_kind[kind] = next((process for one, process in processors.items() if _is_subclass(kind, one)), None)
        process = of_kind[kind]
        if process is None:
            return node
        parent = node.parent
        node = process(node)
        node.parent = parent
        if parent:
            parent.children[place] = node
        return node

    return visit(root, -1)
