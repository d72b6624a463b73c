"""The shared words, glyphs and form rows of every page (DESIGN: components, wording).

``{% load ui %}`` gives icons, form rows, masks, dates as people write them, and the hidden request key.
Ticks, due lines and week lines live beside it in ``{% load due %}``.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select, Textarea
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from people import masking

register = template.Library()

# --- glyphs -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A 16 px stroke of the sprite, hidden from readers: the word beside it says the same. ``size="sm"`` is 12 px."""
    css = f"icon icon--{size}" if size else "icon"
    sheet = static("icons.svg")
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true"><use href="{}#{}"/></svg>', css, sheet, name
    )


@register.simple_tag
def chip(word: str, glyph: str = "", state: str = "") -> SafeString:
    """A state: glyph, word and colour together. ``state`` is info, soon, over, solid, wait, plain or nothing."""
    css = f"chip chip--{state}" if state else "chip"
    return format_html('<span class="{}">{}{}</span>', css, icon(glyph, "sm") if glyph else "", word)


@register.filter
def keycaps(keys: str) -> SafeString:
    """ "Ctrl Enter" as two key caps, for showing what ``aria-keyshortcuts`` or ``data-key`` declares."""
    caps = [format_html("<kbd>{}</kbd>", key) for key in keys.split()]
    return SafeString("".join(caps))


# --- forms ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def request_key() -> SafeString:
    """Hidden field by which a repeated submission gets the first answer instead of a second effect."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid.uuid4().hex)


def _widget_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, (CheckboxInput, RadioSelect, CheckboxSelectMultiple)):
        return ""
    base = "textarea" if isinstance(widget, Textarea) else "select" if isinstance(widget, Select) else "input"
    given = widget.attrs.get("class", "")
    parts = [base, "input--error" if field.errors else "", given if given != base else ""]
    return " ".join(part for part in parts if part)


def _describers(field: BoundField) -> str:
    ids = [
        f"{field.auto_id}_helptext" if field.help_text else "",
        f"{field.auto_id}_error" if field.errors else "",
    ]
    return " ".join(one for one in ids if one)


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """The bare control with our classes and its hint and error tied to it; attributes with ``_`` for ``-``."""
    given = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, "", False)}
    described = _describers(field)
    if described:
        given.setdefault("aria-describedby", described)
    if field.errors:
        given["aria-invalid"] = "true"
    css = _widget_class(field)
    if css:
        given["class"] = f"{css} {given['class']}" if "class" in given else css
    return field.as_widget(attrs=given)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", key: str = "", layout: str = "", **attrs: Any) -> dict[str, Any]:
    """A form row: label, control, hint, error. ``layout="top"`` puts the label above; ``key`` shows a key cap.

    Other arguments become attributes of the control: ``{% field form.phone inputmode="tel" data_key="F2" %}``.
    """
    control = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "key": key,
        "layout": layout,
        "attrs": attrs,
        "is_check": isinstance(control, CheckboxInput),
        "is_group": isinstance(control, (RadioSelect, CheckboxSelectMultiple)),
        "is_radio": isinstance(control, RadioSelect) and not isinstance(control, CheckboxSelectMultiple),
        "is_file": isinstance(control, FileInput),
        "control": SafeString("") if _is_drawn_apart(bound) else widget(bound, **attrs),
    }


def _is_drawn_apart(bound: BoundField) -> bool:
    return isinstance(bound.field.widget, (RadioSelect, CheckboxSelectMultiple))


@register.filter
def as_lines(value: str | list[str] | None) -> str:
    """The value of a field of lines, given as text or as a list, as the text of its box."""
    return "\n".join(value) if isinstance(value, list) else value or ""


@register.filter
def undo_url(tags: str) -> str:
    """The address that takes a message's act back, given by the view as ``extra_tags="undo:/address/"``."""
    for tag in (tags or "").split():
        if tag.startswith("undo:"):
            return tag.removeprefix("undo:")
    return ""


