from people.test_pings import *  # noqa: F403
