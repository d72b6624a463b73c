"""How a log record is written: one line, personal numbers masked."""

import logging
import re

# Mobile and landline numbers, identity numbers: whatever a library puts into a message, they do not reach the log.
PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{17}[\dXx])(?!\d)")


class OneLine(logging.Formatter):
    """``2026-11-22 10:00:00 INFO name: text``; a traceback follows on the same line, separated by `` | ``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        text = " | ".join(line for line in super().format(record).splitlines() if line.strip())
        return PERSONAL.sub("[masked]", text)
