"""One round of money: both clocks call it, either suffices."""

from datetime import datetime

from escalation.services.ledger import Charged, settle_money
from escalation.services.rulings import propose_repeats


def settle(now: datetime) -> Charged:
    """Charges what is owed, then puts new repeats before the adjudicator. Idempotent."""
    charged = settle_money(now)
    propose_repeats(now)
    return charged
