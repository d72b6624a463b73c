"""Removes what crashes left in the folder of attachments and checks that rows and files agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.services.file_sweep import sweep


class Command(BaseCommand):
    help = "Removes temporary and orphaned files older than 24 hours; fails when a row has no file or another one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verify", action="store_true", help="read every file and compare its SHA-256")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be removed")

    def handle(self, *args: Any, verify: bool, dry_run: bool, **options: Any) -> None:
        found = sweep(timezone.now(), verify=verify, dry_run=dry_run)
        counts = {"temporary": found.temporary, "orphans": found.orphans}
        words = (
            _("临时文件 %(temporary)d 个、无记录的文件 %(orphans)d 个待清理（未删除）")
            if dry_run
            else _("已清理临时文件 %(temporary)d 个、无记录的文件 %(orphans)d 个")
        )
        self.stdout.write(words % counts)
        for name in found.missing:
            self.stderr.write(_("缺文件：%(name)s") % {"name": name})
        for name in found.changed:
            self.stderr.write(_("内容不符：%(name)s") % {"name": name})
        if found.missing or found.changed:
            wrong = {"missing": len(found.missing), "changed": len(found.changed)}
            raise CommandError(
                _("%(missing)d 个附件缺文件，%(changed)d 个附件内容不符，请从备份恢复 FILES_ROOT。") % wrong
            )
