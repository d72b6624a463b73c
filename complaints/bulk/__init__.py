"""Believable bulk data, fast: whole lives of orders as COPY lines, consistent with every constraint and invariant.

For measurements only. Rows are written beside the door on purpose, and therefore only such as the door itself would
have left behind: each order's timeline is cut off at ``now`` and its columns follow from what is left of it.
"""

from complaints.bulk.cast import Cast, find_cast
from complaints.bulk.life import Bulk
from complaints.bulk.lines import TABLES, Lines, columns

__all__ = ["TABLES", "Bulk", "Cast", "Lines", "columns", "find_cast"]
