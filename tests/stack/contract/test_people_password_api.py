from people.test_password_api import *  # noqa: F403
