"""Certificates as bytes, of every form that RFC 5280 allows, and what is none."""

from __future__ import annotations

import random
import ssl
from base64 import b64decode
from pathlib import Path

import pytest

from agent.core.certificates import LONGEST_ISSUER, Certificate, parse_certificate
from tests.agent.tls import certificate

PINNED = b64decode(
    "MIIBUDCB96ADAgECAgEHMAoGCCqGSM49BAMCMDIxCzAJBgNVBAYTAkRFMRYwFAYDVQQKDA1FeGFtcGxlIFRydXN0MQswCQYDVQQD"
    "DAJSMzAeFw0yNjAxMDEwMDAwMDBaFw00OTEyMzEyMzU5NTlaMDIxCzAJBgNVBAYTAkRFMRYwFAYDVQQKDA1FeGFtcGxlIFRydXN0"
    "MQswCQYDVQQDDAJSMzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEzJZyIUql3F7VByijFNiGBX7P/l0kJT3wTV4Cdje5RGVMVI"
    "HPcLC769v9/mVuaN+1kO9tt1LPNdFhew0Cr89wgwCgYIKoZIzj0EAwIDSAAwRQIgWB6tGuoqM4KBcBHZpydpB76U35k0cdya2sgb"
    "pa+dl0wCIQCx2HikPutar19IJnyXHhDrNJ2b5WZ20eJe7BDtlLAKsQ=="
)
"""Self-signed; its issuer has a common name and an organization, and it ends on 2049-12-31T23:59:59Z."""


def der_of(pem: Path) -> bytes:
    text = pem.read_text()
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :])


def test_the_organization_that_issued_it_and_its_end_are_read() -> None:
    assert parse_certificate(PINNED) == Certificate("Example Trust", 2_524_607_999)


@pytest.mark.parametrize("ends", [946_684_799, 2_524_607_999, 2_524_608_000, 4_102_444_800, 253_402_300_799])
def test_every_end_is_read(tmp_path: Path, ends: int) -> None:
    """From 2050 on, a time has four digits for the year."""
    assert parse_certificate(der_of(certificate(tmp_path, ends=ends))).not_after == ends


@pytest.mark.parametrize(
    ("names", "issuer"),
    [
        ((("COMMON_NAME", "R3"), ("ORGANIZATION_NAME", "Let’s Encrypt")), "Let’s Encrypt"),
        ((("ORGANIZATIONAL_UNIT_NAME", "Unit"), ("COMMON_NAME", "根证书")), "根证书"),
        ((("ORGANIZATIONAL_UNIT_NAME", "Unit"),), "Unit"),
        ((("COUNTRY_NAME", "DE"),), ""),
        ((("ORGANIZATION_NAME", "a\n\tb\u202ec"),), "a b c"),
        ((("ORGANIZATION_NAME", "x" * 64), ("ORGANIZATION_NAME", "second")), "x" * 64),
    ],
)
def test_an_issuer_is_called_by_its_most_telling_name(
    tmp_path: Path, names: tuple[tuple[str, str], ...], issuer: str
) -> None:
    assert parse_certificate(der_of(certificate(tmp_path, names=names))).issuer == issuer


def test_an_issuer_is_cut() -> None:
    at = PINNED.index(b"Example Trust")
    assert len(parse_certificate(PINNED).issuer) <= LONGEST_ISSUER
    changed = PINNED[:at] + b"Example\xff\xfeus" + PINNED[at + 11 :]
    assert "\ufffd" in parse_certificate(changed).issuer, "what is no text is replaced"


def test_what_is_no_certificate_is_refused_and_nothing_else_happens() -> None:
    for cut in range(len(PINNED) // 3):
        with pytest.raises(ValueError, match=r".+"):
            parse_certificate(PINNED[:cut])
    source = random.Random(1)  # noqa: S311
    for _ in range(3000):
        damaged = bytearray(PINNED)
        for _ in range(source.randint(1, 4)):
            damaged[source.randrange(200)] = source.randrange(256)
        try:
            parse_certificate(bytes(damaged))
        except ValueError:
            continue
