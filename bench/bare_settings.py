"""Django with nothing around the view: what P1 compares an intake with. Same database options, no middleware."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES as DATABASES

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.bare"
