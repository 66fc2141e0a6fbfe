"""A copy of the project that is deployed to the emulated AWS with the commands that its users type."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from chalicelib.scheduled import JOBS, Job
from tests.stack.copies import COMPILED_APART, PROGRAMS, copy_of_project, offline, ready
from tests.stack.emulator import PROJECT, REGION, EmulatedAws, cached_packages
from tests.stack.preloaded import run

PASSWORD = "correct horse"
COMMAND_SECONDS = 600
RETRIES = 3
ANSWER_SECONDS = 120
"""Only a busy machine needs so long."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: str
    cookie: str = ""
    encoding: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def result(self) -> Any:
        """The `result` of a success."""
        assert (self.status, self.json["code"], self.json["message"]) == (200, 0, "success"), self.body
        return self.json["result"]


@dataclass(frozen=True)
class Deployment:
    """One stage of the project in the emulated AWS, by a plain `chalice deploy`.

    folder: the copy. packages: where pip finds what is packaged. gateway_stage: API Gateway's name of the stage.
    """

    aws: EmulatedAws
    folder: Path
    packages: Path
    stage: str = "dev"
    gateway_stage: str = "nezha-dev"

    def deploy(self) -> str:
        """What the command printed."""
        return self._run(str(Path(sys.executable).with_name("chalice")), "deploy", "--stage", self.stage)

    @property
    def api_id(self) -> str:
        id_: str = self.deployed["rest_api"]["rest_api_id"]
        return id_

    def ops(self, *arguments: str) -> str:
        """What a command of the operator printed."""
        return self._run("-m", "ops", "--stage", self.stage, *arguments)

    def new_token(self, *arguments: str) -> str:
        return self.ops("token", "create", "--note", "test", *arguments).removesuffix("\n")

    @cached_property
    def token(self) -> str:
        """A token with every scope."""
        return self.new_token()

    @property
    def deployed(self) -> Mapping[str, Mapping[str, Any]]:
        """What Chalice deployed, by name."""
        written = json.loads((self.folder / ".chalice" / "deployed" / f"{self.stage}.json").read_text())
        return {resource["name"]: resource for resource in written["resources"]}

    @property
    def package(self) -> Path:
        """The zip that the functions were made from."""
        return max((self.folder / ".chalice" / "deployments").glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)

    @property
    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """What each function's role may do, by the role's name."""
        folder = self.folder / ".chalice"
        return {
            f"nezha-{self.stage}-{function}": json.loads((folder / f"policy-{self.stage}-{function}.json").read_text())
            for function in ("api_handler", "authorizer", *(job.name for job in JOBS))
        }

    @property
    def functions(self) -> list[str]:
        """The functions' ARNs."""
        return [one["lambda_arn"] for one in self.deployed.values() if one["resource_type"] == "lambda_function"]

    def function(self, job: Job) -> str:
        """The function of a scheduled job, as Lambda's API takes it."""
        return str(self.deployed[job.name]["lambda_arn"])

    def run(self, job: Job) -> None:
        """Runs a scheduled job, with an event such as EventBridge sends."""
        event = {
            "version": "0",
            "account": self.aws.account,
            "region": REGION,
            "detail": {},
            "detail-type": "Scheduled Event",
        }
        with closing(self.aws.client("lambda")) as client:
            answer = client.invoke(
                FunctionName=self.function(job),
                Payload=json.dumps(
                    {**event, "source": "aws.events", "time": "2026-01-01T00:00:00Z", "id": "1", "resources": []}
                ),
            )
            assert "FunctionError" not in answer, answer["Payload"].read()

    def get(self, path: str, authorization: str | None = None) -> Answer:
        return self.request("GET", path, authorization)

    def post(self, path: str, authorization: str | None = None, body: Any = None) -> Answer:
        return self.request("POST", path, authorization, json.dumps(body))

    def request(self, method: str, path: str, authorization: str | None = None, body: str | None = None) -> Answer:
        """`path` follows `/api/v1`."""
        headers = {"Content-Type": "application/json"} if body else {}
        if authorization is not None:
            headers["Authorization"] = authorization
        return self._send(method, f"/api/v1{path}", headers, body)

    def as_person(self, method: str, path: str, body: Any = None) -> Answer:
        """A request of somebody who is signed in; `path` follows `/api`."""
        headers = {"Cookie": self.session, "Sec-Fetch-Site": "same-origin"}
        return self._send(method, f"/api{path}", headers, None if body is None else json.dumps(body))

    @cached_property
    def session(self) -> str:
        """The cookie of somebody who signed in."""
        self._run("-m", "ops", "--stage", self.stage, "password", "--stdin", typed=f"{PASSWORD}\n")
        answer = self._send("POST", "/api/login", {}, json.dumps({"password": PASSWORD}))
        assert answer.status == 200, answer.body
        return answer.cookie

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: str | None) -> Answer:
        """Asks again after a 503: on a busy machine, the function's database does not always answer in time."""
        for _ in range(RETRIES):
            answer = self._send_once(method, path, headers, body)
            if answer.status != 503:
                return answer
            time.sleep(1)
        return self._send_once(method, path, headers, body)

    def _send_once(self, method: str, path: str, headers: Mapping[str, str], body: str | None) -> Answer:
        with closing(HTTPConnection(urlsplit(self.aws.url).netloc, timeout=ANSWER_SECONDS)) as connection:
            connection.request(
                method, f"/_aws/execute-api/{self.api_id}/{self.gateway_stage}{path}", body, dict(headers)
            )
            response = connection.getresponse()
            cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
            encoding = response.headers.get("Content-Encoding", "")
            sent = response.read()
            # Pictures are not text; decoded like this, they can still be compared.
            text = (gzip.decompress(sent) if encoding == "gzip" else sent).decode(errors="surrogateescape")
            return Answer(response.status, response.headers.get("Content-Type", ""), text, cookie, encoding)

    def register(self, **fields: str) -> str:
        """A new server's secret."""
        answer = self.post("/server/register?simple=true", self.token, fields)
        assert answer.status == 200, answer.body
        return answer.body

    def server(self, name: str) -> Any:
        """A server's entry in the list."""
        (server,) = (server for server in self.get("/server/list", self.token).result if server["name"] == name)
        return server

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Within this block no role may do `action`. The functions start anew when it begins and when it ends."""
        deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        named = [{"RoleName": role, "PolicyName": "without"} for role in self.policies]
        with closing(self.aws.client("iam")) as iam:
            for one in named:
                iam.put_role_policy(**one, PolicyDocument=policy)
            self.start_anew()
            try:
                yield
            finally:
                for one in named:
                    iam.delete_role_policy(**one)
                self.start_anew()

    @contextmanager
    def limited(self, method: str, most: int) -> Iterator[None]:
        """Within this block API Gateway lets so many requests a second to a method pass, and after it 1000."""
        with closing(self.aws.client("apigateway")) as client:
            try:
                self._limit(client, method, most)
                yield
            finally:
                self._limit(client, method, 1000)

    def _limit(self, client: Any, method: str, most: int) -> None:
        paths = [f"/{method}/throttling/{limit}" for limit in ("rateLimit", "burstLimit")]
        changes = [{"op": "replace", "path": path, "value": str(most)} for path in paths]
        client.update_stage(restApiId=self.api_id, stageName=self.gateway_stage, patchOperations=changes)

    def start_anew(self) -> None:
        """Ends the processes that run the functions, and all that they remember."""
        with closing(self.aws.client("lambda")) as lambda_:
            for function in self.functions:
                # On AWS, every update of the configuration restarts a function; in the emulator, only one that
                # names a setting of the process, such as its memory.
                memory = lambda_.get_function_configuration(FunctionName=function)["MemorySize"]
                lambda_.update_function_configuration(FunctionName=function, MemorySize=memory)

    def _run(self, *arguments: str, typed: str = "") -> str:
        """What a program printed, which succeeded. arguments: as for `attempt`."""
        finished = self.attempt(*arguments, typed=typed)
        assert finished.returncode == 0, f"{arguments}\n{finished.stdout}{finished.stderr}\n{self.aws.log()}"
        return finished.stdout

    def attempt(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """What came of a program in the copy. arguments: those of `python`."""
        return run(self.folder / PROGRAMS, arguments, self.folder, self._environment, typed, COMMAND_SECONDS)

    @property
    def _environment(self) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        more = {**offline(self.packages), **COMPILED_APART, **self.aws.variables}
        return {**kept, "HOME": str(self.folder), **more}


@contextmanager
def copied(aws: EmulatedAws, built: Path) -> Iterator[Deployment]:
    """A copy of the project in a folder of its own, not deployed yet. built: by `build`."""
    with TemporaryDirectory(prefix="deployment-") as name:
        folder = Path(name)
        copy_of_project(folder)
        with ready(folder, built):
            yield Deployment(aws, folder, cached_packages(PROJECT / "requirements.txt"))
