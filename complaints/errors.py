"""Refusals of the door: each says what is wrong and what would help, in Chinese, and carries its HTTP status."""

from collections.abc import Sequence

from django.utils.translation import gettext as _


class Refused(Exception):
    """An act that was not done. ``status`` is the HTTP status, ``code`` a stable word for the API, ``changes`` the
    lines of what happened meanwhile (may be empty)."""

    status = 409
    code = "refused"

    def __init__(self, message: str, *, field: str = "", changes: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.changes = list(changes)


class UnknownStep(Refused):
    """No transition has this name."""

    status = 404
    code = "unknown_step"

    def __init__(self, name: str) -> None:
        super().__init__(_("没有名为“%(name)s”的操作。") % {"name": name[:40]})


class NotAllowed(Refused):
    """In view, but this step belongs to somebody else."""

    status = 403
    code = "not_allowed"


class NotNow(Refused):
    """The order's state does not have this step; usually somebody was quicker."""

    code = "not_now"


class Stale(Refused):
    """The form was opened on an older version of the order."""

    code = "stale"


class Blocked(Refused):
    """A guard says no; the message is its reason."""

    code = "blocked"


class Held(Refused):
    """Another part of the system holds this step back."""

    code = "held"


class Invalid(Refused):
    """A value that cannot be used; ``field`` names it."""

    status = 400
    code = "invalid"
