"""Whether a person may be told of what a message is about: always asked of ``visible_to`` (invariants 22, 24)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from notifications.models import SUBJECTS, Message
from people.models import User

Asked = tuple[int, str]  # a person, and a column of ``Message``


def subjects_of(message: Message) -> dict[str, int]:
    """Column -> key of what the message is about; empty where it is about neither."""
    found = {name: getattr(message, f"{name}_id") for name in SUBJECTS}
    return {name: pk for name, pk in found.items() if pk is not None}


@dataclass
class Sight:
    """What each of some people sees of what some messages are about: one query per person and kind of thing."""

    seen: dict[Asked, set[int]] = field(default_factory=dict)

    def covers(self, user_id: int, message: Message) -> bool:
        """A message about nothing is for whoever it was addressed to."""
        return all(pk in self.seen.get((user_id, name), ()) for name, pk in subjects_of(message).items())


def sight(asked: Iterable[tuple[User, Message]], now: datetime) -> Sight:
    users: dict[int, User] = {}
    wanted: dict[Asked, set[int]] = defaultdict(set)
    for user, message in asked:
        users[user.pk] = user
        for name, pk in subjects_of(message).items():
            wanted[user.pk, name].add(pk)
    return Sight({(pk, name): visible(name, users[pk], keys, now) for (pk, name), keys in wanted.items()})


def visible(name: str, user: User, keys: Iterable[int], now: datetime) -> set[int]:
    return set(SUBJECTS[name].objects.visible_to(user, now=now).filter(pk__in=keys).values_list("pk", flat=True))
