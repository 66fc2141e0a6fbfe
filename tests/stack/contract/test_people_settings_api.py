from tests.api.people.test_settings_api import *  # noqa: F403
