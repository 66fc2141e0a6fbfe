"""What ministack does again for every deployment of a template. Used by emulated_aws.py, in its process."""

import json
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def read_once() -> None:
    """Templates that were read or transformed before are not again: a stage is deployed many times in these tests.

    A transformed template depends on nothing else, as the project's include no others and use no macros.
    """
    from ministack.core.responses import get_region
    from ministack.services.cloudformation import changesets, engine

    stock_transform = changesets._apply_transforms
    read: dict[str, bytes] = {}
    transformed: dict[tuple[str, str], bytes] = {}

    def load(text: str, Loader: type) -> Any:  # noqa: N803 - as in yaml
        return _kept(read, text, lambda: engine_yaml.load(text, Loader=Loader))

    def transform(template: Any, *parameters: Any, **more: Any) -> Any:
        key = (get_region(), json.dumps(template, default=repr))
        return _kept(transformed, key, lambda: stock_transform(template, *parameters, **more))

    engine_yaml = engine.yaml
    engine.yaml = SimpleNamespace(**{**vars(engine_yaml), "load": load})
    changesets._apply_transforms = transform


def _kept(made: dict[Any, bytes], key: Any, make: Callable[[], Any]) -> Any:
    """A copy of what was made for the key. What is no plain dictionary, such as a failure, is made anew."""
    if key not in made:
        found = make()
        if type(found) is not dict:
            return found
        made[key] = pickle.dumps(found)
    return pickle.loads(made[key])  # noqa: S301 - our own
