"""The customer's one-time link: one rating, never preset, and a suggestion (S0-R22); wrong tokens are counted.

A link answers the same, in body and status, whether it never was, is over, or was used: nothing is disclosed. Looking
at it does not use it up, because machines look at links before people do.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models import Order
from complaints.services import note
from complaints.vocabulary import Satisfaction
from notifications import keys
from notifications.models import CustomerLink, Knock, Message
from people import audit

OPEN_FOR = timedelta(days=7)
WRONG_PER_HOUR = 20  # of one address; more are turned away before anything is looked up
HOUR = timedelta(hours=1)
RATINGS = tuple(one for one in Satisfaction if one != Satisfaction.NOT_RATED)


class TurnedAway(Exception):
    """Too many wrong tokens from this address."""


def invite(message: Message, order: Order, *, now: datetime) -> CustomerLink:
    """The link of a message; the same one however often it is asked for."""
    return CustomerLink.objects.get_or_create(
        message=message,
        defaults={
            "order": order,
            "token_hash": keys.token_hash(keys.link_token(message.pk)),
            "created_at": now,
            "expires_at": now + OPEN_FOR,
        },
    )[0]


def find(token: str, *, address: str | None, now: datetime) -> CustomerLink | None:
    """The open link of a token; None for anything else, and the knock is counted. Raises TurnedAway."""
    if address is not None:
        knocks = Knock.objects.filter(address=address, at__gt=now - HOUR)[:WRONG_PER_HOUR]
        if len(knocks) >= WRONG_PER_HOUR:
            raise TurnedAway
    found = CustomerLink.objects.select_related("order__policy").filter(token_hash=keys.token_hash(token)).first()
    if found is not None and found.used_at is None and now < found.expires_at:
        return found
    if address is not None:
        Knock.objects.create(address=address, at=now)
    return None


@transaction.atomic
def answer(link: CustomerLink, *, rating: str, suggestion: str, now: datetime) -> bool:
    """Uses the link up, once; the rating goes into the order's stream for the hotline to confirm. False: too late."""
    used = CustomerLink.objects.filter(pk=link.pk, used_at__isnull=True, expires_at__gt=now).update(
        used_at=now, rating=rating, suggestion=suggestion
    )
    if not used:
        return False
    label = str(Satisfaction(rating).label)
    text = _("客户短信评价：%(rating)s") % {"rating": label}
    if suggestion:
        text += _("；建议：%(text)s") % {"text": suggestion}
    note(link.order, "customer_rating", by=None, now=now, text=text, data={"satisfaction": rating})
    audit.record(actor=None, action="rating.receive", subject=link.order, now=now, detail={"rating": rating})
    return True
