"""Refusals of the customer register: what is wrong and what would help, in Chinese, with an HTTP status."""


class CustomerError(Exception):
    """An act that was not done. ``field`` names the form field or file column, ``""`` for the whole."""

    status = 400

    def __init__(self, message: str, *, field: str = "", changes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.changes = changes


class NotAllowed(CustomerError):
    """In view, but changing, revealing or importing belongs to somebody else."""

    status = 403


class Stale(CustomerError):
    """Somebody changed the customer since the form was opened; ``changes`` tells what."""

    status = 409


class TooLarge(CustomerError):
    """A file beyond a limit; the message names the limit."""

    status = 413


class Gone(CustomerError):
    """An import that ended or expired in the meantime."""

    status = 409
