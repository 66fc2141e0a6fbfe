from people.test_server_api import *  # noqa: F403
