from api.test_security_headers import *  # noqa: F403
