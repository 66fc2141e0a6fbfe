from tests.api.v0.test_monitor import (  # noqa: F401
    agent,
    test_monitor_needs_read_while_the_public_page_is_off,
    test_monitor_of_a_hidden_server_is_403,
    test_monitor_of_an_unknown_server_is_404_for_who_may_read,
    test_monitor_of_what_is_no_id_is_400_also_where_everything_is_hidden,
    test_monitor_reads_the_id,
    test_monitor_tells_nobody_else_which_ids_exist,
)
