from tests.api.people.test_token_api import (  # noqa: F401
    test_delete_ends_the_token_at_once_for_every_process,
    test_token_can_do_what_its_scopes_say,
)
