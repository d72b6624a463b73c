"""What is told: event → audience → words, one row each. A row for a new event is data, not code.

``on`` is the name of an event of the stream. Words in braces are listed in ``variables.VARIABLES``; an administrator
may change every text (versions kept), never the audience. A test compares ``on`` with the events the product writes.
"""

from notifications.messages.cases import CUTS, PLANS
from notifications.messages.clocks import CLOCKS
from notifications.messages.customers import CUSTOMER
from notifications.messages.escalations import APPROVALS
from notifications.messages.orders import DISPATCH, RESULT, TIME
from notifications.messages.outages import OUTAGES
from notifications.messages.pressure import PRESSURE, RULINGS
from notifications.messages.promises import PROMISES, REPORTED
from notifications.messages.row import Row
from notifications.messages.system import OTHER
from notifications.vocabulary import Stream

__all__ = ["ROWS", "TABLE", "Row", "rows_on"]

ROWS: tuple[Row, ...] = (
    *DISPATCH,
    *TIME,
    *RESULT,
    *APPROVALS,
    *PRESSURE,
    *PROMISES,
    *RULINGS,
    *CUSTOMER,
    *OUTAGES,
    *CLOCKS,
    *PLANS,
    *CUTS,
    *REPORTED,
    *OTHER,
)
TABLE: dict[str, Row] = {row.code: row for row in ROWS}
_BY_EVENT: dict[tuple[Stream, str], tuple[Row, ...]] = {}
for _row in ROWS:
    _BY_EVENT[_row.stream, _row.on] = (*_BY_EVENT.get((_row.stream, _row.on), ()), _row)


def rows_on(stream: Stream, event: str) -> tuple[Row, ...]:
    return _BY_EVENT.get((stream, event), ())
