"""Why an export cannot be had: a text people can act on and the status it answers with."""


class ExportRefused(Exception):
    """``field`` names the field of a form where there is one."""

    def __init__(self, message: str, *, status: int = 409, field: str = "") -> None:
        super().__init__(message)
        self.message, self.status, self.field = message, status, field
