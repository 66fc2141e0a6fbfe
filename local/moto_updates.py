"""Makes moto validate and resolve an update without copying its parsed expression and traversing it ten times.

Checks that depend only on the expression run once. Each call resolves only paths and values, with moto's own methods.
Updates that fail or are unusual are passed on to moto itself; nothing has been changed by then.
"""

import copy
from functools import lru_cache
from typing import Any

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators

from local.moto_parsing import EXPRESSIONS, nodes

ACTIONS = (
    nodes.UpdateExpressionSetAction,
    nodes.UpdateExpressionAddAction,
    nodes.UpdateExpressionRemoveAction,
    nodes.UpdateExpressionDeleteAction,
)

Names = dict[str, str]
Values = dict[str, dict[str, Any]]


class DirectValidator(validators.UpdateExpressionValidator):
    """Replaces UpdateExpressionValidator. Does not change the expression, as later calls use it again."""

    def __init__(
        self,
        expression: Any,
        expression_attribute_names: Names,
        expression_attribute_values: Values,
        item: Item,
        table: Table,
    ) -> None:
        self._given = expression, expression_attribute_names, expression_attribute_values, item, table

    def validate(self) -> Any:
        """Returns an expression for moto's executor."""
        try:
            return _resolved(*self._given)
        except Exception:  # moto's own error says what is wrong
            super().__init__(*self._given)
            return super().validate()


class _Unusual(Exception):
    """Raised for expressions that only moto itself can resolve."""


def _resolved(expression: Any, names: Names, values: Values, item: Item, table: Table) -> Any:
    _check_names(expression, tuple((names or {}).items()), tuple(table.table_key_attrs))
    resolve = _Resolver(names, values, item)
    type_of_key = validators.TypeMismatchValidator(table.attr)
    text_of_key = validators.EmptyStringKeyValueValidator(table.attribute_keys)
    resolved = nodes.UpdateExpression()
    resolved.children = []  # passed to the constructor, nodes of `expression` would get another parent
    for action in expression.find_clauses(ACTIONS):
        made = resolve.action(action)
        if type(made) is nodes.UpdateExpressionSetAction:
            type_of_key.check_for_type_mismatch(made)
            text_of_key.check_for_empty_string_key_value(made)
        resolved.children.append(made)
    return resolved


@lru_cache(EXPRESSIONS)
def _check_names(expression: Any, names: tuple[tuple[str, str], ...], keys: tuple[str, ...]) -> None:
    """Raises moto's errors about which attributes the actions change."""
    for validator in (
        validators.ActionCountValidator(),
        validators.OverlappingPathsValidator(dict(names)),
        validators.UpdateHashRangeKeyValidator(list(keys), dict(names)),
    ):
        validator.traverse(expression)


class _Resolver:
    """Replaces placeholders, paths and functions by their values, in new nodes."""

    def __init__(self, names: Names, values: Values, item: Item) -> None:
        self._paths = validators.ExpressionAttributeResolvingProcessor(names, item)
        self._values = validators.ExpressionAttributeValueProcessor(values)
        self._functions = validators.UpdateExpressionFunctionEvaluator()
        self._operations = validators.ExecuteOperations()

    def action(self, action: Any) -> Any:
        path, *value = action.children
        if type(path) is not nodes.UpdateExpressionPath:
            raise _Unusual
        self._paths.process_expression_path_node(path)
        return _with_children(action, [path, *map(self._operand, value)])

    def _operand(self, node: Any) -> Any:
        """Returns the value of a node. Raises an exception if there is none."""
        made = self._sum(node) if type(node) is nodes.UpdateExpressionValue else self._argument(node)
        if type(made) is not nodes.DDBTypedValue:
            raise _Unusual
        return made

    def _sum(self, node: Any) -> Any:
        operands = [
            child if type(child) is nodes.ExpressionValueOperator else self._operand(child) for child in node.children
        ]
        return self._operations.process_update_expression_value(_with_children(node, operands))

    def _argument(self, node: Any) -> Any:
        """Returns the value of a node, or the node that moto uses for a missing value, which a function may replace."""
        kind = type(node)
        if kind is nodes.ExpressionAttributeValue:
            return self._values.replace_expression_attribute_value_with_value(node)
        if kind is nodes.UpdateExpressionPath:
            return self._paths.resolve_expression_path(node)
        if kind is nodes.UpdateExpressionFunction:
            name, *arguments = node.children
            return self._functions.process_function(_with_children(node, [name, *map(self._argument, arguments)]))
        raise _Unusual


def _with_children(node: Any, children: list[Any]) -> Any:
    made = copy.copy(node)
    made.children = children
    return made
