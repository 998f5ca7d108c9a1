"""Accounts, keys, sessions and looks in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wurao.access.interface import Account, ApiKey, Look, Session


@dataclass
class FakeAccess:
    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def account(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def put_account(self, account: Account) -> None:
        self.accounts[account.name] = account

    def has_accounts(self) -> bool:
        return bool(self.accounts)

    def api_key(self, key_id: str) -> ApiKey | None:
        return self.keys.get(key_id)

    def put_api_key(self, key: ApiKey) -> None:
        self.keys[key.key_id] = key

    def session(self, token_hash: str) -> Session | None:
        return self.sessions.get(token_hash)

    def put_session(self, session: Session) -> None:
        self.sessions[session.token_hash] = session

    def end_session(self, token_hash: str) -> None:
        self.sessions.pop(token_hash, None)

    def log_looks(self, looks: Sequence[Look]) -> None:
        self.looks.extend(looks)
