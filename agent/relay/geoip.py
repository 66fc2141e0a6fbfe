"""The countries of addresses, from a file that the operator provides."""

from ipaddress import ip_address
from pathlib import Path

import maxminddb


class GeoIPError(Exception):
    """Raised when the file cannot be used. The message says why."""


class GeoIP:
    """An MMDB file, read into memory."""

    def __init__(self, file: Path) -> None:
        """Raises GeoIPError."""
        self._file = file
        self._reader, self._changed = _open(file)

    def country(self, ip: str) -> str:
        """The lower-case ISO code for `v4`, `v6` or `v4/v6`: the country's, else the continent's, "" when unknown."""
        address = next((part for part in ip.split("/") if part), "")
        try:
            found = self._reader.get(ip_address(address))
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""
        if not isinstance(found, dict):
            return ""
        return _code(found.get("country"), "iso_code") or _code(found.get("continent"), "code")

    def reload(self) -> bool:
        """Reads the file again if it changed; returns whether it did. Raises GeoIPError, and keeps the old one then."""
        try:
            changed = self._file.stat().st_mtime_ns
        except OSError as error:
            raise GeoIPError(f"{self._file} cannot be read: {error.strerror}") from None
        if changed == self._changed:
            return False
        self._reader, self._changed = _open(self._file)
        return True


def _open(file: Path) -> tuple[maxminddb.Reader, int]:
    try:
        changed = file.stat().st_mtime_ns
        # In memory, as a memory-mapped file could be overwritten while it is read.
        return maxminddb.open_database(file, maxminddb.MODE_MEMORY), changed
    except OSError as error:
        raise GeoIPError(f"{file} cannot be read: {error.strerror}") from None
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise GeoIPError(f"{file} is not an MMDB file: {error}") from None


def _code(entry: object, name: str) -> str:
    code = entry.get(name) if isinstance(entry, dict) else None
    return code.lower() if isinstance(code, str) else ""
