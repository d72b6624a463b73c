"""Numbers, routes and calendar as dated rows: a row in force is history and is never changed (S4-R52).

Writes go through ``policy.services`` and ``policy.calendars``; triggers refuse what they would refuse (0003_guards).
"""

from policy.models.calendar import CalendarDay, CalendarVersion, Stamp
from policy.models.numbers import Policy
from policy.models.routes import RoutingRule, StationDuty, Subcategory

__all__ = ["CalendarDay", "CalendarVersion", "Policy", "RoutingRule", "Stamp", "StationDuty", "Subcategory"]
