from tests.api.v0.test_monitor import *  # noqa: F403
