from api.test_list import *  # noqa: F403
