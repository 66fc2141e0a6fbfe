"""A dashboard that answers what a test tells it to."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

SECRET = "Lab0Secret1Agent2A"


@dataclass
class ScriptedDashboard:
    """A real HTTP server. It gives the answers of `script` in turn, and the last one from then on."""

    url: str
    script: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def answers(self, *answers: Any) -> None:
        self.script = list(answers)

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [request["body"]["reports"][0] for request in self.requests]


def taken(
    interval: Any = 10, monitors: Any = (), flush: Any = None, report_url: Any = None, **entry: Any
) -> tuple[int, dict[str, str], bytes]:
    """flush: None for a dashboard that knows no minutes. report_url: None for one that names no other."""
    result = {"interval": interval, "reports": [entry or {"server_id": 1}], "monitors": list(monitors)}
    if flush is not None:
        result["flush"] = flush
    if report_url is not None:
        result["report_url"] = report_url
    return status(200, {"code": 0, "message": "success", "result": result})


def status(code: int, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    body = {"code": code, "message": "as scripted"} if body is None else body
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return code, {name.replace("_", "-"): value for name, value in headers.items()}, content


class Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    timeout = 10
    # Buffered, as headers and body in two packets would each time wait for a delayed acknowledgement.
    wbufsize = -1

    def do_POST(self) -> None:
        dashboard: ScriptedDashboard = self.server.dashboard
        content = self.rfile.read(int(self.headers["Content-Length"]))
        dashboard.requests.append(
            {
                "path": self.path,
                "headers": dict(self.headers),
                "body": json.loads(content),
                "peer": self.client_address,
            }
        )
        code, headers, answer = dashboard.script.pop(0) if len(dashboard.script) > 1 else dashboard.script[0]
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()
        dashboard.arrived.set()

    def log_message(self, *_: object) -> None:
        pass
