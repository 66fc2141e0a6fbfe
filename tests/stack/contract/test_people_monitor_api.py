from tests.api.people.test_monitor_api import (  # noqa: F401
    test_routes_by_id_know_no_other_monitor_and_no_other_spelling,
)
