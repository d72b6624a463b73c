"""A company with one order, its files in a folder of the test's own, and short words for adding and finding them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from complaints.models import Attachment, Order
from complaints.services.files import Outcome, attach
from people.models import User
from tests.data.uploads import PDF
from tests.factories import MONDAY, Company

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def company(db: None) -> Company:
    return Company()


@pytest.fixture
def order(company: Company) -> Order:
    return company.order()


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")  # what the sender calls it counts for nothing


def add(order: Order, by: User, *files: tuple[str, bytes]) -> Outcome:
    return attach(order, [sent(*one) for one in files], by=by, now=MONDAY)


def add_one(order: Order, by: User, name: str = "移交函.pdf", content: bytes = PDF) -> Attachment:
    outcome = add(order, by, (name, content))
    assert not outcome.rejected
    return outcome.stored[0]


def on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def upload_url(order: Order) -> str:
    return reverse("order_files", args=[order.number])


def file_url(file: Attachment) -> str:
    return reverse("order_file", args=[file.order.number, file.uid])
