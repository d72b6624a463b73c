"""Two-character pieces of Chinese text, stored in an array column with a GIN index.

Two-character words are the normal query and trigram indexes cannot serve them. A search is
``column @> bigrams(query)`` followed by a recheck of ``fold(query)`` inside the folded text, because an array knows
the pieces but not their order. Pure; used for customers here and for texts of orders above.
"""

import unicodedata
from itertools import pairwise

SHORTEST_QUERY = 2
_IGNORED = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def fold(text: str) -> str:
    """One form for searching: width and case folded, blanks, punctuation and invisible characters dropped."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if _searchable(c))


def bigrams(text: str) -> list[str]:
    """The different neighbouring pairs of the folded text, in order of appearance; ``[]`` below two characters."""
    return list(dict.fromkeys(first + second for first, second in pairwise(fold(text))))


def _searchable(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in _IGNORED and not category.startswith("P")
