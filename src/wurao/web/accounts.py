"""Accounts and API keys, made by an admin; a password or key is shown once, on the answer to the form."""

from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.params import URLEncodedBody
from msgspec import Meta

from wurao.access import api_keys, passwords
from wurao.access.interface import Account
from wurao.access.roles import Right, Role
from wurao.core.errors import InputError
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, needs
from wurao.web.pages import Asking, Page, page

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
_ADMINS: Final = [needs(Right.ACCOUNTS)]


class AccountForm(msgspec.Struct, frozen=True):
    """A new account or key; ``number`` is a subscriber's own."""

    name: Name
    role: Role
    number: Annotated[str, Meta(max_length=64)] = ""


class RevokeForm(msgspec.Struct, frozen=True):
    """The middle part of a key, ``wr_ID_…``."""

    key_id: Annotated[str, Meta(min_length=1, max_length=64)]


@get("/console/accounts", guards=_ADMINS, sync_to_thread=False, include_in_schema=False)
def accounts(request: Asking) -> Page:
    """Show the forms."""
    return _shown(request)


@post("/console/accounts/make", guards=_ADMINS, sync_to_thread=True, include_in_schema=False, status_code=200)
def make_account(request: Asking, data: URLEncodedBody[AccountForm], services: Parts) -> Page:
    """Make an account with a fresh password. Raises InputError where the name is taken."""
    if services.access.account(data.name) is not None:
        raise InputError(f"there is an account {data.name!r} already", mend="choose another name")
    password = passwords.fresh_password()
    services.access.put_account(Account(data.name, data.role, passwords.hashed(password), _own(data)))
    return _shown(request, made=data.name, secret=password)


@post("/console/accounts/key", guards=_ADMINS, sync_to_thread=True, include_in_schema=False, status_code=200)
def make_key(request: Asking, data: URLEncodedBody[AccountForm], services: Parts) -> Page:
    """Issue an API key."""
    key = api_keys.issue(services.access, data.name, data.role, services.clock.now_us(), _own(data))
    return _shown(request, made=data.name, secret=key)


@post("/console/accounts/revoke", guards=_ADMINS, sync_to_thread=True, include_in_schema=False, status_code=200)
def revoke_key(request: Asking, data: URLEncodedBody[RevokeForm], services: Parts) -> Page:
    """Make an API key worthless, within five seconds everywhere."""
    key_id = data.key_id.removeprefix("wr_").partition("_")[0]
    api_keys.revoke(services.access, key_id, services.clock.now_us())
    return _shown(request, revoked=key_id)


def _own(data: AccountForm) -> int:
    """Return the subscriber's number. Raises InputError for a subscriber without one."""
    return reading.number(data.number, "number") if data.role is Role.SUBSCRIBER else 0


def _shown(request: Asking, made: str = "", secret: str = "", revoked: str = "") -> Page:
    return page(request, "accounts.html", roles=list(Role), made=made, secret=secret, revoked=revoked)


ROUTES: Final = (accounts, make_account, make_key, revoke_key)
