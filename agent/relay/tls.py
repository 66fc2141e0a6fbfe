"""TLS for agents. Certificates can be renewed without closing connections."""

import ssl
from pathlib import Path

import grpc


class TlsError(Exception):
    """Raised when a certificate and its key cannot be used. The message says why."""


class ServingCertificate:
    """The files of a certificate and its key. Open connections keep the certificate that they started with."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises TlsError."""
        self._files = (certificate, key)
        self._seen = self._stamps()
        self._current = self._load()

    def credentials(self) -> grpc.ServerCredentials:
        return grpc.dynamic_ssl_server_credentials(self._current, self._newest, False)

    def reload(self) -> bool:
        """Reads the files again if they changed; returns whether they did. Keeps the old ones if it raises TlsError."""
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._current, self._seen = self._load(), stamps
        return True

    def _newest(self) -> grpc.ServerCertificateConfiguration:
        """gRPC calls this at every handshake."""
        return self._current

    def _load(self) -> grpc.ServerCertificateConfiguration:
        certificate, key = self._files
        try:
            # gRPC itself would notice an error only at the first handshake.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
            return grpc.ssl_server_certificate_configuration([(key.read_bytes(), certificate.read_bytes())])
        except ssl.SSLError as error:
            raise TlsError(f"{certificate} and {key} are not a certificate and its key ({error.reason})") from None
        except OSError as error:
            raise TlsError(f"{certificate} or {key} cannot be read: {error.strerror}") from None

    def _stamps(self) -> tuple[int, ...]:
        try:
            return tuple(file.stat().st_mtime_ns for file in self._files)
        except OSError as error:
            raise TlsError(f"{error.filename} cannot be read: {error.strerror}") from None
