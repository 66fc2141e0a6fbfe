from tests.api.test_errors import *  # noqa: F403
