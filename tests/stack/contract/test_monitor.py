from api.test_monitor import *  # noqa: F403
