"""Reading the yearly holiday notice from a file: holiday-cn JSON or CSV, in UTF-8 or GB18030. Pure but for its words.

A notice names the exceptional days of its year; it may reach back into the December before (the notice of 2019 made
29 December 2018 a workday).
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from policy.workdays import SpecialDay

LARGEST_FILE = 512 * 1024
MOST_DAYS = 366
YEARS = range(2000, 2101)
DECEMBER = 12
NAME_LIMIT = 60
ERRORS_SHOWN = 20
DATE_HEADS = ("date", "日期")
NAME_HEADS = ("name", "名称", "节日")
OFF_HEADS = ("isoffday", "放假", "是否放假")
OFF_WORDS = {"true": True, "1": True, "是": True, "休": True, "false": False, "0": False, "否": False, "班": False}


@dataclass(frozen=True, slots=True)
class Notice:
    """A year's exceptional days and the papers they come from."""

    year: int
    papers: tuple[str, ...]
    days: dict[dt.date, SpecialDay]

    def as_json(self) -> str:
        """The holiday-cn form: what the preview page hands to the import."""
        rows = [
            {"name": day.name, "date": f"{at:%Y-%m-%d}", "isOffDay": not day.is_workday}
            for at, day in self.days.items()
        ]
        return json.dumps({"year": self.year, "papers": list(self.papers), "days": rows}, ensure_ascii=False)


def read(payload: bytes | str | Mapping[str, Any]) -> Notice:
    """The notice in a file's bytes, its text, or a parsed holiday-cn object. Raises ValidationError, one per line."""
    if isinstance(payload, Mapping):
        return _from_object(payload)
    text = payload if isinstance(payload, str) else _decode(payload)
    return _from_json(text) if text.lstrip().startswith(("{", "[")) else _from_csv(text)


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("文件超过 512 KB，请确认选择的是放假通知文件"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("文件编码无法识别，请另存为 UTF-8 后再选"))


def _from_json(text: str) -> Notice:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("JSON 格式有误，请用 holiday-cn 的年度文件")) from error
    if not isinstance(parsed, Mapping):
        raise ValidationError(_("JSON 最外层应为对象，含 year、papers、days 三项"))
    return _from_object(parsed)


def _from_object(parsed: Mapping[str, Any]) -> Notice:
    year, papers, rows = parsed.get("year"), parsed.get("papers") or [], parsed.get("days")
    if not isinstance(year, int) or isinstance(year, bool):
        raise ValidationError(_("year 应为四位年份"))
    if not isinstance(papers, list) or not all(isinstance(paper, str) for paper in papers):
        raise ValidationError(_("papers 应为通知网址的列表"))
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValidationError(_("days 应为列表，每项含 name、date、isOffDay"))
    lines = [(number, row.get("date"), row.get("name"), row.get("isOffDay")) for number, row in enumerate(rows, 1)]
    return _checked(year, tuple(papers), lines)


def _from_csv(text: str) -> Notice:
    try:
        table = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise ValidationError(_("CSV 格式有误，请另存为逗号分隔的文件")) from error
    rows = [(number, row) for number, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    if not rows:
        raise ValidationError(_("文件是空的，请选择含日期的放假通知文件"))
    heads = [cell.strip().lower() for cell in rows[0][1]]
    at, name, off = (_column(heads, words) for words in (DATE_HEADS, NAME_HEADS, OFF_HEADS))
    lines = [
        (number, _cell(row, at), _cell(row, name), OFF_WORDS.get(_cell(row, off).lower())) for number, row in rows[1:]
    ]
    years = {text[:4] for _number, text, _name, _off in lines if text[:4].isdigit()}
    return _checked(int(max(years, default="0")), (), lines)


def _column(heads: list[str], words: tuple[str, ...]) -> int:
    for word in words:
        if word in heads:
            return heads.index(word)
    raise ValidationError(_("首行缺少“%(column)s”列，应有三列：日期、名称、放假") % {"column": words[1]})


def _cell(row: list[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _checked(year: int, papers: tuple[str, ...], lines: list[tuple[int, Any, Any, Any]]) -> Notice:
    if year not in YEARS:
        raise ValidationError(_("年份应在 %(first)d 至 %(last)d 之间") % {"first": YEARS[0], "last": YEARS[-1]})
    if not 0 < len(lines) <= MOST_DAYS:
        raise ValidationError(_("应有 1 至 366 天，文件中有 %(count)d 天") % {"count": len(lines)})
    days: dict[dt.date, SpecialDay] = {}
    errors: list[str] = []
    for number, date_text, name, is_off in lines:
        try:
            day = _day(year, date_text)
            if day in days:
                raise ValueError(_("日期 %(date)s 重复") % {"date": day})
            days[day] = SpecialDay(not _flag(is_off), _name(name))
        except ValueError as error:
            errors.append(_("第 %(line)d 条：%(error)s") % {"line": number, "error": error})
    if errors:
        raise ValidationError(errors[:ERRORS_SHOWN])
    return Notice(year, tuple(_plain(paper)[:200] for paper in papers[:5]), dict(sorted(days.items())))


def _day(year: int, text: Any) -> dt.date:
    try:
        day = dt.date.fromisoformat(text.replace("/", "-")) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(_("日期应写成 2027-01-01 的样子"))
    if day.year != year and (day.year, day.month) != (year - 1, DECEMBER):
        raise ValueError(_("日期 %(date)s 不在 %(year)d 年及上年 12 月之内") % {"date": day, "year": year})
    return day


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("放假一栏应为 true 或 false（CSV 也可用 休、班）"))
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _plain(value):
        raise ValueError(_("名称不能为空"))
    return _plain(value)[:NAME_LIMIT]


def _plain(text: str) -> str:
    """Without control characters and lone surrogates, which the database and the page refuse."""
    return "".join(char for char in text if char.isprintable()).strip()
