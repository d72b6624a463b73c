"""One request key, one effect (invariant 17, faults F1 and F2)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from people import idempotency
from people.models import RequestKey, User
from tests.conftest import COMMITTED
from tests.factories import MONDAY, person
from tests.people.conftest import audited, opened

KEY = "0123456789abcdef"
ACT, API = "/probe/act/", "/api/probe/act/"


@pytest.fixture
def user(db: None, clock: Any) -> User:
    return person(username="lin")


@pytest.fixture
def browser(user: User) -> Client:
    return opened(user)


def send(client: Client, what: str = "a", key: str = KEY) -> Any:
    return client.post(ACT, {"what": what, "request_key": key})


def send_api(client: Client, what: str = "a", key: str = KEY) -> Any:
    return client.post(API, {"what": what}, content_type="application/json", headers={"Idempotency-Key": key})


def test_the_same_form_twice_acts_once_and_leads_to_the_same_place(browser: Client) -> None:
    first, second = send(browser), send(browser)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(audited("probe.done")) == 1


def test_the_same_api_call_twice_gives_the_same_answer(browser: Client) -> None:
    first, second = send_api(browser), send_api(browser)
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (201, {"count": 1, "what": "a"})
    assert len(audited("probe.done")) == 1


def test_a_fragment_is_given_again_with_its_headers(browser: Client) -> None:
    first, second = send(browser, "fragment"), send(browser, "fragment")
    assert first.content == second.content == b"<p>1</p>"
    assert second.headers["HX-Trigger"] == "done"


@pytest.mark.parametrize("sender", [send, send_api])
def test_the_same_key_with_other_content_is_409(browser: Client, sender: Any) -> None:
    sender(browser, "a")
    assert sender(browser, "b").status_code == 409
    assert len(audited("probe.done")) == 1


def test_the_same_key_on_another_page_is_409(browser: Client) -> None:
    send(browser)
    assert send_api(browser).status_code == 409


def test_the_csrf_token_is_not_content(browser: Client) -> None:
    send(browser)
    again = browser.post(ACT, {"what": "a", "request_key": KEY, "csrfmiddlewaretoken": "another"})
    assert again.status_code == 302


def test_without_a_key_every_post_acts(browser: Client) -> None:
    assert [browser.post(ACT, {"what": "a"}).status_code for _n in range(2)] == [302, 302]
    assert len(audited("probe.done")) == 2


def test_keys_are_each_persons_own(browser: Client) -> None:
    send(browser)
    send(opened(person()))
    assert len(audited("probe.done")) == 2


@pytest.mark.parametrize("key", ["short", "x" * 65, "有中文的编号1234", "a b c d e f g h"])
def test_an_unusable_key_is_400(browser: Client, key: str) -> None:
    assert send(browser, key=key).status_code == 400
    assert audited("probe.done") == []


@pytest.mark.parametrize("what", ["wrong", "crash"])
def test_a_refused_form_leaves_nothing_and_may_be_corrected_with_the_same_key(browser: Client, what: str) -> None:
    """A 400 answer and an exception alike: nothing half-written, key free again."""
    assert send(browser, what).status_code in {400, 403}
    assert audited("probe.done") == []
    assert not RequestKey.objects.exists()
    assert send(browser, "a").status_code == 302
    assert len(audited("probe.done")) == 1


def test_an_api_refusal_rolls_back_too(browser: Client) -> None:
    assert send_api(browser, "crash").status_code == 403
    assert audited("probe.done") == []
    assert send_api(browser, "a").status_code == 201


def test_keys_are_forgotten_after_48_hours(browser: Client, clock: Any) -> None:
    send(browser)
    assert idempotency.forget_old_keys(MONDAY + timedelta(hours=48)) == 0
    assert idempotency.forget_old_keys(MONDAY + timedelta(hours=48, seconds=1)) == 1
    assert idempotency.forget_old_keys(MONDAY + timedelta(hours=49)) == 0


@COMMITTED
def test_two_at_once_act_once_and_get_the_same_answer() -> None:
    """Twenty rounds of two browsers of one person pressing the same button together: pages and API by turns."""
    user = person(username="lin")
    for number in range(20):
        sender = send if number % 2 else send_api
        answers = pressed_together(sender, [opened(user), opened(user)], key=f"round-{number:04d}")
        assert len(answers) == 2
        assert answers[0] == answers[1]
        assert answers[0][0] in {201, 302}
        assert len(audited("probe.done")) == number + 1


def pressed_together(sender: Any, clients: list[Client], *, key: str) -> list[tuple[int, str | None, bytes]]:
    barrier = threading.Barrier(len(clients))
    answers: list[tuple[int, str | None, bytes]] = []

    def press(client: Client) -> None:
        barrier.wait()
        try:
            response = sender(client, "a", key)
            answers.append((response.status_code, response.headers.get("Location"), response.content))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@COMMITTED
def test_a_second_press_while_the_first_hangs_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the first answer ends with the lock timeout: 409, not a 500."""
    user = person(username="lin")
    browser = opened(user)
    started, release = threading.Event(), threading.Event()

    def hang() -> None:
        with transaction.atomic():
            idempotency._claim(user.pk, KEY, ACT, "x", now=MONDAY)
            started.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=hang)
    thread.start()
    started.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        assert send(browser).status_code == 409
    finally:
        release.set()
        thread.join()
        connection.close()
