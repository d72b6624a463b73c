"""Reports' own tables; everything else is only read."""

from reports.models.followups import FollowUp
from reports.models.publication import (
    CheckResult,
    DepartmentCheck,
    Publication,
    PublicationEvent,
    Release,
    ReleaseOrder,
)
from reports.models.records import Record, Target
from reports.models.rollup import MonthCell, RolledMonth, RollUpMark
from reports.models.wall import WallLink

__all__ = [
    "CheckResult",
    "DepartmentCheck",
    "FollowUp",
    "MonthCell",
    "Publication",
    "PublicationEvent",
    "Record",
    "Release",
    "ReleaseOrder",
    "RollUpMark",
    "RolledMonth",
    "Target",
    "WallLink",
]
