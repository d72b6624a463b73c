"""Order numbers and query codes.

Numbers read ``20260918-0012``: the Shanghai day and a count within it. They come from one database sequence minus the
day's base, so that two intakes never wait for each other; a rolled-back intake leaves a gap, nothing is given twice.
"""

import secrets
from datetime import date

from django.db import connection

from complaints.models import NumberBase

# 32 letters and digits that cannot be mistaken for one another: 12 of them are 60 random bits (S0-R15).
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 12

DRAW = """
SELECT nextval('complaints_order_number'), nextval('complaints_order_id_seq'),
       (SELECT base FROM complaints_numberbase WHERE day = %s)
"""


def next_number(day: date) -> tuple[int, str]:
    """Primary key and number that nobody else has or will get. One statement, plus two for the first order of a day.

    With the key known beforehand the order and all its rows are written at once.
    """
    value, key, base = _draw(day)
    if base is None:
        # Whoever comes first sets the base; the others wait for that commit once and read it.
        NumberBase.objects.bulk_create([NumberBase(day=day, base=value - 1)], ignore_conflicts=True)
        base = NumberBase.objects.values_list("base", flat=True).get(day=day)
    while value <= base:  # drawn before another process set the base
        value, key, _base = _draw(day)
    return key, f"{day:%Y%m%d}-{value - base:04d}"


def _draw(day: date) -> tuple[int, int, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(DRAW, [day])
        value, key, base = cursor.fetchone()
    return int(value), int(key), base


def new_query_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
