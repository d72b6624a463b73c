"""What ``outage`` tells the apps above it; the same shape as ``complaints.signals.order_events``."""

from django.dispatch import Signal

# provides args: ids (list of outage primary keys), kind (event name), now (datetime), inside the transaction.
# Receivers are set-based, write rows only, may ``services.note_many``, never ``perform``.
outage_events = Signal()

# provides args: ids (list of Suggestion primary keys, new ones), now, inside the transaction.
outage_suggested = Signal()
