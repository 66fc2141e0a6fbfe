"""The processes around the measured relay: an API that accepts everything, a bare server, and many agents.

Each is a process of its own: `python -m benchmarks.relay.peers api|bare|agents …`. It prints its address or what it
measured, and waits for a line on stdin before the next step.
"""

import asyncio
import json
import resource
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

from agent.relay.relay import channel_arguments
from tests.agent.relay.simulated_agent import said

HOST = said("connect_ip_gpu_temp", "RequestTask")[0]
STATE = said("connect_ip_gpu_temp", "ReportSystemState")[-1]
RECEIPT = b"\x08\x01"
DEADLINE_SECONDS = 5
"""How long a real agent waits for the answer to its host or a state."""


def api() -> None:
    """Accepts every report; the secret "n7" belongs to server 7."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            reports = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["reports"]
            outcomes = [{"server_id": int(report["secret"][1:])} for report in reports]
            body = json.dumps({"result": {"interval": 10, "reports": outcomes, "monitors": []}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    _say(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


async def bare() -> None:
    """A server that only looks up the secret and keeps the newest message."""
    newest: dict[object, bytes] = {}

    async def told(message: bytes, context: Any) -> bytes:
        for key, value in context.invocation_metadata():
            if key == "client_secret":
                newest[value] = message
        return RECEIPT

    async def request_task(_message: bytes, _context: Any) -> None:
        await asyncio.get_running_loop().create_future()

    server = grpc.aio.server(options=channel_arguments(20_000))
    handlers: dict[str, Any] = {
        name: grpc.unary_unary_rpc_method_handler(told) for name in ("ReportSystemInfo", "ReportSystemState")
    }
    handlers["RequestTask"] = grpc.unary_stream_rpc_method_handler(request_task)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("proto.NezhaService", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    _say(f"127.0.0.1:{port}")
    await server.wait_for_termination()


async def agents(target: str, count: int, first: int, period: float, seconds: float, over: float) -> None:
    """Runs `count` agents, which connect over `over` seconds, then report every `period` seconds for `seconds`."""
    sessions = [_Agent(target, f"n{first + number}") for number in range(count)]
    _say("ready")
    await _told_to_go()
    began = time.monotonic()
    await asyncio.gather(*(one.connect(over * number / count) for number, one in enumerate(sessions)))
    let_in = sum(one.let_in for one in sessions)
    _say(json.dumps({"seconds": time.monotonic() - began, "let_in": let_in}))
    await _told_to_go()
    end = time.monotonic() + seconds
    await asyncio.gather(*(one.report(period, end, number / count) for number, one in enumerate(sessions)))
    due = 0.9 * (seconds / period - 1)
    held = sum(one.let_in and not one.failed and one.answered >= due for one in sessions)
    _say(json.dumps({"states": sum(one.answered for one in sessions), "held": held}))
    await _told_to_go()


class _Agent:
    def __init__(self, target: str, secret: str) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0), ("grpc.http2.bdp_probe", 0)]
        self._channel = grpc.aio.insecure_channel(target, options)
        self._metadata = (("client_secret", secret),)
        self.let_in, self.failed, self.answered = False, 0, 0

    async def connect(self, after: float) -> None:
        """Connects like a real agent: sends its host, then opens its task stream."""
        await asyncio.sleep(after)
        tell: Any = self._channel.unary_unary("/proto.NezhaService/ReportSystemInfo")
        try:
            await tell(HOST, metadata=self._metadata, timeout=DEADLINE_SECONDS)
        except grpc.aio.AioRpcError:
            return
        self.let_in = True
        follow: Any = self._channel.unary_stream("/proto.NezhaService/RequestTask")
        self._stream = follow(HOST, metadata=self._metadata)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for _ in self._stream:
                pass
        except grpc.aio.AioRpcError:
            self.failed += 1

    async def report(self, period: float, end: float, phase: float) -> None:
        call: Any = self._channel.unary_unary("/proto.NezhaService/ReportSystemState")
        await asyncio.sleep(period * phase)
        while (now := time.monotonic()) < end:
            try:
                await call(STATE, metadata=self._metadata, timeout=DEADLINE_SECONDS)
                self.answered += 1
            except grpc.aio.AioRpcError:
                self.failed += 1
            await asyncio.sleep(max(0.0, now + period - time.monotonic()))


def _say(line: str) -> None:
    print(line, flush=True)


async def _told_to_go() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    match sys.argv[1:]:
        case ["api"]:
            api()
        case ["bare"]:
            asyncio.run(bare())
        case ["agents", target, count, first, period, seconds, over]:
            asyncio.run(agents(target, int(count), int(first), float(period), float(seconds), float(over)))
