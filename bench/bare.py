"""The bare view of P1: three rows by the ORM in one transaction, in the tables an intake fills. No session, no form,
no rule, no key. Only for measuring: nothing in the product imports this."""

from functools import cache
from secrets import token_hex

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from complaints.models import Order, OrderEvent
from complaints.vocabulary import State
from customers.bigrams import bigrams
from people.models import AuditEntry, Department, User
from policy.models import Policy
from policy.vocabulary import Category, Channel, Kind

TEXT = "每晚七点到十点电压只有一百八十伏，空调无法启动，要求查明原因并限期整改。"
PIECES = bigrams(TEXT)


@cache
def fixed() -> tuple[int, int, int]:
    """Keys every row points at: policy, agent, lead department."""
    agent = User.objects.get(username="agent")
    lead = Department.objects.get(code="production_tech_dept")
    return Policy.objects.latest("effective_from").pk, agent.pk, lead.pk


def insert(request: HttpRequest) -> HttpResponse:
    policy, agent, lead = fixed()
    now = timezone.now()
    with transaction.atomic():
        order = Order.objects.create(
            number=token_hex(10),
            query_code=token_hex(6),
            event_seq=1,
            kind=Kind.COMPLAINT,
            category=Category.POWER_QUALITY,
            channel=Channel.HOTLINE,
            caller_name="王小明",
            caller_phone="13800001234",
            address="江湾路 12 号 3 幢 502",
            title=TEXT[:30],
            content=TEXT,
            bigrams=PIECES,
            registered_at=now,
            registered_by_id=agent,
            lead_department_id=lead,
            audience=[lead],
            policy_id=policy,
            updated_at=now,
        )
        OrderEvent.objects.create(order=order, seq=1, at=now, name="register", to_state=State.REGISTERED, by_id=agent)
        AuditEntry.objects.create(
            at=now, actor_id=agent, actor_label="坐席", action="order.open", subject_type="complaints.order"
        )
    return HttpResponse(order.number, status=201)


urlpatterns = [path("bare/", insert)]
