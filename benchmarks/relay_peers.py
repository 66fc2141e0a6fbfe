"""What the relay's benchmark runs beside it: an API that takes everything, a bare server, and agents in numbers.

Each is a process of its own: `python benchmarks/relay_peers.py api|bare|agents …`; a line on stdout tells that it is
ready, or what was measured.
"""

import asyncio
import json
import math
import resource
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "tests/relay")]

from simulated_agent import said  # noqa: E402

from agent.relay.relay import channel_arguments  # noqa: E402

HOST = said("connect_ip_gpu_temp", "RequestTask")[0]
STATE = said("connect_ip_gpu_temp", "ReportSystemState")[-1]
RECEIPT = b"\x08\x01"


def api() -> None:
    """Takes every report; the secret "n7" is that of server 7. GET answers how many requests and reports came."""
    counts = {"requests": 0, "checks": 0, "reports": 0, "bytes": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer(json.dumps(counts).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reports = json.loads(body)["reports"]
            counts["requests"] += 1
            counts["checks"] += "state" not in reports[0]
            counts["reports"] += len(reports)
            counts["bytes"] += len(body)
            outcomes = [{"server_id": int(report["secret"][1:])} for report in reports]
            self._answer(json.dumps({"result": {"interval": 10, "reports": outcomes, "monitors": []}}).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


async def bare() -> None:
    """grpc.aio with the relay's own settings: looks for the secret, and keeps the newest message."""
    newest: dict[object, bytes] = {}

    async def told(message: bytes, context: Any) -> bytes:
        for key, value in context.invocation_metadata():
            if key == "client_secret":
                newest[value] = message
        return RECEIPT

    async def request_task(_message: bytes, _context: Any) -> None:
        await asyncio.get_running_loop().create_future()

    server = grpc.aio.server(options=channel_arguments(20_000))
    handlers = {name: grpc.unary_unary_rpc_method_handler(told) for name in ("ReportSystemInfo", "ReportSystemState")}
    handlers["RequestTask"] = grpc.unary_stream_rpc_method_handler(request_task)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("proto.NezhaService", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


async def agents(target: str, count: int, first: int, period: float, seconds: float, over: float) -> None:
    """So many agents connect over so many seconds, then report in this period; prints what they met."""
    sessions = [_Agent(target, f"n{first + number}") for number in range(count)]
    began = time.monotonic()
    await asyncio.gather(*(one.connect(over * number / count) for number, one in enumerate(sessions)))
    connected = time.monotonic() - began
    print(json.dumps({"connected": connected, "refused": sum(one.refused for one in sessions)}), flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds
    await asyncio.gather(*(one.report(period, end, number / count) for number, one in enumerate(sessions)))
    delays = sorted(delay for one in sessions for delay in one.delays)
    print(
        json.dumps(
            {
                "states": len(delays),
                "failed": sum(one.failed for one in sessions),
                "p50_ms": 1000 * delays[len(delays) // 2] if delays else math.nan,
                "p99_ms": 1000 * delays[len(delays) * 99 // 100] if delays else math.nan,
            }
        ),
        flush=True,
    )
    sys.stdin.readline()


class _Agent:
    def __init__(self, target: str, secret: str) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0), ("grpc.http2.bdp_probe", 0)]
        self._channel = grpc.aio.insecure_channel(target, options)
        self._metadata = (("client_secret", secret),)
        self.refused, self.failed = 0, 0
        self.delays: list[float] = []

    async def connect(self, after: float) -> None:
        """As the real one: its host within 5 s, then its task stream."""
        await asyncio.sleep(after)
        try:
            await self._channel.unary_unary("/proto.NezhaService/ReportSystemInfo")(
                HOST, metadata=self._metadata, timeout=5
            )
        except grpc.aio.AioRpcError:
            self.refused = 1
            return
        self._stream = self._channel.unary_stream("/proto.NezhaService/RequestTask")(HOST, metadata=self._metadata)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for _ in self._stream:
                pass
        except grpc.aio.AioRpcError:
            self.failed += 1

    async def report(self, period: float, end: float, phase: float) -> None:
        call = self._channel.unary_unary("/proto.NezhaService/ReportSystemState")
        await asyncio.sleep(period * phase)
        while (now := time.monotonic()) < end:
            try:
                await call(STATE, metadata=self._metadata, timeout=5)
                self.delays.append(time.monotonic() - now)
            except grpc.aio.AioRpcError:
                self.failed += 1
            await asyncio.sleep(max(0.0, now + period - time.monotonic()))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    match sys.argv[1:]:
        case ["api"]:
            api()
        case ["bare"]:
            asyncio.run(bare())
        case ["agents", target, count, first, period, seconds, over]:
            asyncio.run(agents(target, int(count), int(first), float(period), float(seconds), float(over)))
