from tests.api.v0.test_details import *  # noqa: F403
