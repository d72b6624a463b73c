"""``manage.py import_calendar FILE [--official] [--dry-run]``: the State Council notice of a year becomes a version."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from policy import notices
from policy.calendars import Difference, import_year, preview


class Command(BaseCommand):
    help = "导入一年的放假安排（holiday-cn JSON 或 CSV）；不加 --official 为暂定"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--official", action="store_true", help="国务院通知已公布，作为正式日历")
        parser.add_argument("--dry-run", action="store_true", help="只列出将改变的日期，不导入")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            notice = notices.read(path.read_bytes())
            self._show(preview(notice, official=options["official"]))
            if options["dry_run"]:
                return
            version = import_year(notice, by=None, now=timezone.now(), official=options["official"], source=path.name)
        except OSError as error:
            raise CommandError(_("无法读取 %(path)s：%(error)s") % {"path": path, "error": error.strerror}) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(_("已导入 %(year)d 年第 %(number)d 版") % {"year": version.year, "number": version.number})

    def _show(self, difference: Difference) -> None:
        for change in difference.changes:
            self.stdout.write(f"{change.date:%Y-%m-%d}  {change.before} → {change.after}")
        self.stdout.write(
            _("%(year)d 年工作日 %(before)d → %(after)d 天，改变 %(count)d 天")
            % {
                "year": difference.year,
                "before": difference.workdays_before,
                "after": difference.workdays_after,
                "count": len(difference.changes),
            }
        )
