from tests.api.people.test_sign_in import *  # noqa: F403
