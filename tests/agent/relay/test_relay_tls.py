"""TLS: agents connect, and a renewed certificate is taken without dropping their streams."""

import datetime
import os
from ipaddress import ip_address
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.relay.tls import ServingCertificate, TlsError
from tests.agent.relay.running_relay import fast_clock, relay, run
from tests.agent.relay.scripted_api import ScriptedApi
from tests.agent.relay.simulated_agent import SimulatedAgent


def make(certificate: Path, key: Path) -> bytes:
    """A self-signed certificate for 127.0.0.1, with its key, in these files."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    certificate.write_bytes(pem)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    # Two writes within one tick of the clock would look like none.
    stamp = certificate.stat().st_mtime_ns + len(os.listdir(certificate.parent))  # noqa: PTH208
    os.utime(certificate, ns=(stamp, stamp))
    return pem


def test_agents_connect_and_keep_their_streams_when_the_certificate_is_renewed(
    api: ScriptedApi, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    old = make(certificate, key)
    clock = fast_clock(60)

    async def test() -> None:
        async with relay(api.url, tmp_path / "spool", clock, tls=(certificate, key)) as running:
            target = str(running.listening)
            async with SimulatedAgent(target, "s1", root=old).session() as first:
                await first.state()
                new = make(certificate, key)
                await clock.sleep(60)
                async with SimulatedAgent(target, "s2", root=new).session() as second:
                    await second.state()
                with pytest.raises(grpc.aio.AioRpcError):
                    async with SimulatedAgent(target, "s3", root=old).session():
                        pass
                await first.state()
                assert not first.stream_ended.is_set()

    run(test)


def test_a_certificate_that_cannot_be_used_leaves_the_old_one(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make(certificate, key)
    loaded = ServingCertificate(certificate, key)
    assert not loaded.reload()
    certificate.write_text("half a certific")
    with pytest.raises(TlsError):
        loaded.reload()
    make(certificate, key)
    assert loaded.reload()
