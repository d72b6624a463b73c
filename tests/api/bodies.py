"""Smallest bodies the API takes."""

from typing import Any

from complaints.models import Order


def intake(**fields: Any) -> dict[str, Any]:
    return {
        "channel": "hotline",
        "kind": "complaint",
        "category": "power_quality",
        "content": "每晚七点到十点电压只有一百八十伏，空调无法启动。",
        "demands": ["查明原因", "限期整改"],
        "caller_name": "王小明",
        "caller_phone": "13800001234",
        "read_back": True,
        **fields,
    }


def version_of(order: Order) -> int:
    return Order.objects.values_list("version", flat=True).get(pk=order.pk)


AT = "2026-09-07T19:30:00+08:00"  # the moment the tests stand at

# What each step needs beside the version, in the order of the usual story.
STORY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("accept", "contact", {}),
    (
        "investigate",
        "handler",
        {
            "plan": "晚高峰现场测量",
            "findings": "实测一百七十八到一百八十六伏",
            "verified": False,
            "cause_party": "third_party",
            "cause": "配电房未移交",
            "evidence": ["meter", "site_survey"],
            "site_visit__at": AT,
            "site_visit__people": "张三、李四",
            "site_visit__findings": "电压偏低",
        },
    ),
    ("contact_customer", "handler", {"at": AT, "means": "phone", "result": "reached", "note": "已说明测量安排"}),
    (
        "resolve",
        "handler",
        {"measures": "临时调荷并督促移交", "basis": "供电营业规则", "answer_1": "已查明", "answer_2": "月底前整改"},
    ),
    ("accept_feedback", "director", {}),
    (
        "attempt_callback",
        "agent",
        {
            "at": AT,
            "means": "phone",
            "result": "reached",
            "note": "客户认可",
            "answered": True,
            "satisfaction": "satisfied",
        },
    ),
    ("archive", "agent", {}),
)
