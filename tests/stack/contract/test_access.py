from tests.api.test_access import *  # noqa: F403
