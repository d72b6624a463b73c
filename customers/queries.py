"""Looking customers up. Every function starts from ``within``: pages pass ``visible_to(user)``; only what acts for
the system itself (imports of calls, sweeps) leaves it out."""

import re
from collections.abc import Iterable

from django.db.models import CharField, QuerySet
from django.db.models.functions import Reverse

from customers.bigrams import SHORTEST_QUERY, bigrams, fold
from customers.marks import marked
from customers.models import Customer, CustomerPhone, CustomerQuerySet, TransformerArea
from customers.phones import LONGEST_NUMBER, SHORTEST_TAIL, is_tail, normalise
from people.statements import Given, Prepared

MOST_HITS = 50
LONGEST_QUERY = 60
_ACCOUNT = re.compile(r"[0-9A-Z]{6,20}")


def find_by_phone(number: str, *, within: CustomerQuerySet | None = None, limit: int = MOST_HITS) -> list[Customer]:
    """Customers with exactly this telephone, however it was typed; two statements. ``[]`` for no number."""
    digits = normalise(number)
    if not digits or len(digits) > LONGEST_NUMBER:
        return []
    return _by_phones(CustomerPhone.objects.filter(number=digits), within, limit)


def find_by_phone_tail(
    digits: str, *, within: CustomerQuerySet | None = None, limit: int = MOST_HITS
) -> list[Customer]:
    """Customers with a telephone ending in these digits (at least four); reads the index on ``reverse(number)``."""
    tail = normalise(digits)
    if not is_tail(tail):
        return []
    phones = CustomerPhone.objects.annotate(mirrored=Reverse("number")).filter(mirrored__startswith=tail[::-1])
    return _by_phones(phones, within, limit)


def find_by_account(account_no: str, *, within: CustomerQuerySet | None = None) -> Customer | None:
    """The customer of an account number, with place and phones; blanks and full width are forgiven."""
    wanted = account_key(account_no)
    return _all(within).with_place().filter(account_no=wanted).first() if wanted else None


def caller_of(account_no: str) -> tuple[Customer, bool] | None:
    """The customer of an account number with its station, and whether its orders go before ordinary ones
    (``marks.needs_care``): what registering an order needs, in one statement."""
    wanted = account_key(account_no)
    found = _CALLER(account=wanted) if wanted else []
    return (found[0], found[0].cares) if found else None  # type: ignore[attr-defined]


_CALLER = Prepared(
    lambda: (
        Customer.objects.filter(account_no=Given("account", CharField()))
        .select_related("station")
        .defer("search_text", "bigrams")
        .annotate(cares=marked())
    )
)


def find_by_account_tail(
    tail: str, *, within: CustomerQuerySet | None = None, limit: int = MOST_HITS
) -> list[Customer]:
    """Customers whose account number ends in these characters (at least four)."""
    wanted = account_key(tail)
    if len(wanted) < SHORTEST_TAIL:
        return []
    mirrored = _all(within).annotate(mirrored=Reverse("account_no")).filter(mirrored__startswith=wanted[::-1])
    return list(mirrored.with_place().order_by("account_no")[:limit])


def search(text: str, *, within: CustomerQuerySet | None = None, limit: int = MOST_HITS) -> list[Customer]:
    """One box for everything: phone, tail of a phone, account number or its tail, else name and address.

    Digits are tried as phone and account, then as the tails of both; the first that finds anything wins, phones before
    accounts. Names and addresses need two characters. At most ``limit`` customers; ask for one more to know whether
    there are others.
    """
    digits = normalise(text)
    if len(digits) >= SHORTEST_TAIL and len(digits) <= LONGEST_NUMBER:
        found = _by_digits(digits, within, limit)
        if found:
            return found
    account = account_key(text)
    if account and account != digits and (customer := find_by_account(account, within=within)) is not None:
        return [customer]
    return search_words(text, within=within, limit=limit)


def search_words(text: str, *, within: CustomerQuerySet | None = None, limit: int = MOST_HITS) -> list[Customer]:
    """Customers whose name or address holds the folded text (two characters or more), by account number."""
    wanted = fold(text[:LONGEST_QUERY])
    if len(wanted) < SHORTEST_QUERY:
        return []
    hits = _all(within).filter(bigrams__contains=bigrams(wanted), search_text__contains=wanted)
    return list(hits.with_place().order_by("account_no")[:limit])


def page_of(within: CustomerQuerySet, *, after: str = "", size: int = MOST_HITS) -> tuple[list[Customer], str]:
    """One page by account number and the key of the next (``""`` at the end): no offset, no count (P3)."""
    rows = within.with_place().order_by("account_no")
    if after:
        rows = rows.filter(account_no__gt=after)
    page = list(rows[: size + 1])
    return page[:size], page[size - 1].account_no if len(page) > size else ""


def areas_of(accounts: Iterable[str]) -> dict[str, TransformerArea]:
    """The transformer area of each known account that has one; one statement."""
    rows = Customer.objects.filter(account_no__in=list(accounts), area__isnull=False).select_related("area__grid")
    return {row.account_no: row.area for row in rows if row.area is not None}


def area_of(account_no: str) -> TransformerArea | None:
    """The transformer area that feeds an account (B11); None when the account or its area is unknown."""
    wanted = account_key(account_no)
    return areas_of([wanted]).get(wanted)


def account_key(text: str) -> str:
    """An account number as stored: width folded, blanks and dashes dropped, capitals."""
    key = fold(text).upper()
    return key if key.isascii() and key.isalnum() else ""


def is_account(key: str) -> bool:
    """Whether a folded text can be an account number: 6 to 20 digits or letters."""
    return _ACCOUNT.fullmatch(key) is not None


def _all(within: CustomerQuerySet | None) -> CustomerQuerySet:
    return Customer.objects.all() if within is None else within


def _by_phones(phones: QuerySet[CustomerPhone], within: CustomerQuerySet | None, limit: int) -> list[Customer]:
    hits = _all(within).with_place().filter(pk__in=phones.values("customer_id"))
    return list(hits.order_by("account_no")[:limit])


def _by_digits(digits: str, within: CustomerQuerySet | None, limit: int) -> list[Customer]:
    """One statement for whole numbers, one for tails, each read from the indexes of both tables."""
    whole = CustomerPhone.objects.filter(number=digits), Customer.objects.filter(account_no=digits)
    tail = digits[::-1]
    tails = (
        CustomerPhone.objects.annotate(mirrored=Reverse("number")).filter(mirrored__startswith=tail),
        Customer.objects.annotate(mirrored=Reverse("account_no")).filter(mirrored__startswith=tail),
    )
    return _phones_first(*whole, digits, within, limit) or _phones_first(*tails, digits, within, limit)


def _phones_first(
    phones: QuerySet[CustomerPhone],
    accounts: QuerySet[Customer],
    digits: str,
    within: CustomerQuerySet | None,
    limit: int,
) -> list[Customer]:
    keys = phones.values("customer_id").union(accounts.values("pk"))
    found = list(_all(within).with_place().filter(pk__in=keys).order_by("account_no")[: 2 * limit])
    by_phone = [one for one in found if any(phone.number.endswith(digits) for phone in one.phones.all())]
    return (by_phone or found)[:limit]
