from tests.api.v0.test_details_by_id_and_tag import *  # noqa: F403
