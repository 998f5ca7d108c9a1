import pytest

from wurao.core import numbers
from wurao.core.payload import INVALID_CALLER, OPAQUE_BASE, CallSymbol
from wurao.screening import config, symbols
from wurao.screening.symbols.interface import Call

CALLEE = 8613900000001


def call(caller: str | int, *, callee: int = CALLEE, ingress: str = "domestic", attestation: str = "") -> Call:
    number = caller if isinstance(caller, int) else numbers.read(caller)
    has_number = number not in (0, INVALID_CALLER)
    return Call(
        caller=number,
        callee=callee,
        kind=numbers.kind(number) if has_number else numbers.NumberKind.ANONYMOUS,
        has_number=has_number,
        opaque=OPAQUE_BASE <= number < INVALID_CALLER,
        trusted=ingress == "domestic",
        overseas=ingress == "overseas",
        attestation=attestation,
    )


def raised(one: Call) -> set[str]:
    mask = symbols.mask(one)
    return {symbol.name for symbol in CallSymbol if mask >> symbol & 1}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (call("13800138000"), set()),
        (call(0), {"ANONYMOUS_CALLER"}),
        (call(INVALID_CALLER), {"INVALID_NUMBER"}),
        (call("110"), set()),
        (call("110", ingress="untrusted"), {"SPOOFED_PUBLIC"}),
        (call("96110", ingress="overseas"), {"SPOOFED_PUBLIC", "OVERSEAS_DISGUISED"}),
        (call("010-12345678", ingress="overseas"), {"OVERSEAS_DISGUISED"}),
        (call("010-12345678", ingress="untrusted"), set()),
        (call("13800138000", ingress="overseas"), set()),
        (call("13800138000", attestation="C"), {"GATEWAY_ATTESTED"}),
        (call("13800138000", attestation="failed"), {"IDENTITY_FAILED"}),
        (call(0, attestation="missing"), {"ANONYMOUS_CALLER", "IDENTITY_MISSING"}),
        (call("13800138000", attestation="A"), set()),
        (call("13900009999"), {"NEIGHBOUR_SPOOF"}),
        (call("13900010000"), set()),
        (call("+1 650 253 0000"), {"OVERSEAS_NUMBER"}),
        (call("+852 2123 4567"), {"HKMOTW_NUMBER"}),
        (call("+886 2 2345 6789"), {"HKMOTW_NUMBER"}),
        (call(OPAQUE_BASE + 5, ingress="overseas"), set()),
    ],
)
def test_each_symbol_says_what_its_file_says(one: Call, expected: set[str]) -> None:
    assert raised(one) == expected


def test_every_call_time_symbol_has_a_file_and_an_entry() -> None:
    assert {module.SYMBOL for module in symbols.ALL} == set(CallSymbol)
    entries = {name for name, rule in config.load().policy.symbols.items() if rule.stage == "call"}
    assert entries == {symbol.name for symbol in CallSymbol}
    assert all(module.__name__.rpartition(".")[2].upper() == module.SYMBOL.name for module in symbols.ALL)