# --- masks: personal data is hidden unless a page was asked, with a reason, to reveal it ------------------------------

register.filter("mask_phone", masking.mask_phone)
register.filter("mask_name", masking.mask_name)
register.filter("mask_account", masking.mask_account)
register.filter("mask_address", masking.mask_address)
register.filter("mask_text", masking.mask_text)

# --- days and times, as DESIGN writes them ----------------------------------------------------------------------------

WEEKDAYS = "一二三四五六日"
JUST_NOW = timedelta(minutes=1)
WITHIN_MINUTES = timedelta(hours=1)
WITHIN_HOURS = timedelta(hours=6)
YESTERDAY = timedelta(days=1)


def _local(moment: date | datetime) -> date:
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment


@register.filter
def day_text(moment: date | datetime | None, today: date | None = None) -> str:
    """9 月 23 日; with the year when ``today`` is given and lies in another one."""
    if moment is None:
        return ""
    day = _local(moment)
    text = _("%(month)d 月 %(day)d 日") % {"month": day.month, "day": day.day}
    return f"{_('%(year)d 年') % {'year': day.year}} {text}" if today and today.year != day.year else text


@register.filter
def weekday(moment: date | datetime | None) -> str:
    """周三"""
    return "" if moment is None else _("周") + WEEKDAYS[_local(moment).weekday()]


@register.filter
def day_week(moment: date | datetime | None, today: date | None = None) -> str:
    """9 月 23 日 周三: deadlines carry the weekday."""
    return "" if moment is None else f"{day_text(moment, today)} {weekday(moment)}"


@register.filter
def short_day(moment: date | datetime | None, today: date | None = None) -> str:
    """9/23, for tables; 2025/9/23 in another year than ``today``."""
    if moment is None:
        return ""
    day = _local(moment)
    return f"{day.year}/{day.month}/{day.day}" if today and today.year != day.year else f"{day.month}/{day.day}"


@register.filter
def hour(moment: datetime | None) -> str:
    """20:16"""
    return "" if moment is None else f"{timezone.localtime(moment):%H:%M}"


@register.filter
def stamp(moment: datetime | None, today: date | None = None) -> str:
    """9/10 20:16"""
    return "" if moment is None else f"{short_day(moment, today)} {hour(moment)}"


@register.filter
def stamp_text(moment: datetime | None, today: date | None = None) -> str:
    """9 月 10 日 20:16"""
    return "" if moment is None else f"{day_text(moment, today)} {hour(moment)}"


def since(moment: datetime, now: datetime) -> str:
    """How long ago, in the coarsest words that still help: 刚刚, 5 分钟前, 2 小时前, 09:41, 昨天, 9/18."""
    past = now - moment
    day, today = _local(moment), _local(now)
    if past < JUST_NOW:
        return _("刚刚")
    if past < WITHIN_MINUTES:
        return _("%(n)d 分钟前") % {"n": past // timedelta(minutes=1)}
    if day == today:
        return _("%(n)d 小时前") % {"n": past // timedelta(hours=1)} if past < WITHIN_HOURS else hour(moment)
    return _("昨天") if today - day == YESTERDAY else short_day(day, today)


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None) -> SafeString:
    """How long ago, with the exact moment for readers and on hover; needs ``now`` in the context."""
    if moment is None:
        return SafeString("")
    now: datetime = context["now"]
    exact = f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), exact, since(moment, now)
    )


@register.filter
def moment_text(moment: datetime | None, now: datetime | None = None) -> str:
    """今天 08:55, 昨天 16:20, 9/18 18:32: the left column of a timeline."""
    if moment is None:
        return ""
    gap = _local(now) - _local(moment) if now else timedelta.max
    if gap == timedelta(0):
        return _("今天") + " " + hour(moment)
    if gap == YESTERDAY:
        return _("昨天") + " " + hour(moment)
    return stamp(moment, _local(now) if now else None)
