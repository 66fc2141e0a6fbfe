from tests.api.v0.test_other_sites import *  # noqa: F403
