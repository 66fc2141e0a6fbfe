from tests.api.people.test_password_api import *  # noqa: F403
