"""Counts beside the entries of the navigation rail.

The rail is drawn by the shell (``config.context``), which knows every page but no app's rows. An app that wants a
number beside its entry registers a function in its ``AppConfig.ready()``. No page waits for these numbers: the answer
to the bell's polling brings them, at once after a page has come and every half minute from then on. Without scripts
there is a rail without numbers.
"""

from collections.abc import Callable
from datetime import datetime

from people.models import User

Count = Callable[[User, datetime], int]

CAP = 99
_counts: dict[str, Count] = {}


def register_count(entry: str, count: Count) -> None:
    """Let ``count(user, now)`` supply the number beside that entry of the rail (its URL name).

    ``count`` should look at no more than ``CAP + 1`` rows: the rail shows "99+" beyond.
    """
    _counts[entry] = count


def count_text(entry: str, user: User, now: datetime) -> str:
    """The number as shown, "99+" above the cap, empty when nothing waits or nobody counts."""
    count = _counts.get(entry)
    waiting = count(user, now) if count else 0
    if not waiting:
        return ""
    return str(waiting) if waiting <= CAP else f"{CAP}+"
