from people.test_token_api import *  # noqa: F403
