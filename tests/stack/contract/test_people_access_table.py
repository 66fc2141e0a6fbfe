from tests.api.people.test_access_table import *  # noqa: F403
