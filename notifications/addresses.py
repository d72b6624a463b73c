"""Where one delivery goes, read at the last moment: numbers and links are never stored with it (invariant 27)."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse

from notifications import keys, postings
from notifications.models import Delivery
from notifications.variables import LINK, QUERY_CODE
from notifications.vocabulary import ToKind
from notifications.wishes import Person, read_people


def read_addressees(rows: Sequence[Delivery]) -> dict[int, Person]:
    """The people of a batch, and the orders of its customers, each read once."""
    prefetch_related_objects([row for row in rows if row.to == ToKind.CUSTOMER], "message__order")
    return read_people(row.recipient_id for row in rows if row.to == ToKind.PERSON and row.recipient_id is not None)


def address_of(row: Delivery, people: Mapping[int, Person]) -> tuple[str, str]:
    """(address, text) of this attempt; the address is empty for groups."""
    if row.to == ToKind.CUSTOMER:
        order = row.message.order if row.message else None
        text = with_link(row).replace(QUERY_CODE, order.query_code if order else "")
        return (order.caller_phone if order else ""), text
    if row.to == ToKind.PERSON and row.recipient_id is not None:
        person = people.get(row.recipient_id)
        return (person.addresses.get(row.channel, "") if person else ""), row.text
    return "", row.text


def with_link(row: Delivery) -> str:
    if LINK not in row.text or row.message_id is None:
        return row.text
    path = reverse("rate", args=[keys.link_token(row.message_id)])
    return row.text.replace(LINK, settings.SITE_URL + path)


def picture_of(row: Delivery) -> bytes:
    """Nothing of an order goes into a group as a picture; notices with photos bring their own. Raises OSError."""
    return postings.picture_of(row.posting) if row.posting is not None else b""
