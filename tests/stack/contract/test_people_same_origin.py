from tests.api.people.test_same_origin import (  # noqa: F401
    test_login_and_logout_take_own_pages_and_scripts,
    test_origin_is_compared_with_host_and_port,
    test_origin_without_tls_is_own_on_this_machine_only,
    test_own_page_may_sign_in_and_out_and_make_changes_behind_a_proxy_that_sends_another_host,
    test_reading_needs_no_origin,
)
