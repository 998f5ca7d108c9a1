"""A real Kamailio that screens for a home, sipp that calls through it, and sipp that is called."""

import os
import shutil
import signal
import site
import socket
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "kamailio"
SCENARIOS = Path(__file__).parent / "sip"
NEEDED = {"kamailio": "kamailio kamailio-python3-modules kamailio-tls-modules", "sipp": "sip-tester"}
SITE = next(path for path in site.getsitepackages() if path.endswith("site-packages"))
HOST = "127.0.0.1"
TRIES = 100


def missing() -> str:
    """Return the packages to install, empty where all is there."""
    paths = os.environ.get("PATH", "") + ":/usr/sbin"
    return " ".join(package for program, package in NEEDED.items() if not shutil.which(program, path=paths))


def screening_home(folder: Path, trunk: str, callee: int, nuisance: int) -> Path:
    """Make a home in whose tables ``callee`` wants no nuisance and ``nuisance`` is one; ``trunk`` is a setting."""
    home = Home.create(folder / "home")
    (home.path / "conf/local.d").mkdir(parents=True)
    (home.path / "conf/local.d/trunks.toml").write_text(trunk)
    clock = SystemClock()
    with home.lock():
        book = Book.at(home.book, clock)
        book.set_wish(callee, strict_profile())
        book.write_standing([Standing(nuisance, "LISTED", 1.0, "imported", clock.now_us(), category="fraud")])
        with Shield(home, book, clock) as shield:
            shield.start()
        book.close()
    return home.path


def free_udp_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


def listening(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex((HOST, port)) == 0


class Switch:
    """One Kamailio over a home; ``phone`` is the port it relays to, ``secured`` opens TCP and TLS too."""

    def __init__(self, folder: Path, home: Path, *, secured: bool = False) -> None:
        self.folder = folder
        self.home = home
        self.port, self.phone = free_udp_port(), free_udp_port()
        self.tls_port = free_udp_port(socket.SOCK_STREAM) if secured else 0
        self.log = folder / "kamailio.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, script: Path = DEPLOY / "wurao_kemi.py") -> None:
        """Start Kamailio and wait until it answers."""
        program = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program
        defined = {"NEXT_HOP": f'"sip:{HOST}:{self.phone}"', "WURAO_SCRIPT": f'"{script}"'}
        listens = [f"udp:{HOST}:{self.port}"]
        if self.tls_port:
            certificate, key = self_signed(self.folder)
            defined |= {"TLS_CERT": f'"{certificate}"', "TLS_KEY": f'"{key}"'}
            listens += [f"tcp:{HOST}:{self.port}", f"tls:{HOST}:{self.tls_port}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(program, "-x", "tlsf", "-X", "tlsf", "-m", "64", "-M", "16", "-DD", "-E"),
                    *("-P", str(self.folder / "kamailio.pid"), "-Y", str(self.folder)),
                    *(part for listen in listens for part in ("-l", listen)),
                    *("-f", str(DEPLOY / "kamailio.cfg")),
                    *(part for name, value in defined.items() for part in ("-A", f"{name}={value}")),
                ],
                stdout=log,
                stderr=log,
                cwd=DEPLOY,
                env={
                    "PATH": "/usr/sbin:/usr/bin:/bin",
                    "WURAO_HOME": str(self.home),
                    "WURAO_SITE": SITE,
                    "WURAO_RINGS": str(self.home.parent / "rings"),
                },
            )
        for _ in range(TRIES):
            assert self._process.poll() is None, self.log.read_text()
            if self._answers() and (not self.tls_port or listening(self.tls_port)):
                self.first_workers = self.workers()
                return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def call(
        self,
        scenario: str,
        caller: str,
        callee: str,
        calls: int = 1,
        *,
        code: int = 603,
        reason: str = "Q.850;cause=16",
        headers: str = "X-Test: 1",
    ) -> str:
        """Make calls; return sipp's trace of the messages. Fails where a call doesn't go as the scenario says.

        ``code`` is what "rejected" waits for, ``reason`` is given in CANCEL, ``headers`` go into "rejected"'s INVITE.
        """
        name = f"{scenario}-{time.monotonic_ns()}"
        trace = self.folder / f"{name}.log"
        done = subprocess.run(
            [
                *self._sipp(scenario, free_udp_port(), code),
                *("-m", str(calls), "-r", "200", "-s", callee, "-key", "caller", caller),
                *("-key", "reason", reason, "-key", "headers", headers),
                *("-trace_msg", "-message_file", str(trace), f"{HOST}:{self.port}"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = trace.read_text(errors="replace") if trace.exists() else ""
        told = (done.stdout[-800:], done.stderr[-400:], said[-3000:], self.log.read_text())
        assert done.returncode == 0, "\n".join(told)
        return said

    @contextmanager
    def answering(self, scenario: str = "phone", calls: int = 1, port: int = 0):
        """Let a phone behind the switch answer so many calls; fails where it isn't called as its scenario says.

        Yields the file that holds what it heard, once it is done.
        """
        heard = self.folder / f"{scenario}-{time.monotonic_ns()}-heard.log"
        traced = ["-trace_msg", "-message_file", str(heard)]
        arguments = [*self._sipp(scenario, port or self.phone), "-m", str(calls), *traced]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield heard
            assert process.wait(30) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def calling(self, code: int, callers: Path, calls: int, rate: int) -> subprocess.Popen[str]:
        """Start to call from the numbers in ``callers``; exit code 0 says that all were answered with ``code``."""
        pace = ["-m", str(calls), "-r", str(rate), "-l", "2000", f"{HOST}:{self.port}"]
        return subprocess.Popen(
            [*self._sipp("screened", free_udp_port(), code, calls // rate + 60), "-inf", str(callers), *pace],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def workers(self) -> list[int]:
        """Return the ids of Kamailio's processes."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def _sipp(self, scenario: str, port: int, code: int = 603, timeout_s: int = 40) -> list[str]:
        file = str(SCENARIOS / f"{scenario}.xml")
        if code != 603:
            changed = (SCENARIOS / f"{scenario}.xml").read_text().replace('response="603"', f'response="{code}"')
            file = str(self.folder / f"{scenario}-{code}.xml")
            Path(file).write_text(changed)
        return [
            "sipp",
            "-sf",
            file,
            "-i",
            HOST,
            "-p",
            str(port),
            "-nostdin",
            "-timeout",
            f"{timeout_s}s",
            "-timeout_error",
        ]

    def _answers(self) -> bool:
        ping = (
            f"OPTIONS sip:{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{{port}};branch=z9hG4bK{time.monotonic_ns()}\r\n"
            f"From: <sip:ping@{HOST}>;tag=1\r\nTo: <sip:{HOST}>\r\nCall-ID: {time.monotonic_ns()}\r\n"
            "CSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind((HOST, 0))
            asking.settimeout(0.5)
            asking.connect((HOST, self.port))
            try:
                asking.send(ping.replace("{port}", str(asking.getsockname()[1])).encode())
                return asking.recv(4096).startswith(b"SIP/2.0")
            except OSError:
                return False
