"""Why a step was refused, in words for the person who took it."""


class Refused(Exception):
    """The step is closed just now; ``message`` says why and what to do."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refused):
    """This person's post does not allow the step."""

    status = 403


class Overtaken(Refused):
    """Somebody was quicker."""

    status = 409
