"""The one door: a work order changes only through these functions."""

from complaints.services.calls import log_call
from complaints.services.door import (
    attempt_for,
    note,
    note_many,
    perform,
    place_hold,
    release_hold,
    reschedule,
    share_with,
)
from complaints.services.opening import open_order

__all__ = [
    "attempt_for",
    "log_call",
    "note",
    "note_many",
    "open_order",
    "perform",
    "place_hold",
    "release_hold",
    "reschedule",
    "share_with",
]
