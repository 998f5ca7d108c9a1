"""Passwords, sessions, API keys and the first admin."""

import pytest

from wurao.access import api_keys, log_in, passwords
from wurao.access.interface import Account
from wurao.access.roles import RIGHTS, Person, Right, Role
from wurao.core.errors import InputError, PolicyError

NOW = 1_787_000_000_000_000


def test_a_password_is_known_again_and_never_stored():
    stored = passwords.hashed("勿扰 correct")
    assert passwords.matches("勿扰 correct", stored)
    assert not passwords.matches("勿扰 Correct", stored)
    assert "correct" not in stored
    assert stored != passwords.hashed("勿扰 correct")


@pytest.mark.parametrize("broken", ["", "scrypt", "scrypt$zz$zz", "md5$00$00", "scrypt$00", passwords.NOBODY])
def test_a_broken_hash_matches_nothing(broken):
    assert not passwords.matches("", broken)


def test_a_password_without_end_is_refused_before_it_is_hashed():
    long = "x" * (passwords.MAX_PASSWORD + 1)
    assert not passwords.matches(long, passwords.hashed(long))


def test_the_first_admin_is_made_once(store):
    password = log_in.first_run(store)
    assert log_in.first_run(store) is None
    token = log_in.log_in(store, "admin", password, NOW)
    assert log_in.person_of(store, token, NOW) == Person("admin", Role.ADMIN)
    assert password not in repr(store)


def test_a_session_ends_by_time_and_by_log_out(store):
    store.put_account(Account("a", Role.OPERATOR, passwords.hashed("p")))
    assert log_in.log_in(store, "a", "q", NOW) is None
    assert log_in.log_in(store, "nobody", "p", NOW) is None
    token = log_in.log_in(store, "a", "p", NOW)
    assert log_in.person_of(store, token, NOW + log_in.SESSION_US - 1)
    assert log_in.person_of(store, token, NOW + log_in.SESSION_US) is None
    log_in.log_out(store, token)
    assert log_in.person_of(store, token, NOW) is None


def test_a_session_token_is_not_stored(store):
    store.put_account(Account("a", Role.OPERATOR, passwords.hashed("p")))
    token = log_in.log_in(store, "a", "p", NOW)
    assert token not in repr(store.sessions)


def test_the_form_token_belongs_to_one_session():
    assert log_in.csrf_holds("one", log_in.csrf_token("one"))
    assert not log_in.csrf_holds("two", log_in.csrf_token("one"))
    assert not log_in.csrf_holds("one", "勿扰")


def test_an_api_key_works_until_it_is_revoked(store):
    key = api_keys.issue(store, "switch", Role.EDGE, NOW)
    assert api_keys.holder(store, key) == Person("switch", Role.EDGE)
    assert key.split("_", 2)[2] not in repr(store)
    api_keys.revoke(store, key.split("_")[1], NOW)
    assert api_keys.holder(store, key) is None
    with pytest.raises(InputError):
        api_keys.revoke(store, "none", NOW)


@pytest.mark.parametrize("key", ["", "wr_", "wr_0_0", "x" * 10_000, "wr_" + "0" * 12 + "_" + "A" * 43])
def test_what_is_no_key_holds_nothing(store, key):
    assert api_keys.holder(store, key) is None


def test_a_key_with_another_secret_holds_nothing(store):
    key = api_keys.issue(store, "switch", Role.EDGE, NOW)
    assert api_keys.holder(store, key[:-43] + "A" * 43) is None


def test_every_role_has_rights_and_needs_are_held():
    assert set(RIGHTS) == set(Role)
    Person("a", Role.ADMIN).need(Right.CLEAR)
    with pytest.raises(PolicyError):
        Person("o", Role.OPERATOR).need(Right.CLEAR)
