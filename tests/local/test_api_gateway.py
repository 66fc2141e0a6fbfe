"""The local gateway over real sockets, in front of a small application with one route of each kind."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from chalice.app import AuthResponse, AuthRoute, Chalice, Response

from local.api_gateway import create_server
from local.http import MAX_BODY, MAX_HEAD, HttpServer

SERVER_ERROR = {"code": 500, "message": "The server failed to handle this request; its log says why."}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running(make_app()) as server:
        yield server.port


@contextmanager
def running(app: Chalice) -> Iterator[HttpServer]:
    server = create_server(app, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)
        assert not thread.is_alive()


STUCK_SECONDS = 60
RELEASED = threading.Event()
"""Ends a request that is stuck."""


def make_app() -> Chalice:
    app = Chalice("test", configure_logs=False, env={})

    @app.authorizer()
    def authorizer(request: Any) -> AuthResponse:
        if request.token == "broken":
            raise OSError(f"no database for {request.token}")
        allowed: dict[str, list[str | AuthRoute]] = {"good": ["/list", "/servers/*"], "everywhere": ["*"]}
        routes = allowed.get(request.token, [])
        return AuthResponse(routes=routes, principal_id="someone", context={"scopes": "read"})

    def event(**_: str) -> Any:
        request: Any = app.current_request
        return request.to_original_event()

    app.route("/event", methods=["GET", "POST"], content_types=["*/*"])(event)
    app.route("/event/{name}/of/{other}", name="captured")(event)
    app.route("/list", authorizer=authorizer, name="listed")(event)
    app.route("/servers/{name}", authorizer=authorizer, name="one")(event)
    _add_views_of_requests(app)
    _add_views_of_answers(app)
    return app


def _add_views_of_requests(app: Chalice) -> None:
    def current() -> Any:
        return app.current_request

    @app.route("/head", methods=["HEAD"])
    def head() -> str:
        return "four"

    @app.route("/size", methods=["POST"], content_types=["*/*"])
    def size() -> dict[str, Any]:
        return {"size": len(current().raw_body)}

    @app.route("/slow")
    def slow() -> dict[str, Any]:
        before = current().query_params["n"]
        time.sleep(0.05)
        return {"before": before, "after": current().query_params["n"]}

    @app.route("/stuck")
    def stuck() -> str:
        RELEASED.wait(STUCK_SECONDS)
        return ""


def _add_views_of_answers(app: Chalice) -> None:
    @app.route("/")
    def root() -> str:
        return "root"

    @app.route("/cookies")
    def cookies() -> Response:
        return Response("page", {"Content-Type": "text/html", "X-One": "1", "Set-Cookie": ["a=1", "b=2"]}, 201)

    @app.route("/image")
    def image() -> Response:
        return Response(b"\x89PNG\xff", {"Content-Type": "image/png"})

    @app.route("/nothing")
    def nothing() -> Response:
        return Response("", status_code=204)

    @app.route("/unwritable")
    def unwritable() -> object:
        return object()

    @app.route("/bad-header")
    def bad_header() -> Response:
        return Response("", {"X-Name": "名"})


class Answer:
    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection, on which requests are written byte by byte as the test wants them."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, method: str = "GET") -> Answer:
        response = HTTPResponse(self.socket, method=method)
        response.begin()
        with response:
            return Answer(response)

    def is_ended(self) -> bool:
        return self.socket.recv(1) == b""


def ask(port: int, target: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    with Connection(port) as connection:
        connection.send(request(target, method, body, **headers))
        return connection.read(method)


def request(target: str, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def assert_error(answer: Answer, status: int, code: int | None = None) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert set(answer.json) == {"code", "message"}
    assert answer.json["code"] == code or status
    assert answer.json["message"]


def test_event_is_api_gateways(port: int) -> None:
    with Connection(port) as connection:
        connection.send(request("/event?tag=a&tag=b", X_Forwarded_For="9.9.9.9", X_Some_Header="some value"))
        event = connection.read().json
    request_id = event["requestContext"].pop("requestId")
    assert len(request_id) == 36
    headers = {"host": "localhost", "x-forwarded-for": "9.9.9.9", "x-some-header": "some value"}
    assert event == {
        "resource": "/event",
        "path": "/event",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "pathParameters": None,
        "queryStringParameters": {"tag": "b"},
        "multiValueQueryStringParameters": {"tag": ["a", "b"]},
        "stageVariables": None,
        "requestContext": {
            "httpMethod": "GET",
            "resourcePath": "/event",
            "path": "/event",
            "stage": "local",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_path_parameters_stay_encoded(port: int) -> None:
    event = ask(port, "/event/a%2Fb%20c/of/%E9%A6%99").json
    assert event["pathParameters"] == {"name": "a%2Fb%20c", "other": "%E9%A6%99"}
    assert event["requestContext"]["resourcePath"] == "/event/{name}/of/{other}"
    assert event["requestContext"]["path"] == "/event/a%2Fb%20c/of/%E9%A6%99"


def test_unencoded_bytes_in_a_path_are_encoded(port: int) -> None:
    event = ask(port, "/event/香/of/b".encode().decode("latin-1")).json
    assert event["pathParameters"]["name"] == "%E9%A6%99"


def test_absolute_target_is_its_path(port: int) -> None:
    event = ask(port, "http://example.com:80/event?tag=a#part").json
    assert event["requestContext"]["path"] == "/event"
    assert event["queryStringParameters"] == {"tag": "a"}
    assert ask(port, "http://example.com").body == b"root"


def test_trailing_slash_is_dropped(port: int) -> None:
    assert ask(port, "/event/").json["requestContext"]["resourcePath"] == "/event"
    assert ask(port, "/list/", Authorization="good").status == 200
    assert ask(port, "/").body == b"root"


UNKNOWN_PATHS = (
    "/no",
    "//",
    "//event",
    "/event//",
    "/event//of/b",
    "/event/a/of/",
    "event",
    "*",
    "/event;a",
    "/%65vent",
)


@pytest.mark.parametrize("target", UNKNOWN_PATHS)
def test_unknown_path_is_404(port: int, target: str) -> None:
    assert_error(ask(port, target), 404)
    assert_error(ask(port, target, Authorization="good"), 404)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", None),
        ("?", None),
        ("?&&", None),
        ("?tag", {"tag": [""]}),
        ("?tag=", {"tag": [""]}),
        ("?=a", {"": ["a"]}),
        ("?tag=a+b%20c%2B", {"tag": ["a b c+"]}),
        ("?tag=%E9%A6%99%E6%B8%AF&ta%67=x", {"tag": ["香港", "x"]}),
        ("?tag=" + "香港".encode().decode("latin-1"), {"tag": ["香港"]}),
        ("?tag=%ff", {"tag": ["\ufffd"]}),
        ("?tag=a=b?c", {"tag": ["a=b?c"]}),
        ("?id=1&tag=%zz", {"id": ["1"]}),
        ("?id=1&tag=%2", {"id": ["1"]}),
        ("?%zz=1", None),
        ("?id=1&a=1;b=2", {"id": ["1"]}),
        ("?a=1%3Bb", {"a": ["1;b"]}),
    ],
)
def test_query_is_decoded_as_v0_does(port: int, query: str, parameters: dict[str, list[str]] | None) -> None:
    event = ask(port, f"/event{query}").json
    assert event["multiValueQueryStringParameters"] == parameters
    last = {name: values[-1] for name, values in (parameters or {}).items()} or None
    assert event["queryStringParameters"] == last


def test_body_is_text(port: int) -> None:
    event = ask(port, "/event", "POST", '{"名": 1}'.encode() + b"\xff", Content_Type="application/json").json
    assert event["body"] == '{"名": 1}\ufffd'
    assert event["isBase64Encoded"] is False
    assert event["headers"]["content-type"] == "application/json"


def test_body_of_a_binary_type_is_base64(port: int) -> None:
    event = ask(port, "/event", "POST", b"\x00\xff", Content_Type="application/octet-stream; a=b").json
    assert base64.b64decode(event["body"]) == b"\x00\xff"
    assert event["isBase64Encoded"] is True


def test_chunked_body_arrives_whole(port: int) -> None:
    with Connection(port) as connection:
        connection.send(request("/event", "POST", Transfer_Encoding="chunked"))
        connection.send(b"3\r\nabc\r\n")
        connection.send(b"4;ext=1\r\ndefg\r\n0\r\n\r\n")
        event = connection.read().json
        assert event["body"] == "abcdefg"
        assert event["headers"]["content-length"] == "7"
        connection.send(request("/"))
        assert connection.read().body == b"root"


def test_requests_share_a_connection(port: int) -> None:
    with Connection(port) as connection:
        for body in (b"first", b"second"):
            connection.send(request("/event", "POST", body))
            assert connection.read().json["body"] == body.decode()


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    with Connection(port) as connection:
        connection.send(request("/slow?n=1") + request("/no") + request("/"))
        text = b""
        while b"root" not in text and (more := connection.socket.recv(65536)):
            text += more
    assert text.index(b'"before":"1"') < text.index(b"404 Not Found") < text.index(b"root")


def test_keep_alive_answers_do_not_wait_for_acknowledgements(port: int) -> None:
    with Connection(port) as connection:
        seconds = []
        for _ in range(50):
            started = time.monotonic()
            connection.send(request("/"))
            connection.read()
            seconds.append(time.monotonic() - started)
    # Each of the later ones would wait for 40 ms, while a busy machine holds up some.
    assert sorted(seconds[20:])[3] < 0.03


def test_http_1_0_closes_unless_asked_otherwise(port: int) -> None:
    with Connection(port) as connection:
        connection.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert connection.read().body == b"root"
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.read().body == b"root"
        assert connection.is_ended()


def test_answer_carries_every_header(port: int) -> None:
    answer = ask(port, "/cookies")
    assert answer.status == 201
    assert answer.body == b"page"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert set(answer.headers) == {"Content-Length", "Content-Type", "Date", "Set-Cookie", "X-One"}


def test_answer_without_a_type_is_json(port: int) -> None:
    assert ask(port, "/").headers["Content-Type"] == "application/json"


def test_binary_answer_is_decoded(port: int) -> None:
    answer = ask(port, "/image", Accept="image/png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body == b"\x89PNG\xff"


def test_answer_without_content_has_no_length(port: int) -> None:
    answer = ask(port, "/nothing")
    assert answer.status == 204
    assert answer.headers["Content-Length"] is None


@pytest.mark.parametrize("path", ["/unwritable", "/bad-header"])
def test_failing_application_is_500(port: int, path: str) -> None:
    answer = ask(port, path)
    assert_error(answer, 500)
    assert answer.json == SERVER_ERROR


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "BREW"])
def test_wrong_method_is_405_and_names_the_right_ones(port: int, method: str) -> None:
    with Connection(port) as connection:
        connection.send(request("/event", method))
        answer = connection.read(method)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, POST"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert (answer.body == b"") is (method == "HEAD")
        connection.send(request("/"))
        assert connection.read().body == b"root"


def test_wrong_method_needs_no_credential(port: int) -> None:
    assert_error(ask(port, "/list", "POST"), 405)


@pytest.mark.parametrize("path", ["/head", "/no", "/list", "/event"])
def test_head_is_never_answered_with_a_body(port: int, path: str) -> None:
    with Connection(port) as connection:
        connection.send(request(path, "HEAD", Connection="close"))
        answer = b"".join(iter(lambda: connection.socket.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert body == b""


def test_head_of_a_refused_body_is_not_answered_with_a_body(port: int) -> None:
    with Connection(port) as connection:
        connection.send(request("/head", "HEAD", Content_Length=str(MAX_BODY + 1)))
        connection.socket.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.socket.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"\r\n\r\n")


def test_authorizer_lets_a_good_credential_pass(port: int) -> None:
    answer = ask(port, "/list", Authorization="good")
    assert answer.status == 200
    assert answer.json["requestContext"]["authorizer"] == {"principalId": "someone", "scopes": "read"}
    assert ask(port, "/servers/a%20b", Authorization="good").status == 200
    assert ask(port, "/servers/a", Authorization="everywhere").status == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": " \t "}])
def test_missing_credential_is_401_with_v0s_code(port: int, headers: dict[str, Any]) -> None:
    assert_error(ask(port, "/list", **headers), 401, code=403)


@pytest.mark.parametrize("credential", ["bad", "good ünd mehr", "\xe9\xa6\x99", "good, good"])
def test_refused_credential_is_403(port: int, credential: str) -> None:
    assert_error(ask(port, "/list", Authorization=credential), 403)


def test_two_authorization_headers_are_a_wrong_credential(port: int) -> None:
    with Connection(port) as connection:
        connection.send(b"GET /list HTTP/1.1\r\nAuthorization: good\r\nAuthorization: good\r\n\r\n")
        assert_error(connection.read(), 403)


@pytest.mark.parametrize("byte", [b"\x00", b"\x01", b"\x1b", b"\x7f"])
def test_control_characters_in_a_credential_are_400(port: int, byte: bytes) -> None:
    with Connection(port) as connection:
        connection.send(b"GET /list HTTP/1.1\r\nAuthorization: go" + byte + b"od\r\n\r\n")
        assert_error(connection.read(), 400)


def test_failing_authorizer_is_503_and_logs_no_credential(port: int, caplog: pytest.LogCaptureFixture) -> None:
    assert_error(ask(port, "/list", Authorization="broken"), 503)
    assert "OSError" in caplog.text
    assert "no database for broken" not in caplog.text
    assert ask(port, "/list", Authorization="good").status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"GET /event?tag=a\tb HTTP/1.1\r\n\r\n",
        b"GET /event\nA: b HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nAuthorization: secret\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"POST /size HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /size HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
        b"POST /size HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /size HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: x\r\n\r\n",
        b"POST /size HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        b"POST /size HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ],
)
def test_malformed_http_is_400_and_ends_the_connection(port: int, sent: bytes) -> None:
    with Connection(port) as connection:
        connection.send(sent)
        answer = connection.read()
        assert_error(answer, 400)
        assert answer.headers["Connection"] == "close"
        assert b"secret" not in answer.body
        assert connection.is_ended()


def test_unknown_transfer_encoding_is_400(port: int) -> None:
    assert_error(ask(port, "/size", "POST", Transfer_Encoding="gzip"), 400)


def test_head_too_large_is_431(port: int) -> None:
    assert_error(ask(port, "/", X_Big="x" * MAX_HEAD), 431)
    assert_error(ask(port, "/?" + "x" * MAX_HEAD), 431)
    rest = MAX_HEAD - len(request("/", X_Big=""))
    assert ask(port, "/", X_Big="x" * rest).status == 200
    assert_error(ask(port, "/", X_Big="x" * (rest + 1)), 431)


def test_large_head_is_answered_although_more_is_sent(port: int) -> None:
    with Connection(port) as connection:
        connection.send(b"GET / HTTP/1.1\r\nX-Big: " + b"x" * 3_000_000)
        assert_error(connection.read(), 431)


def test_largest_body_passes(port: int) -> None:
    assert ask(port, "/size", "POST", b"x" * MAX_BODY).json == {"size": MAX_BODY}


def test_larger_body_is_413(port: int) -> None:
    assert_error(ask(port, "/size", "POST", b"x" * (MAX_BODY + 1)), 413)
    assert_error(ask(port, "/size", "POST", b"x" * (3 * MAX_BODY)), 413)


def test_largest_chunked_body_passes_and_a_larger_one_is_413(port: int) -> None:
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
    with Connection(port) as connection:
        head = request("/size", "POST", Transfer_Encoding="chunked")
        connection.send(head + chunk * (MAX_BODY // 1024) + b"0\r\n\r\n")
        assert connection.read().json == {"size": MAX_BODY}
        connection.send(head + chunk * (MAX_BODY // 1024) + b"1\r\nx\r\n" + chunk)
        assert_error(connection.read(), 413)


def test_announced_body_is_asked_for_only_when_it_may_come(port: int) -> None:
    with Connection(port) as connection:
        connection.send(request("/size", "POST", Expect="100-continue", Content_Length="5"))
        assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(b"abcde")
        assert connection.read().json == {"size": 5}
        connection.send(request("/size", "POST", Expect="100-continue", Content_Length=str(MAX_BODY + 1)))
        assert_error(connection.read(), 413)


def test_request_without_a_body_may_expect_to_continue(port: int) -> None:
    assert ask(port, "/", Expect="100-continue").body == b"root"


def test_slow_clients_hold_up_nobody(port: int) -> None:
    slow = [Connection(port) for _ in range(20)]
    try:
        for number, connection in enumerate(slow):
            connection.send(b"POST /size HTTP/1.1\r\nContent-Length: 3\r\n\r\na" if number % 2 else b"GET / HT")
        for _ in range(5):
            assert ask(port, "/").body == b"root"  # before any of the slow ones has gone on
        for number, connection in enumerate(slow):
            connection.send(b"bc" if number % 2 else b"TP/1.1\r\n\r\n")
            assert connection.read().status == 200
    finally:
        for connection in slow:
            connection.__exit__()


def test_clients_that_leave_in_the_middle_harm_nobody(port: int) -> None:
    unfinished = request("/size", "POST", b"x" * 900_000)[:-1]
    for sent in (b"", b"GET / HT", unfinished, request("/slow?n=1"), b"junk\r\n\r\n"):
        with Connection(port) as connection:
            connection.send(sent)
    assert ask(port, "/").body == b"root"


def test_threads_each_get_their_own_answer(port: int) -> None:
    def own(number: int) -> bool:
        return bool(ask(port, f"/slow?n={number}").json == {"before": str(number), "after": str(number)})

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(own, range(100)))


def test_only_loopback_is_listened_on(port: int) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=1)


def test_port_in_use_is_an_error(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        create_server(make_app(), port)


def test_port_is_free_after_close() -> None:
    with running(make_app()) as server:
        port = server.port
        ask(port, "/")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    create_server(make_app(), port).close()


def test_close_before_run_makes_run_return() -> None:
    server = create_server(make_app(), 0)
    server.close()
    server.run()
    server.close()


def test_close_does_not_wait_for_open_connections() -> None:
    with running(make_app()) as server:
        idle, halfway, refused = (Connection(server.port) for _ in range(3))
        with idle, halfway, refused:
            idle.send(request("/"))
            idle.read()
            halfway.send(request("/size", "POST", b"x" * 900_000)[:-1])
            refused.send(b"junk\r\n\r\n")
            refused.read()
            started = time.monotonic()
            server.close()
            assert idle.is_ended()
            assert time.monotonic() - started < STUCK_SECONDS / 2


def test_close_lets_a_request_finish() -> None:
    with running(make_app()) as server, Connection(server.port) as connection:
        connection.send(request("/slow?n=1"))
        time.sleep(0.02)
        server.close()
        assert connection.read().json == {"before": "1", "after": "1"}


def test_close_does_not_wait_for_a_stuck_request() -> None:
    started = time.monotonic()
    with running(make_app()) as server, Connection(server.port) as connection:
        connection.send(request("/stuck"))
        time.sleep(0.05)
    assert time.monotonic() - started < STUCK_SECONDS / 2
    RELEASED.set()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_close_in_a_signal_handler_ends_the_process() -> None:
    program = """
import signal
from chalice.app import Chalice
from local.api_gateway import create_server
server = create_server(Chalice("test"), 0)
signal.signal(signal.SIGTERM, lambda *_: server.close())
print(server.port, flush=True)
server.run()
"""
    command = [sys.executable, "-W", "error", "-c", program]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with Connection(int(process.stdout.readline())):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
