"""Checklists of an outage as versioned templates; every tick carries a name and a time (S0-R07, R09, R33)."""
