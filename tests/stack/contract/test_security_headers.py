from tests.api.test_security_headers import *  # noqa: F403
