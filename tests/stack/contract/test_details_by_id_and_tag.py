from api.test_details_by_id_and_tag import *  # noqa: F403
