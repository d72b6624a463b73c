"""How big an uploaded file may be. Limits of the machine, not of the business; every refusal names its limit."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """``size`` and ``unpacked`` in bytes (``unpacked``: an xlsx after decompression), ``rows`` without the header."""

    size: int
    unpacked: int
    rows: int
    columns: int = 60
    members: int = 1000


# On the page the whole file is checked inside one request.
PAGE = Limits(size=10 * MIB, unpacked=80 * MIB, rows=10_000)
# manage.py import_customers runs as long as it takes.
COMMAND = Limits(size=200 * MIB, unpacked=1024 * MIB, rows=1_000_000)
