"""Which channels a person is told by, and under which address; one read for any number of people."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.models import Endpoint, Preference
from notifications.times import Wish
from notifications.vocabulary import PERSON_CHANNELS, Topic
from people.models import User

# What somebody who never chose gets besides the inbox; an SMS only where it is urgent.
USUAL: tuple[str, ...] = ("wecom_app",)
URGENT: tuple[str, ...] = ("wecom_app", "sms")


@dataclass(frozen=True)
class Person:
    """``channels(topic)`` are those chosen and reachable, in the order of falling back."""

    user: User
    wish: Wish
    addresses: dict[str, str]
    chosen: dict[str, list[str]]

    def channels(self, topic: Topic, *, urgent: bool) -> list[str]:
        """Urgent messages go out by the usual urgent channels whatever was chosen; else only what was."""
        wanted = set(self.chosen.get(topic, USUAL)) | (set(URGENT) if urgent else set())
        return [channel for channel in PERSON_CHANNELS if channel in wanted and self.addresses.get(channel)]


def read_people(ids: Iterable[int]) -> dict[int, Person]:
    users = User.objects.filter(pk__in=set(ids), is_active=True)
    wishes = {row.user_id: row for row in Preference.objects.filter(user__in=users)}
    return {user.pk: person_of(user, wishes.get(user.pk)) for user in users}


def person_of(user: User, row: Preference | None) -> Person:
    if row is None:
        return Person(user, Wish(), {"sms": user.phone}, {})
    wish = Wish(row.quiet_from, row.quiet_to, row.working_time_only, row.daily_digest, row.digest_at)
    addresses = {"sms": user.phone, "smtp": row.email, "wecom_app": row.wecom_id}
    return Person(user, wish, addresses, row.channels)


def endpoints_for_people() -> dict[str, Endpoint]:
    """channel -> the enabled endpoint of it: the first one set up."""
    found: dict[str, Endpoint] = {}
    for row in Endpoint.objects.filter(enabled=True, channel__in=PERSON_CHANNELS).order_by("id"):
        found.setdefault(row.channel, row)
    return found
