from tests.api.test_head import *  # noqa: F403
