from api.test_details import *  # noqa: F403
