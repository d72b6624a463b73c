"""What changes deadlines and approvals: sweeps, cases put before somebody, extensions of the due date."""

from escalation.services.sweep import Settled, follow_calendar, last_sweep, settle_due

__all__ = ["Settled", "follow_calendar", "last_sweep", "settle_due"]
