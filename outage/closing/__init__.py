"""Closing an outage: ledger with customer feedback, and review with gaps and actions (S0-R10)."""
