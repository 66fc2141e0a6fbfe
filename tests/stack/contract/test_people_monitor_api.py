from people.test_monitor_api import *  # noqa: F403
