from tests.api.test_health import *  # noqa: F403
