from tests.api.v0.test_register import *  # noqa: F403
