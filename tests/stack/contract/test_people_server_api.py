from tests.api.people.test_server_api import *  # noqa: F403
