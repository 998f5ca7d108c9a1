"""What a call brings of its caller's identity: verstat's words, and PASSporTs that are genuine, false or unreadable."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import DAY_US, SECOND_US, FixedClock
from wurao.edge.sip import certificates
from wurao.edge.sip.certificates import Certificates
from wurao.edge.sip.checking import Checking
from wurao.edge.sip.identity import Identity
from wurao.edge.sip.passport import MAX_HEADER, caller_passport
from wurao.edge.sip.verstat import verstat

NOW_US = 1_790_000_000 * SECOND_US
CALLER, CALLEE = "+8613712345678", "13900139000"


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ("<sip:+8613712345678;verstat=TN-Validation-Passed@example.net;user=phone>", ""),
        ("tel:+8613712345678;verstat=TN-Validation-Failed", "failed"),
        ("tel:+8613712345678;VERSTAT=tn-validation-failed", "failed"),
        ("tel:+8613712345678;verstat=No-TN-Validation", "missing"),
        ("sip:+8613712345678@example.net", "missing"),
        ("sip:a;verstat=TN-Validation-Passed@b, tel:1;verstat=TN-Validation-Failed", "failed"),
        ("sip:a;verstat=TN-Validation-Passed@b, tel:1;verstat=No-TN-Validation", "missing"),
        ("sip:a;verstat=TN-Validation-PassedOrNot@b", "missing"),
        ("", "missing"),
        ("x" * 100_000 + ";verstat=TN-Validation-Failed", "missing"),
    ],
)
def test_verstat_says_the_worst_of_what_it_says(addresses: str, said: str) -> None:
    assert verstat(addresses) == said


def checked(signer: Any, header: str, caller: str = CALLER, callee: str = CALLEE, at_us: int = NOW_US) -> str:
    return Checking(Certificates(signer.folder)).attestation(header, caller, [callee], at_us)


@pytest.mark.parametrize("attest", ["A", "B", "C"])
def test_a_genuine_token_says_how_the_number_is_attested(signer: Any, attest: str) -> None:
    assert checked(signer, signer.token(attest=attest)) == attest
    assert checked(signer, signer.token(attest=attest), caller="13712345678") == attest


def test_other_extensions_say_nothing_of_the_number(signer: Any) -> None:
    div = signer.token({"ppt": "div"})
    assert checked(signer, div) == "missing"
    assert checked(signer, f"{div}, {signer.token()}") == "A"


@pytest.mark.parametrize(
    "claims",
    [
        {"orig": {"tn": "8613712345679"}},
        {"dest": {"tn": ["8613900139001"]}},
        {"iat": 1_790_000_000 - 61},
        {"iat": 1_790_000_000 + 61},
        {"iat": 0},
        {"iat": 2**70},
    ],
)
def test_a_token_that_contradicts_the_call_fails_with_or_without_certificates(
    signer: Any, claims: dict[str, Any]
) -> None:
    assert checked(signer, signer.token(**claims)) == "failed"
    assert Checking(None).attestation(signer.token(**claims), CALLER, [CALLEE], NOW_US) == "failed"


def test_numbers_that_are_no_subscribers_may_be_signed(signer: Any) -> None:
    assert checked(signer, signer.token(orig={"tn": "95588"}), caller="95588") == "A"
    assert checked(signer, signer.token(), caller="anonymous") == "A"
    assert checked(signer, signer.token(dest={"tn": "8613900139000"})) == "A"


def test_a_signature_by_somebody_else_fails(signer: Any, new_signer: Callable[..., Any]) -> None:
    forged = signer.token()
    genuine = new_signer()
    assert checked(genuine, forged) == "failed"
    head, claims, rest = genuine.token(attest="C").split(".", 2)
    other = genuine.token(attest="A").split(".", 2)[1]
    assert claims != other
    assert checked(genuine, f"{head}.{other}.{rest}") == "failed"


def test_who_is_not_trusted_here_vouches_for_nothing(signer: Any, new_signer: Callable[..., Any]) -> None:
    for x5u in (
        "https://cr.example.net/sp/2.pem",
        "https://cr.example.net/../sp/1.pem",
        "http://cr.example.net/sp/1.pem",
    ):
        assert checked(signer, signer.token({"x5u": x5u})) == "missing"
    expired = new_signer(1_790_000_000 - 90 * 86_400)
    assert checked(expired, expired.token()) == "missing"
    (signer.folder / "cr.example.net/sp/1.pem").write_text("nonsense")
    assert checked(signer, signer.token()) == "missing"


def test_without_certificates_only_what_speaks_against_the_caller_is_believed(signer: Any) -> None:
    said = [Checking(None).attestation(signer.token(attest=a), CALLER, [CALLEE], NOW_US) for a in "ABC"]
    assert said == ["", "", "C"]


def test_a_signature_is_checked_once(signer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checking, token = Checking(Certificates(signer.folder)), signer.token()
    assert checking.attestation(token, CALLER, [CALLEE], NOW_US) == "A"
    monkeypatch.setattr("wurao.edge.sip.checking._signed_by", lambda *_: pytest.fail("checked again"))
    assert checking.attestation(token, CALLER, [CALLEE], NOW_US + SECOND_US) == "A"
    assert checking.attestation(token, CALLER, [CALLEE], NOW_US + 61 * SECOND_US) == "failed"


def test_a_certificate_is_looked_for_again_after_a_minute(signer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = Certificates(signer.folder)
    later = NOW_US + certificates.LOOK_US
    assert trusted.key("https://cr.example.net/sp/1.pem", NOW_US)
    (signer.folder / "cr.example.net/sp/1.pem").unlink()
    assert trusted.key("https://cr.example.net/sp/1.pem", NOW_US + SECOND_US)
    assert trusted.key("https://cr.example.net/sp/1.pem", later) is None
    monkeypatch.setattr(certificates, "MAX_KNOWN", 3)
    for n in range(10):
        trusted.key(f"https://example.net/{n}", later + DAY_US)
    assert len(trusted._known) == 3


@pytest.mark.parametrize(
    "header",
    [
        "",
        "..abc;info=<https://a/b>",
        "a.b.c",
        "eyJ.eyJ." + "a" * 86,
        "\udcff",
        "A" * 1024 + "." + "A" * 3072 + "." + "A" * 86,
        ", " * 4_000,
        "a" * (MAX_HEADER + 1),
        "e30.e30." + "A" * 86,
        "W10.W10." + "A" * 86,
    ],
)
def test_what_cannot_be_read_is_as_good_as_none(header: str) -> None:
    assert caller_passport(header) is None


def test_odd_claims_are_not_read(signer: Any) -> None:
    for claims in ({"iat": "now"}, {"orig": {}}, {"dest": {"tn": ["1"] * 65}}, {"attest": "D"}):
        assert checked(signer, signer.token(**claims)) == "missing"
    for head in ({"alg": "none"}, {"alg": "HS256"}, {"x5u": 7}, {"x5u": "https://a/" + "x" * 600}):
        assert checked(signer, signer.token(head)) == "missing"


@given(st.text(max_size=300))
def test_no_header_breaks_the_reading(header: str) -> None:
    identity = Identity(None, FixedClock(NOW_US))
    assert identity.checked(header, header, [header]) == "missing"
    assert identity.told(header, header) in {"", "failed", "missing"}
