"""``manage.py import_outages FILE.jsonl [--dry-run] [--report OUT.jsonl]``: outages with their notices and results."""

import argparse
import json
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from complaints.call_lines import numbered
from complaints.imports import rehearsal
from outage.imports import Outcome, import_lines
from people import audit


class Command(BaseCommand):
    help = (
        "导入停电记录（每行一个 JSON 对象，UTF-8）：范围、时间、已发通知，并判定是否按时；同一编号重复导入不会重复建立"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="照做一遍后全部撤回，不写入")
        parser.add_argument("--report", type=Path, help="逐行结果写到这个文件（JSONL）")

    def handle(self, *args: Any, **options: Any) -> None:
        path, report = options["file"], options["report"]
        if report is not None and report.exists() and path.exists() and report.samefile(path):
            raise CommandError("报告不能写到停电文件自己，请换一个文件名")
        self.counts: Counter[str] = Counter()
        try:
            with path.open("rb") as source, report.open("w", encoding="utf-8") if report else nullcontext() as out:
                self.run(source, out, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"无法读写 {error.filename or path}：{error.strerror}") from error
        except OperationalError as error:
            raise CommandError(f"数据库中断，已处理 {self.counts['lines']} 行；恢复后请重新导入：{error}") from error
        head = "演练（未写入）：" if options["dry_run"] else ""
        known = f"，其中以前已导入 {self.counts['known']}" if self.counts["known"] else ""
        self.stdout.write(f"{head}共 {self.counts['lines']} 行，停电 {self.counts['taken']} 起{known}")
        if self.counts["failed"]:
            raise CommandError(f"有 {self.counts['failed']} 行有误，未导入；改正后重新导入同一文件即可")

    def run(self, source: Any, out: IO[str] | None, *, dry_run: bool) -> None:
        now = timezone.now()
        with rehearsal(dry_run):
            for outcome in import_lines(numbered(source), now=now):
                self.tell(outcome)
                if out is not None:
                    out.write(json.dumps(outcome.report, ensure_ascii=False) + "\n")
            detail = dict(self.counts)
            audit.record(actor=None, action="outages.import", ref=Path(source.name).name, now=now, detail=detail)

    def tell(self, outcome: Outcome) -> None:
        self.counts["lines"] += 1
        self.counts["failed"] += bool(outcome.problems)
        self.counts["taken"] += not outcome.problems
        self.counts["known"] += not outcome.fresh and not outcome.problems
        for problem in outcome.problems:
            where = f" {problem.field}" if problem.field else ""
            self.stderr.write(f"第 {outcome.line} 行{where}：{problem.message}")
        if outcome.unknown:
            self.stderr.write(f"第 {outcome.line} 行：不认识的字段 {'、'.join(outcome.unknown)[:200]}，已忽略")
