from people.test_summary import *  # noqa: F403
