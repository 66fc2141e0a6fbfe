from tests.api.people.test_same_origin import *  # noqa: F403
