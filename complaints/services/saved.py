"""Saved views: kept, shared with a department, made the first one a list opens with, removed and brought back."""

from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from complaints import filters
from complaints.errors import Invalid, NotAllowed
from complaints.lists import BadKey
from complaints.models import DefaultView, SavedView
from people import audit
from people.models import Department, User
from people.standing import standing

MOST_VIEWS = 30
LONGEST_NAME = 20


@transaction.atomic
def save_view(name: str, query: str, *, department: Department | None, by: User, now: datetime) -> SavedView:
    """Keeps an address under a name; the same name again moves it to the new address. Shared only with a department
    the person has a post in."""
    who = standing(by, now.astimezone().date())
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(_("名称 1 到 %(n)d 字") % {"n": LONGEST_NAME}, field="name")
    try:
        asked = filters.read(QueryDict(query), who)
    except BadKey as error:
        raise Invalid(_("列表的条件有误，请从列表重新保存"), field="name") from error
    if department is not None and not who.holds(department.pk):
        raise NotAllowed(_("只能共享给自己任职的部门"))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    mine = SavedView.objects.filter(owner=by, removed_at__isnull=True)
    view = mine.filter(name=name).first()
    if view is None and len(mine.values_list("pk", flat=True)[:MOST_VIEWS]) >= MOST_VIEWS:
        raise Invalid(_("最多保存 %(n)d 个视图，请先删去不用的") % {"n": MOST_VIEWS}, field="name")
    view = view or SavedView(owner=by, name=name, created_at=now)
    view.query, view.department = asked.query(), department
    view.save()
    if department is not None:
        audit.record(actor=by, action="view.share", subject=view, ref=name, now=now, detail={"to": department.code})
    return view


@transaction.atomic
def remove_view(view: SavedView, *, by: User, now: datetime) -> None:
    """Off the tabs of everybody who had it; ``restore_view`` brings it back."""
    if view.owner_id != by.pk:
        raise NotAllowed(_("只有建立的人可以删除这个视图"))
    SavedView.objects.filter(pk=view.pk, removed_at__isnull=True).update(removed_at=now)
    DefaultView.objects.filter(view=view).delete()


@transaction.atomic
def restore_view(view: SavedView, *, by: User) -> None:
    """The inverse of removing. A view saved under the same name meanwhile keeps the name."""
    if view.owner_id != by.pk:
        raise NotAllowed(_("只有建立的人可以恢复这个视图"))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if SavedView.objects.filter(owner=by, name=view.name, removed_at__isnull=True).exclude(pk=view.pk).exists():
        raise Invalid(_("已有同名的视图，没有恢复"), field="name")
    SavedView.objects.filter(pk=view.pk).update(removed_at=None)


def open_with(view: SavedView | None, *, by: User) -> None:
    """Lets the list open with a view, or with its first tab again."""
    if view is None:
        DefaultView.objects.filter(user=by).delete()
    else:
        DefaultView.objects.update_or_create(user=by, defaults={"view": view})
