"""Password guessing, e-mail enumeration and look-alike names: limits for one client, without an effect on others.

The server trusts one proxy, so each request sets its client address.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from support.client import Client, problem
from support.server import Server

PASSWORD = "correct horse battery staple"
LONGEST_PAUSE = 60


class Somewhere(Client):
    """A client at an address."""

    def __init__(self, url: str, address: str):
        super().__init__(url)
        self.session.headers["X-Forwarded-For"] = address

    def register(self, name: str, email: str | None = None) -> requests.Response:
        """Registers a user."""
        account = {"email": email or f"{name}@example.org", "username": name, "password": PASSWORD}
        return self.post("/v1/auth/register", json=account)

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        """Signs in by name."""
        return self.post("/v1/auth/login", json={"username": name, "password": password})


@pytest.fixture
def at(start: Callable[..., Server]) -> Callable[[str], Somewhere]:
    """Clients of a separate server."""
    server = start("--trusted-proxies", "1", "--slots", "1")
    return lambda address: Somewhere(server.url, address)


def wait_of(answer: requests.Response, code: str = "too_many_attempts") -> int:
    """The Retry-After seconds of a refusal."""
    problem(answer, 429, code)
    return int(answer.headers["Retry-After"])


def alike(answer: requests.Response) -> dict[str, Any]:
    """The parts that must be equal in two responses: everything but the request's id and a second of difference."""
    body = {**answer.json(), "requestId": "", "detail": ""}
    return {"status": answer.status_code, "body": body, "headers": sorted(answer.headers.keys() - {"Retry-After"})}


def test_a_block_of_addresses_counts_as_one(at: Callable[[str], Somewhere]) -> None:
    """Forty addresses of one /64 have ten guesses, then one after each pause, in which all passwords get the same response."""
    assert at("192.0.2.1").register("alice").status_code == 201
    answers = [at(f"2001:db8:7:7:{number:x}::1").sign_in("alice", "wrong") for number in range(40)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:10] == [401] * 10 and statuses.count(401) <= 15
    while (wrong := at("2001:db8:7:7::99").sign_in("alice", "wrong")).status_code == 401:
        pass
    right = at("2001:db8:7:7::99").sign_in("alice")
    assert alike(wrong) == alike(right)
    assert 1 <= wait_of(right) <= LONGEST_PAUSE
    # Neither neighbours nor the owner must wait.
    assert at("2001:db8:7:8::1").sign_in("alice").status_code == 200
    assert at("192.0.2.1").sign_in("alice").status_code == 200


def test_concurrent_guesses_are_limited_like_sequential_ones(at: Callable[[str], Somewhere]) -> None:
    assert at("192.0.2.1").register("alice").status_code == 201
    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(lambda n: at("203.0.113.9").sign_in("alice", f"wrong {n}").status_code, range(60)))
    assert set(statuses) <= {401, 429, 503} and statuses.count(401) <= 15
    while (answer := at("203.0.113.9").sign_in("alice", "wrong")).status_code == 401:
        pass
    assert alike(answer) == alike(at("203.0.113.9").sign_in("alice"))


def test_guesses_of_an_address_for_all_accounts_are_limited(at: Callable[[str], Somewhere]) -> None:
    assert at("192.0.2.1").register("alice").status_code == 201
    visitor = at("192.0.2.1")
    statuses = [visitor.sign_in(f"nobody-{number}", "wrong").status_code for number in range(110)]
    assert statuses[:100] == [401] * 100 and 429 in statuses[100:]
    # The account was registered from this address, so it is known.
    assert visitor.sign_in("alice").status_code == 200


def test_an_account_is_slowed_down_and_never_locked(at: Callable[[str], Somewhere]) -> None:
    """With guesses from many addresses the first of each is checked, then one at a time; the owner can sign in from a
    known address, and from a new address while others poll."""
    assert at("192.0.2.1").register("alice").status_code == 201
    answers = [at(f"198.51.100.{number % 30}").sign_in("alice", "wrong") for number in range(120)]
    assert 30 <= sum(answer.status_code == 401 for answer in answers) <= 36
    assert at("192.0.2.1").sign_in("alice").status_code == 200
    assert all(wait_of(answer) <= LONGEST_PAUSE for answer in answers if answer.status_code == 429)
    assert at("203.0.113.1").sign_in("alice").status_code == 200


def test_guessing_does_not_block_others(start: Callable[..., Server]) -> None:
    """While twenty connections of one address guess and twenty of another register, others can sign in."""
    server = start("--trusted-proxies", "1", "--slots", "1", "--bcrypt-cost", "10")
    for name, address in [("known", "192.0.2.1"), ("stranger", "192.0.2.2")]:
        assert Somewhere(server.url, address).register(name).status_code == 201
    ended = threading.Event()
    numbers = itertools.count()

    def guess() -> None:
        visitor = Somewhere(server.url, "203.0.113.1")
        while not ended.is_set():
            visitor.sign_in(f"nobody-{next(numbers)}", "wrong")

    def register() -> None:
        visitor = Somewhere(server.url, "203.0.113.2")
        while not ended.is_set():
            visitor.register(f"newcomer-{next(numbers)}")

    crowd = [threading.Thread(target=work) for work in [guess] * 20 + [register] * 20]
    for thread in crowd:
        thread.start()
    try:
        for number in range(8):
            assert Somewhere(server.url, "192.0.2.1").sign_in("known").status_code == 200, number
            # From a new, unknown address each time.
            assert Somewhere(server.url, f"192.0.2.{100 + number}").sign_in("stranger").status_code == 200, number
    finally:
        ended.set()
        for thread in crowd:
            thread.join()


def test_addresses_cannot_be_enumerated(at: Callable[[str], Somewhere]) -> None:
    """After twenty responses that a name or address is taken there are pauses, in which responses reveal nothing."""
    assert at("192.0.2.1").register("alice").status_code == 201
    for number in range(20):
        problem(at(f"2001:db8:1:2:{number:x}::").register(f"eve-{number}", "alice@example.org"), 409, "email_taken")
    while (taken := at("2001:db8:1:2::").register("eve", "alice@example.org")).status_code == 409:
        pass
    free = at("2001:db8:1:2::").register("eve", "eve@example.org")
    assert alike(taken) == alike(free)
    assert 1 <= wait_of(free, "too_many_registrations") <= LONGEST_PAUSE
    assert at("2001:db8:1:3::").register("eve").status_code == 201


def test_accounts_of_one_address_are_limited(start: Callable[..., Server]) -> None:
    server = start("--trusted-proxies", "1", "--slots", "1", "--address-registrations", "3")
    for number in range(5):
        answer = Somewhere(server.url, "198.51.100.7").register(f"one-{number}")
        assert answer.status_code == (201 if number < 3 else 429), number
        # This machine's own address, which all clients behind an untrusted proxy seem to have.
        assert Somewhere(server.url, "127.0.0.1").register(f"own-{number}").status_code == 201


@pytest.mark.parametrize(("name", "other"), [("alice", "A1ice"), ("Ian", "lan"), ("bob-7", "B0B-7")])
def test_names_that_look_like_a_taken_one_are_taken(at: Callable[[str], Somewhere], name: str, other: str) -> None:
    assert at("192.0.2.1").register(name).status_code == 201
    problem(at("192.0.2.1").register(other, "other@example.org"), 409, "username_taken")
    for foreign in ("аlice", "al\u200dice", "ａlice"):
        problem(at("192.0.2.1").register(foreign, "x@example.org"), 422, "invalid_username")
