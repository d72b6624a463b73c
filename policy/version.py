"""One number that changes whenever numbers, routes, duties, subcategories or calendar change.

The number comes from a sequence and is set by triggers, so no write can forget it and a rolled-back write cannot
give its number to another. Reading it is the only query a cached rule book costs.
"""

from people.reading import asked_once
from people.statements import Prepared
from policy.models import Stamp

_STAMP = Prepared(lambda: Stamp.objects.order_by("id").values_list("number")[:1])


@asked_once
def current() -> int:
    """The stamp as committed (or as this transaction wrote it); 0 on an empty database. One query."""
    found = _STAMP()
    return found[0][0] if found else 0
