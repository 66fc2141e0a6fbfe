from api.test_report import *  # noqa: F403
