from tests.api.people.test_password_api import (  # noqa: F401
    test_change_ends_other_sessions_and_goes_on_with_a_new_one,
    test_cookie_of_a_change_is_as_that_of_signing_in,
)
