"""What the public reads about a plan: made from its facts where nobody wrote it, refused with personal data in it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from people.masking import mask_text


def holds_personal_data(text: str, *, allowed: Sequence[str]) -> bool:
    """Telephone, identity or account numbers (S2-R13); our own ``allowed`` numbers are none."""
    for number in allowed:
        text = text.replace(number, "")
    return mask_text(text) != text


def proposed(*, title: str, work: str, starts_at: datetime, ends_at: datetime, hotline: str) -> str:
    """Time, area, cause, expected restoration: what an announcement must say (S2-R01)."""
    begin, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    until = f"{end:%H:%M}" if begin.date() == end.date() else _("%(m)d 月 %(d)d 日 %(at)s") % _day(end)
    return _(
        "因%(work)s，%(m)d 月 %(d)d 日 %(at)s 至 %(until)s，%(title)s停电，预计 %(until)s 恢复供电。"
        "请提前做好准备，如有疑问请拨打 %(hotline)s。"
    ) % {**_day(begin), "work": work, "title": title, "until": until, "hotline": hotline}


def _day(moment: datetime) -> dict[str, object]:
    return {"m": moment.month, "d": moment.day, "at": f"{moment:%H:%M}"}
