"""Importing customers from files: ``check`` reads, ``upload``/``preview``/``confirm`` are the page's two steps,
``write_checked`` is the command's one."""

from customers.imports.limits import COMMAND, PAGE, Limits
from customers.imports.plan import Counts
from customers.imports.rows import Check, Entry, Problem, check
from customers.imports.runs import confirm, discard, forget_expired, preview, upload, write_checked

__all__ = [
    "COMMAND",
    "PAGE",
    "Check",
    "Counts",
    "Entry",
    "Limits",
    "Problem",
    "check",
    "confirm",
    "discard",
    "forget_expired",
    "preview",
    "upload",
    "write_checked",
]
