from tests.api.people.test_settings_api import (  # noqa: F401
    test_public_page_off_opens_no_hidden_server,
    test_public_page_off_shuts_out_who_may_not_read,
)
