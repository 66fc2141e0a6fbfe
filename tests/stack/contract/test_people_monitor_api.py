from tests.api.people.test_monitor_api import *  # noqa: F403
