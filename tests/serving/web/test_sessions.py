"""Sessions: their tokens, their end, and their places."""

import base64
import os

import pytest

from clientela.serving.web.sessions import SLOTS_PER_OWNER, Sessions, form_token


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(clock):
    return Sessions(["crm", "shop"], seconds=60, clock=clock)


def test_a_token_leads_to_the_owner_of_its_key(sessions):
    tokens = {owner: sessions.start(owner) for owner in ("crm", "shop")}
    assert {owner: sessions.owner(token) for owner, token in tokens.items()} == {"crm": "crm", "shop": "shop"}


def test_a_session_ends_after_its_time(sessions, clock):
    token = sessions.start("crm")
    clock.now += 59.9
    assert sessions.owner(token) == "crm"
    clock.now += 0.1
    assert sessions.owner(token) is None


def test_an_ended_session_stays_ended(sessions):
    first, second = sessions.start("crm"), sessions.start("crm")
    sessions.end(first)
    assert (sessions.owner(first), sessions.owner(second)) == (None, "crm")
    sessions.end(first)
    assert sessions.owner(second) == "crm"


@pytest.mark.parametrize("change", range(0, 36, 5))
def test_a_token_with_one_changed_byte_is_none(sessions, change):
    raw = bytearray(base64.urlsafe_b64decode(sessions.start("crm")))
    raw[change] ^= 1
    assert sessions.owner(base64.urlsafe_b64encode(raw).decode()) is None


@pytest.mark.parametrize(
    "token", ["", "=", "é", "A" * 47, "A" * 48, "A" * 52, "////" * 12, "_" * 48, "\x00", "A" * 5000, "AAAA AAAA" * 6]
)
def test_malformed_tokens_are_none(sessions, token):
    assert sessions.owner(token) is None
    sessions.end(token)


def test_an_empty_place_has_no_session(sessions):
    assert sessions.owner(base64.urlsafe_b64encode(bytes(36)).decode()) is None


def test_the_session_that_ends_first_makes_room_and_only_in_the_places_of_its_key(sessions, clock):
    others = sessions.start("shop")
    tokens = []
    for _ in range(SLOTS_PER_OWNER + 1):
        tokens.append(sessions.start("crm"))
        clock.now += 0.1
    assert sessions.owner(tokens[0]) is None
    assert {sessions.owner(token) for token in tokens[1:]} == {"crm"}
    assert sessions.owner(others) == "shop"


def test_processes_that_are_forked_later_share_the_sessions(sessions):
    token = sessions.start("crm")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        known = sessions.owner(token) == "crm"
        sessions.end(token)
        os.write(write, sessions.start("shop").encode() if known else b"unknown")
        os._exit(0)
    os.waitpid(child, 0)
    assert sessions.owner(os.read(read, 100).decode()) == "shop"
    assert sessions.owner(token) is None


def test_the_token_of_forms_differs_by_session_and_does_not_contain_it(sessions):
    first, second = sessions.start("crm"), sessions.start("crm")
    assert form_token(first) == form_token(first) != form_token(second)
    assert first not in form_token(first)
