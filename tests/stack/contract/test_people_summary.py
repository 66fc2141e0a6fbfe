from tests.api.people.test_summary import *  # noqa: F403
