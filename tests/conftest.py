"""What every test may ask for, and the rule that nothing is skipped where it must run."""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast, get_args

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
NOW_S = 1_790_000_000
X5U = "https://cr.example.net/sp/1.pem"
CLAIMS = {"attest": "A", "dest": {"tn": ["8613900139000"]}, "iat": NOW_S, "orig": {"tn": "8613712345678"}}

Size = Literal["desk", "ci", "long"]


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data sets beside the project: $WURAO_SHARED, by default ../shared."""
    folder = Path(os.environ.get("WURAO_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data at {folder}: set WURAO_SHARED to the folder that holds data/")
    return folder


@pytest.fixture(scope="session")
def size() -> Size:
    """How much to do: `desk` answers while one waits, `ci` takes the full sizes, `long` a thousand kills."""
    chosen = os.environ.get("WURAO_TEST_SIZE", "desk")
    return cast("Size", chosen) if chosen in get_args(Size) else "desk"


class Signer(msgspec.Struct, frozen=True):
    """A carrier that signs; ``folder`` is what an operator keeps of its certificates."""

    key: Any
    folder: Path

    def token(self, head: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return an Identity header's value."""
        headed = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": X5U} | (head or {})
        signed = f"{_part(headed)}.{_part(CLAIMS | claims)}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()
        return f"{signed}.{signature};info=<{X5U}>;alg=ES256;ppt=shaken"


def _part(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=").decode()


def certificate(key: Any, begins: datetime, days: int = 30) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SHAKEN 1234")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), begins, begins + timedelta(days)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def new_signer(tmp_path: Path) -> Callable[..., Signer]:
    def make(begins_s: int = NOW_S - 86_400, curve: Any = None) -> Signer:
        key = ec.generate_private_key(curve or ec.SECP256R1())
        path = tmp_path / "certificates/cr.example.net/sp/1.pem"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(certificate(key, datetime.fromtimestamp(begins_s, UTC)))
        return Signer(key, tmp_path / "certificates")

    return make


@pytest.fixture
def signer(new_signer: Callable[..., Signer]) -> Signer:
    return new_signer()


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter and os.environ.get("CI") == "true" else []


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Under continuous integration a skipped test is a failed run: everything it needs can be installed there."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was skipped, with the reason, where that fails the run."""
    if skipped := _skipped(config):
        terminalreporter.section("skipped, which fails the run under CI", red=True)
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.line(f"{report.nodeid}: {reason}")
