"""Reliability of supply by station and month, from stored restoration steps (S2-R03)."""
