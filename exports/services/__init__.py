"""The doors of this app: ask for an export, decide, cancel, fetch (``asking``); write and clear away (``work``)."""

from exports.services.asking import cancel, decide, fetch, request_export
from exports.services.work import tend, waiting, work_on

__all__ = ["cancel", "decide", "fetch", "request_export", "tend", "waiting", "work_on"]
