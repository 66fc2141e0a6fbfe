from tests.api.people.test_pings import *  # noqa: F403
