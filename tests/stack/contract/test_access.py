from api.test_access import *  # noqa: F403
