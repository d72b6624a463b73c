"""What stands around the rows of a list: tabs with their capped counts, filter chips, and what may be done with it."""

from typing import Any
from urllib.parse import parse_qsl

from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.filters import ALWAYS_SHOWN, NARROWINGS, SINCE, UNTIL, VIEW, Asked, Narrowing
from complaints.forms.acts import staff_of
from complaints.lists import Queue, Reader, counts_of
from complaints.models import SavedView
from complaints.permissions import may_register
from complaints.queries import CAPPED
from people.models import User
from people.roles import DEPARTMENT_STAFF, HEADS, Role


def frame(asked: Asked, tabs: list[Queue], reader: Reader) -> dict[str, Any]:
    saved = list(SavedView.objects.visible_to(reader.user, now=reader.now).order_by("department_id", "id"))
    waiting = counts_of([tab for tab in tabs if not tab.closed], reader)
    here = next((view for view in saved if str(view.pk) == asked.view), None)
    rest = [narrowing for narrowing in NARROWINGS[ALWAYS_SHOWN:] if narrowing.name not in asked.filters]
    shown = [narrowing for narrowing in NARROWINGS if narrowing not in rest]
    return {
        "crumb": _crumb(reader),
        "can_register": may_register(reader.who) is not None,
        "views": [_tab(tab, asked, waiting, lit=here is None) for tab in tabs],
        "saved": [_saved(view, here) for view in saved],
        "here": here,
        "here_is_mine": here is not None and here.owner_id == reader.user.pk,
        "share_with": _share_with(reader),
        "staff": _staff(reader),
        "can_take": reader.who.has(*DEPARTMENT_STAFF),
        "filters": [_filter(narrowing, asked) for narrowing in shown],
        "more": {
            "hidden": hidden(asked, without=(*(narrowing.name for narrowing in rest), SINCE, UNTIL)),
            "filters": [_filter(narrowing, asked) for narrowing in rest],
            "since": asked.days.get(SINCE),
            "until": asked.days.get(UNTIL),
        },
        "days": {"text": asked.days_told(), "clear_url": asked.url(since="", until="")} if asked.days else None,
        "clear_url": asked.unnarrowed if asked.is_narrowed else "",
        "q": asked.q,
        "query": asked.query(),
        "told": asked.told(),
    }


def hidden(asked: Asked, *, without: tuple[str, ...]) -> list[tuple[str, str]]:
    """The rest of the address, for a form that changes some of it."""
    return [(name, value) for name, value in parse_qsl(asked.query()) if name not in without]


def _crumb(reader: Reader) -> str:
    place = reader.who.posts[0].department if reader.who.posts else ""
    kind = _("工作日") if reader.book.calendar.is_workday(reader.today) else _("休息日")
    day = _("%(m)d 月 %(d)d 日") % {"m": reader.today.month, "d": reader.today.day}
    return f"{place} · {day} {_('周')}{'一二三四五六日'[reader.today.weekday()]} · {kind}"


def _saved(view: SavedView, here: SavedView | None) -> dict[str, Any]:
    url = f"{reverse('orders')}?{view.query}&{VIEW}={view.pk}"
    return {"label": view.name, "url": url, "current": view == here, "shared": view.department_id is not None}


def _share_with(reader: Reader) -> list[tuple[str, str]]:
    """Departments of the reader's posts, by which a view can be shared."""
    return sorted({(str(post.department_id), post.department) for post in reader.who.posts})


def _staff(reader: Reader) -> list[User]:
    """Whom the reader may name as a handler: staff of the departments whose desk this is."""
    desks = reader.who.departments(Role.TICKET_CONTACT, *HEADS)
    return list(staff_of(sorted(desks), reader.today)) if desks else []


def _tab(tab: Queue, asked: Asked, waiting: dict[str, int], *, lit: bool) -> dict[str, Any]:
    found = waiting.get(tab.name)
    count = "" if found is None else f"{CAPPED}+" if found > CAPPED else str(found)
    return {
        "label": tab.label,
        "count": count,
        "url": f"{reverse('orders')}?queue={tab.name}",
        "current": lit and tab == asked.queue and not asked.q,
        "hot": tab.hot and count not in {"", "0"},
    }


def _filter(narrowing: Narrowing, asked: Asked) -> dict[str, Any]:
    chosen = asked.filters.get(narrowing.name, [])
    options = asked.options[narrowing.name]
    known = dict(options)
    return {
        "name": narrowing.name,
        "label": narrowing.label,
        "value": "、".join(known[value] for value in chosen) or _("全部"),
        "active": bool(chosen),
        "clear_url": asked.url(**{narrowing.name: ""}),
        "hidden": hidden(asked, without=(narrowing.name,)),
        "options": [{"value": value, "label": label, "checked": value in chosen} for value, label in options],
    }
