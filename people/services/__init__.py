"""The door to people, departments, posts and the roster. Every function checks the right, writes its rows and one
audit row in one transaction, and takes ``now``. Wrong input raises ValidationError with the field's name as key.

``by=None`` is the operator at the server and is not asked for a right.
"""

from people.services.accounts import (
    change_password,
    create_user,
    disable_user,
    enable_user,
    end_sessions,
    reset_password,
    reset_second_factor,
    set_preferences,
    update_user,
)
from people.services.departments import create_department, keep_headcount, set_headcount, update_department
from people.services.posts import assign, end_assignment
from people.services.roster import cancel_shift, on_duty, plan_shift, roster_gaps

__all__ = [
    "assign",
    "cancel_shift",
    "change_password",
    "create_department",
    "create_user",
    "disable_user",
    "enable_user",
    "end_assignment",
    "end_sessions",
    "keep_headcount",
    "on_duty",
    "plan_shift",
    "reset_password",
    "reset_second_factor",
    "roster_gaps",
    "set_headcount",
    "set_preferences",
    "update_department",
    "update_user",
]
