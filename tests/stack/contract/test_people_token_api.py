from tests.api.people.test_token_api import *  # noqa: F403
