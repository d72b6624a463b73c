"""Who and what bulk orders refer to, and the words their callers use."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from complaints.demo import CALLS
from complaints.services.opening import title_of
from customers.bigrams import bigrams, fold
from people.models import Assignment, Department, DepartmentKind
from people.roles import Role
from people.standing import contacts, valid_on

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "建国晓燕海涛丽娟志明雪梅文斌秀英永强思琪国栋佳慧立新春霞子涵雨桐浩然欣怡俊杰梓轩静怡宇航诗琪"
STREETS = (
    "江湾路",
    "城东街",
    "滨海大道",
    "山前路",
    "学府路",
    "解放路",
    "新港路",
    "渔光路",
    "海螺路",
    "码头路",
    "文昌路",
)
VARIATIONS = ("", "请尽快处理。", "已经反映过一次。", "家里有老人和孩子。", "邻居也是这样。", "希望书面答复。")
PEOPLE = 10**7


@dataclass(frozen=True)
class Cast:
    """Keys of stations, people and names by department."""

    stations: list[int]
    names: dict[int, str]
    agents: list[int]
    director: int
    hotline: int
    desks: dict[int, int]
    handlers: dict[int, list[int]]


def find_cast(today: date) -> Cast:
    """Raises LookupError where the company has no hotline people yet."""
    held: dict[Role, list[tuple[int, int]]] = defaultdict(list)
    rows = Assignment.objects.filter(valid_on(today), user__is_active=True).order_by("pk")
    for role, department, user in rows.values_list("role", "department_id", "user_id"):
        held[Role(role)].append((department, user))
    if not held[Role.HOTLINE_AGENT] or not held[Role.HOTLINE_DIRECTOR]:
        raise LookupError("the company has no hotline people")
    departments = {row.pk: row for row in Department.objects.all()}
    handlers: dict[int, list[int]] = defaultdict(list)
    for department, user in held[Role.HANDLER] + held[Role.GRID_WORKER]:
        handlers[department].append(user)
    hotline, director = held[Role.HOTLINE_DIRECTOR][0]
    return Cast(
        stations=[pk for pk, row in departments.items() if row.kind == DepartmentKind.STATION],
        names={pk: row.name for pk, row in departments.items()},
        agents=[user for _department, user in held[Role.HOTLINE_AGENT]],
        director=director,
        hotline=hotline,
        desks={pk: users[0].pk for pk, users in contacts(departments, today).items() if users},
        handlers=handlers,
    )


def caller(who: int) -> dict[str, str]:
    """One of ``PEOPLE`` invented people; 154 is a prefix no telephone has."""
    given = who // 97 % (len(GIVEN) - 1)
    return {
        "caller_name": SURNAMES[who % len(SURNAMES)] + GIVEN[given : given + 2],
        "caller_phone": f"154{who:08d}",
        "account_no": f"69{who:08d}",
        "address": f"{STREETS[who % len(STREETS)]} {who % 397 + 1} 号 {who % 13 + 1} 幢 {who % 29 + 1}01",
    }


class Text(NamedTuple):
    """A caller's words with their search pieces and the last folded character."""

    content: str
    title: str
    pairs: tuple[str, ...]
    last: str


def texts() -> dict[str, list[Text]]:
    """The demo's words by category, varied."""
    found: dict[str, list[Text]] = defaultdict(list)
    for line in CALLS.read_text(encoding="utf-8").splitlines():
        story = json.loads(line)
        if story.get("category"):
            found[story["category"]] += [_text(story["content"] + more) for more in VARIATIONS]
    return found


def _text(content: str) -> Text:
    return Text(content, title_of(content), tuple(bigrams(content)), fold(content)[-1:])


def search_pieces(text: Text, person: dict[str, str]) -> list[str]:
    """What ``queries.search_words`` gives for them, without folding the same words a million times."""
    rest = bigrams(f"{text.last}{person['address']}{person['caller_name']}")
    return list(dict.fromkeys((*text.pairs, *rest)))
