from complaints.file_types.check import inspect
from complaints.file_types.kinds import ACCEPT, IMAGES, RECORDINGS, FileType, Problem, Unfit, too_big
from complaints.file_types.names import name_for, tidy_name
from complaints.file_types.pictures import Picture, redraw

__all__ = [
    "ACCEPT",
    "IMAGES",
    "RECORDINGS",
    "FileType",
    "Picture",
    "Problem",
    "Unfit",
    "inspect",
    "name_for",
    "redraw",
    "tidy_name",
    "too_big",
]
