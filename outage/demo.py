"""The demo company's outages: one running with its second clock ticking, one just detected, one just restored.

Played through the same doors as real ones, at moments shortly before ``now``. Built once.
"""

import io
import uuid
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from customers.models import TransformerArea
from outage.models import Outage
from outage.services import Facts, open_outage, perform
from outage.services.chain import acknowledge, people_of
from outage.services.photos import keep_photo
from outage.services.posting import post_by_hand, publish
from outage.services.presence import log_measure, record_arrival
from outage.texts import templates_of
from outage.vocabulary import ChainLevel, MeasureKind, OutageCause, PhotoPurpose, Slot
from people.models import Department, User
from people.roles import Role
from people.standing import holders

STATION = "station_jiangwan"
MINUTE = timedelta(minutes=1)
PHONES = "1390000{:04d}"  # invented, as all of the demo


def build(now: datetime) -> int:
    """How many outages were made; 0 when there are some already or the places are missing."""
    areas = {area.name: area for area in TransformerArea.objects.select_related("station", "grid")}
    if Outage.objects.exists() or not {"江湾新村 3–8 幢", "江湾新村 9–16 幢", "荷塘里", "望潮小区 1–6 幢"} <= set(
        areas
    ):
        return 0
    _telephones()
    duty = holders(Role.DUTY_OFFICER, on=now.astimezone().date()).first()
    if duty is None:
        return 0
    _big(areas, duty, now)
    _fresh(areas, duty, now)
    _restored(areas, duty, now)
    return Outage.objects.count()


def _telephones() -> None:
    for n, user in enumerate(User.objects.filter(phone="").order_by("pk")):
        user.phone = PHONES.format(n)
        user.save(update_fields=["phone"])


def _worker(outage: Outage, now: datetime) -> User:
    return people_of(outage, ChainLevel.GRID_WORKER, now=now)[0]


def _posted(outage: Outage, slot: int, by: User, now: datetime, *, photos: list[uuid.UUID] | None = None) -> None:
    text = templates_of(outage, slot)[0][1]
    for posting in publish(outage, slot, text=text, photos=photos or [], by=by, now=now):
        post_by_hand(posting, proof="本人已发到群里，群内可见", proof_photo=None, by=by, now=now + MINUTE)


def _photo(outage: Outage, by: User, now: datetime) -> uuid.UUID:
    """A drawn cable box, not a photograph of anybody."""
    image = Image.new("RGB", (640, 480), "#b9c9cf")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 330, 640, 480), fill="#7c8f86")
    draw.rectangle((210, 120, 430, 370), fill="#3f6b58", outline="#dfe9e4", width=6)
    draw.line((320, 120, 320, 370), fill="#dfe9e4", width=6)
    out = io.BytesIO()
    image.save(out, "JPEG")
    upload = SimpleUploadedFile("photo.jpg", out.getvalue(), content_type="image/jpeg")
    return keep_photo(outage, upload, key=uuid.uuid4(), purpose=PhotoPurpose.SCENE, by=by, now=now).key


def _big(areas: dict[str, TransformerArea], duty: User, now: datetime) -> None:
    """Above the threshold: everybody is asked to come, two are missing; the second notice waits for its photo."""
    begun = now - 32 * MINUTE
    places = [areas["江湾新村 3–8 幢"], areas["江湾新村 9–16 幢"]]
    facts = Facts(
        title="江湾新村 3–16 幢停电",
        station=places[0].station,
        areas=places,
        place="江湾新村 3–16 幢",
        cause=OutageCause.OWN,
        cause_text="电缆分支箱故障",
        households=1126,
        occurred_at=begun - 3 * MINUTE,
        expected_at=now + 95 * MINUTE,
    )
    outage = open_outage(by=duty, now=begun, facts=facts)
    worker = _worker(outage, begun)
    _posted(outage, Slot.INTERRUPTION, worker, begun + 5 * MINUTE)
    acknowledge(outage, ChainLevel.GRID_WORKER, by=worker, now=begun + 2 * MINUTE)
    head = Department.objects.get(code=STATION)
    leads = list(holders(Role.STATION_HEAD, on=now.astimezone().date(), department_ids=[head.pk]))
    acknowledge(outage, ChainLevel.STATION_HEAD, by=leads[0], now=begun + 5 * MINUTE)
    for n, row in enumerate(outage.attendances.select_related("outage")[:4]):
        record_arrival(row, by=duty, now=begun + (9 + n) * MINUTE)
    for kind in (MeasureKind.BACKUP_POWER, MeasureKind.PHONES, MeasureKind.LOUDSPEAKER):
        log_measure(outage, kind, text="", by=worker, now=begun + 14 * MINUTE)
    perform(outage, "start_repair", by=worker, now=now - 8 * MINUTE, at=now - 8 * MINUTE)


def _fresh(areas: dict[str, TransformerArea], duty: User, now: datetime) -> None:
    place = areas["荷塘里"]
    facts = Facts(title="荷塘里停电", station=place.station, areas=[place], detected_at=now - 4 * MINUTE)
    open_outage(by=duty, now=now - 3 * MINUTE, facts=facts)


def _restored(areas: dict[str, TransformerArea], duty: User, now: datetime) -> None:
    place, begun = areas["望潮小区 1–6 幢"], now - 130 * MINUTE
    facts = Facts(
        title="望潮小区 1–6 幢停电",
        station=place.station,
        areas=[place],
        cause=OutageCause.OWN,
        cause_text="小区环网柜进水",
        occurred_at=begun - MINUTE,
    )
    outage = open_outage(by=duty, now=begun, facts=facts)
    worker = _worker(outage, begun)
    _posted(outage, Slot.INTERRUPTION, worker, begun + 6 * MINUTE)
    outage = perform(outage, "start_repair", by=worker, now=begun + 30 * MINUTE, at=begun + 30 * MINUTE)
    key = _photo(outage, worker, begun + 36 * MINUTE)
    _posted(outage, Slot.REPAIR, worker, begun + 45 * MINUTE, photos=[key])
    perform(outage, "restore", by=worker, now=now - 6 * MINUTE, at=now - 6 * MINUTE)
