"""`cost` without AWS. What it prints of a stage is tested on an emulated AWS (tests/stack/test_cost.py)."""

from chalicelib.storage import DynamoStore
from tests.ops.ops_command import Ops


def test_a_local_run_costs_nothing(ops: Ops, store: DynamoStore) -> None:
    assert ops("cost").out == "A run on this machine costs nothing.\n"
    assert ops("cost", "--json").json == {"local": True}
