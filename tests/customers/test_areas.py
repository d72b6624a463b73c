"""Areas and the accounts they feed (B11), and the demo company built from them."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers import demo, queries
from customers.models import Customer, Grid, GridGroup, ImportantUser, SensitiveUser, TransformerArea
from customers.services import create_customer
from people.roles import Role
from tests.customers.conftest import audited
from tests.factories import MONDAY, dept, person

pytestmark = pytest.mark.django_db

AREAS = Path(__file__).parent.parent / "data" / "areas.csv"


def test_a_file_of_areas_links_every_account(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_areas", str(AREAS))
    found = queries.areas_of(["6100145502", "6100525573", "6200060522"])
    assert {number: area.name for number, area in found.items()} == {
        "6100145502": "江湾新村 3–8 幢",
        "6100525573": "江湾新村 9–16 幢",
        "6200060522": "柿树坪村抗旱泵站",
    }
    assert found["6100145502"].station.code == "station_jiangwan"
    assert Customer.objects.count() == 44
    assert "新增客户 44 户" in capsys.readouterr().out
    assert len(audited("customer.import_areas")) == 1


def test_the_same_areas_again_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_areas", str(AREAS))
    areas = TransformerArea.objects.count()
    call_command("import_areas", str(AREAS))
    assert "新建台区 0 个，新增客户 0 户，关联 0 户，未变 44 户" in capsys.readouterr().out
    assert TransformerArea.objects.count() == areas


def test_a_known_customer_keeps_name_and_address_and_gets_its_area() -> None:
    create_customer(
        by=None, now=MONDAY, account_no="6100145502", station=dept("station_jiangwan"), name="俞春生", address="老地址"
    )
    call_command("import_areas", str(AREAS))
    row = Customer.objects.get(account_no="6100145502")
    assert (row.name, row.address, row.area and row.area.name) == ("俞春生", "老地址", "江湾新村 3–8 幢")


def test_an_alias_names_the_same_area() -> None:
    area = TransformerArea.objects.create(
        code="JW-9", name="柳浪", station=dept("station_jiangwan"), aliases=["柳浪新村"]
    )
    call_command("import_areas", str(AREAS))
    assert queries.area_of("6100975513") == area


def test_a_broken_line_stops_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(
        "户号,供电所,台区,地址\n6100145502,江湾供电所,江湾新村,x\n1,无,,\n6100000001,无,甲,\n", encoding="utf-8"
    )
    with pytest.raises(CommandError, match="2 行有误"):
        call_command("import_areas", str(file))
    assert "第 4 行 供电所" in capsys.readouterr().err
    assert (Customer.objects.count(), TransformerArea.objects.count()) == (0, 0)


def test_the_demo_company_is_built_once() -> None:
    worker = person(Role.GRID_WORKER, "station_jiangwan")
    demo.build(MONDAY)
    counted = [
        table.objects.count() for table in (Customer, TransformerArea, Grid, GridGroup, ImportantUser, SensitiveUser)
    ]
    assert counted == [244, 49, 11, 11, 4, 4]
    assert Customer.objects.filter(name="").count() == 0
    assert set(Grid.objects.filter(station__code="station_jiangwan").values_list("worker", flat=True)) == {worker.pk}
    demo.build(MONDAY)
    assert counted == [
        table.objects.count() for table in (Customer, TransformerArea, Grid, GridGroup, ImportantUser, SensitiveUser)
    ]
    assert set(Customer.objects.values_list("version", flat=True)) == {1}


def test_the_demo_areas_are_those_of_the_area_file(capsys: pytest.CaptureFixture[str]) -> None:
    demo.build(MONDAY)
    call_command("import_areas", str(AREAS))
    assert "新建台区 0 个，新增客户 0 户，关联 0 户，未变 44 户" in capsys.readouterr().out


def test_the_callers_of_the_sample_calls_are_found_by_phone() -> None:
    demo.build(MONDAY)
    (found,) = queries.find_by_phone("13900003335")
    assert (found.account_no, found.name) == ("6100145502", "俞春生")
