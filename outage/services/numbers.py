"""Outage numbers: ``TD20260922-0007``, the Shanghai day and a running count that nobody else gets."""

from datetime import date

from django.db import connection

WRAP = 10_000  # far more than any day has


def next_number(day: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('outage_outage_number')")
        (value,) = cursor.fetchone()
    return f"TD{day:%Y%m%d}-{value % WRAP:04d}"
