from api.test_register import *  # noqa: F403
