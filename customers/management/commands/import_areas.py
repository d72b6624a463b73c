"""``manage.py import_areas FILE``: which transformer area feeds which account (account_no, station, area, address)."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.areas import import_areas
from customers.errors import CustomerError
from customers.imports.limits import COMMAND
from customers.management.commands.import_customers import problem_line, read_file


class Command(BaseCommand):
    help = "导入户号所属台区（CSV 或 .xlsx：户号、供电所、台区、地址），新建台区并关联客户"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_areas(read_file(options["file"]), limits=COMMAND, now=timezone.now())
        except CustomerError as error:
            raise CommandError(error.message) from error
        for problem in report.problems:
            self.stderr.write(problem_line(problem))
        if report.problems:
            raise CommandError(_("有 %(n)d 行有误，什么都没有写入") % {"n": len(report.problems)})
        text = _("新建台区 %(areas)d 个，新增客户 %(created)d 户，关联 %(linked)d 户，未变 %(same)d 户")
        self.stdout.write(text % vars(report))
