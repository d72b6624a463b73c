"""What ``complaints`` tells the apps above it. It knows none of them."""

from django.dispatch import Signal

# provides args: ids (list of order primary keys), kind (event name), now (datetime), inside the transaction.
# Receivers are set-based, write rows only, may call ``services.note_many``, never ``perform``.
order_events = Signal()

# provides args: inquiry (queries.Inquiry), now. Receivers return a list of queries.Proposal.
before_order = Signal()
