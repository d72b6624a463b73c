"""The one door: an outage changes only through these functions."""

from outage.services.door import attempt_for, note, note_many, perform
from outage.services.opening import Facts, open_outage
from outage.services.posting import record_failed, record_posted

__all__ = [
    "Facts",
    "attempt_for",
    "note",
    "note_many",
    "open_outage",
    "perform",
    "record_failed",
    "record_posted",
]
