from tests.api.v0.test_list import *  # noqa: F403
