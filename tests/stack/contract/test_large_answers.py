"""Details of many servers are more than a Lambda function may answer."""

import json

from benchmarks import sample_data
from tests.stack.contract.conftest import Stages
from tests.stack.deployment import Answer
from tests.support.dashboard import NOW, Dashboard

SERVERS = 800
HOST = json.dumps(list({**sample_data.HOST, "CPU": ['"' * 1900]}.values()), separators=(",", ":"))
"""About as much as is kept of a host. Lambda writes each quotation mark as four bytes."""

LAMBDA_ANSWER_BYTES = 6 * 1024 * 1024


def test_an_answer_larger_than_lambda_returns_is_compressed_or_says_to_narrow_it(
    stages: Stages, dashboard: Dashboard
) -> None:
    sample_data.fill(dashboard.store, servers=SERVERS, now=int(NOW), host=HOST)
    stack, token = stages.emptied.stack, dashboard.token()
    assert dashboard.get("/api/v1/health").status == 200  # The stage's clock stands where the dashboard's does.

    def details(query: str, **headers: str) -> Answer:
        return stack._send("GET", f"/api/v1/server/details{query}", {"Authorization": token, **headers}, None)

    gzip = {"Accept-Encoding": "gzip"}
    answer = details("", Accept="*/*", **gzip)
    assert (answer.status, answer.encoding) == (200, "gzip")
    assert {one["id"] for one in answer.result} == set(range(1, SERVERS + 1))
    assert len(json.dumps(answer.body)) > LAMBDA_ANSWER_BYTES
    for headers in ({"Accept": "*/*"}, gzip, {}):
        refused = details("", **headers)
        assert (refused.status, refused.json["code"], refused.encoding) == (413, 413, "")
        assert "id" in refused.json["message"]
        assert len(details("?id=1,2", **headers).result) == 2
