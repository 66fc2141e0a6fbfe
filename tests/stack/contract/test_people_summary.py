from tests.api.people.test_summary import (  # noqa: F401
    test_summary_reads_no_credential,
    visible_and_hidden,
)
