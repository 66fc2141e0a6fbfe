from tests.api.people.test_server_api import (  # noqa: F401
    test_routes_by_id_know_no_other_server_and_no_other_spelling,
)
