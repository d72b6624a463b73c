"""Who may set up, watch and repair the sending: pure questions to a ``Standing``.

The system administrator keeps channels and texts but reads no business text; see ``views/log``."""

from people.roles import Role
from people.standing import Standing


def may_set_up(held: Standing) -> bool:
    """Channels and texts."""
    return held.has(Role.SYSTEM_ADMIN)


def may_operate(held: Standing) -> bool:
    """Resend and give up."""
    return held.has(Role.SYSTEM_ADMIN, Role.HOTLINE_DIRECTOR)


def may_read_log(held: Standing) -> bool:
    return may_operate(held) or held.has(Role.AUDITOR)


def may_call(held: Standing) -> bool:
    """Whoever is on shift rings those no channel reached."""
    return held.has(Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR)
