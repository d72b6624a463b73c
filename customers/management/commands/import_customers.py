"""``manage.py import_customers FILE [--dry-run] [--skip-broken]``: customers from CSV or xlsx, all or nothing."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import imports
from customers.errors import CustomerError
from customers.imports import plan
from customers.imports.limits import COMMAND


class Command(BaseCommand):
    help = "导入客户资料（CSV：UTF-8 或 GB18030；或 .xlsx），按户号新增或修改"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--skip-broken", action="store_true", help="跳过有误的行，导入其余的行")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        data = read_file(options["file"])
        try:
            checked = imports.check(data, limits=COMMAND, now=now)
            for problem in checked.problems:
                self.stderr.write(problem_line(problem))
            seen = {"encoding": checked.encoding, "total": checked.total, "broken": checked.broken}
            self.stdout.write(_("%(encoding)s，%(total)d 行，有误 %(broken)d 行") % seen)
            if options["dry_run"]:
                counts = sum((plan.count(changes) for changes in plan.plan(checked.entries)), plan.Counts())
            else:
                counts = imports.write_checked(checked, data=data, skip_broken=options["skip_broken"], now=now)
        except CustomerError as error:
            raise CommandError(error.message) from error
        done = {"new": counts.new, "changed": counts.changed, "same": counts.same}
        if options["dry_run"]:
            self.stdout.write(_("将新增 %(new)d 户，将修改 %(changed)d 户，未变 %(same)d 户") % done)
        else:
            self.stdout.write(_("已新增 %(new)d 户，已修改 %(changed)d 户，未变 %(same)d 户") % done)


def problem_line(problem: imports.Problem) -> str:
    """One line of the report on broken lines."""
    return _("第 %(line)d 行 %(field)s：%(message)s") % problem


def read_file(path: Path) -> bytes:
    """The bytes of a file; a missing or unreadable one is one clear line."""
    try:
        return path.read_bytes()
    except OSError as error:
        values = {"path": path, "why": error.strerror}
        raise CommandError(_("无法读取 %(path)s：%(why)s") % values) from error
