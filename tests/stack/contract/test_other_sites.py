from api.test_other_sites import *  # noqa: F403
