"""SIP that nobody should send: the properties of RFC 4475's torture messages, injected headers, fuzz."""

import random
from collections.abc import Iterator

NUISANCE, CALLEE = "13712345678", "13900139000"
SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0\r\n"


def message(
    start: str = f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0",
    *extra: str,
    body: str = "",
    drop: tuple[str, ...] = (),
    **changed: str,
) -> str:
    """Return a request; ``changed`` replaces whole headers by name (``_`` for ``-``), ``drop`` leaves some out.

    ``{port}`` and ``{n}`` are filled in when it is sent.
    """
    method = start.partition(" ")[0]
    headers = {
        "Via": "SIP/2.0/{transport} 127.0.0.1:{port};rport;branch=z9hG4bK{n}",
        "Max-Forwards": "70",
        "From": f"<sip:{NUISANCE}@127.0.0.1>;tag={{n}}",
        "To": f"<sip:{CALLEE}@127.0.0.1>",
        "Call-ID": "{n}@hostile",
        "CSeq": f"1 {method}",
        "Contact": "<sip:caller@127.0.0.1:{port}>",
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    headers.setdefault("Content-Length", str(len(body.encode())))
    lines = [start, *(f"{name}: {value}" for name, value in headers.items() if name not in drop), *extra]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def torture() -> dict[str, str]:
    """Return messages with the properties of RFC 4475's, by its names."""
    return {
        "wsinv": message(
            f"INVITE sip:{CALLEE}@127.0.0.1;unknownparam SIP/2.0",
            "NewFangledHeader:   newfangled value\r\n continued newfangled value",
            "UnknownHeaderWithUnusualValue: ;;,,;;,;",
            "s :  ",
            'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      value ;\r\n  second ; q = 0.33',
            To="sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
            Max_Forwards="0068",
            CSeq="0009\r\n  INVITE",
            body=SDP,
        ),
        "intmeth": message(
            "!interesting-Method0123456789_*+`.%indeed'~ "
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&has=1,!*pas$wo~d_too.(doesn't-it)@127.0.0.1 SIP/2.0"
        ),
        "esc01": message(
            "INVITE sip:sips%3Auser%40example.com@127.0.0.1 SIP/2.0",
            From='"%Z%45" <sip:I%20have%20spaces@example.net>;tag={n}',
        ),
        "escnull": message(
            "REGISTER sip:127.0.0.1 SIP/2.0",
            From="sip:null-%00-null@example.com;tag={n}",
            To="sip:null-%00-null@example.com",
            Contact="<sip:%00@host5.example.com>",
        ),
        "escnull in an INVITE": message(From=f"<sip:{NUISANCE}%00x@127.0.0.1>;tag={{n}}"),
        "esc02": message("RE%47IST%45R sip:registrar.example.com SIP/2.0", CSeq="1 RE%47IST%45R"),
        "lwsdisp": message("OPTIONS sip:user@127.0.0.1 SIP/2.0", From="caller<sip:caller@example.com>;tag={n}"),
        "longreq": message(
            f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0",
            "Unknown-" + "Long" * 40 + "-Name: " + "unknown-" + "value" * 400,
            *["Via: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK" + "k" * 200] * 30,
            From='"' + "I have a user name of extreme " * 30 + f'" <sip:{NUISANCE}@127.0.0.1>;tag={{n}}',
        ),
        "dblreq": message("REGISTER sip:127.0.0.1 SIP/2.0") + message("INVITE sip:joe@127.0.0.1 SIP/2.0", body=SDP),
        "semiuri": message("OPTIONS sip:user;par=u%40example.net@127.0.0.1 SIP/2.0"),
        "transports": message(
            "OPTIONS sip:user@127.0.0.1 SIP/2.0",
            *[f"Via: SIP/2.0/{t} t1.example.com;branch=z9hG4bK{t}" for t in ("UDP", "SCTP", "TLS", "UNKNOWN", "TCP")],
        ),
        "mpart01": message(
            "MESSAGE sip:kumiko@127.0.0.1 SIP/2.0",
            "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655",
            body="--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\x00\x01\r\n--7a9cbec02ceef655--",
        ),
        "unreason": "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\r\n" + message().partition("\r\n")[2],
        "noreason": "SIP/2.0 100 \r\n" + message().partition("\r\n")[2],
        "badinv01": message(
            To=';tag=1;;,;"Joe"', Via="SIP/2.0/UDP 192.0.2.15;;,;,,", Contact='"Joe" <sip:joe@example.org>;;;;'
        ),
        "clerr": message(Content_Length="9999", body=SDP),
        "ncl": message(Content_Length="-999", body=SDP),
        "scalar02": message(
            "REGISTER sip:127.0.0.1 SIP/2.0",
            "Expires: " + "1" * 90,
            CSeq="36893488147419103232 REGISTER",
            Max_Forwards="300",
        ),
        "scalarlg": "SIP/2.0 503 Service Unavailable\r\n"
        + message(CSeq="9292394834772304023312 OPTIONS").partition("\r\n")[2],
        "quotbal": message(To=f'"Mr. J. User <sip:{CALLEE}@127.0.0.1>'),
        "quotbal in From": message(From=f'"Mr. J. User <sip:{NUISANCE}@127.0.0.1>;tag={{n}}'),
        "ltgtruri": message(f"INVITE <sip:{CALLEE}@127.0.0.1> SIP/2.0"),
        "lwsruri": message(f"INVITE sip:{CALLEE}@127.0.0.1; lr SIP/2.0"),
        "lwsstart": message(f"INVITE  sip:{CALLEE}@127.0.0.1  SIP/2.0"),
        "trws": message(f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0  "),
        "escruri": message(f"INVITE sip:{CALLEE}@127.0.0.1?Route=%3Csip:example.com%3E SIP/2.0"),
        "baddate": message(f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST"),
        "regbadct": message(
            "REGISTER sip:127.0.0.1 SIP/2.0", Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E"
        ),
        "badaspec": message(
            f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0", To='"Watson, Thomas" < sip:t.watson@example.org >'
        ),
        "baddn": message(
            f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0", From="Bell, Alexander <sip:a.g.bell@example.com>;tag={n}"
        ),
        "badvers": message(f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/7.0"),
        "mismatch01": message(f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0", CSeq="8 INVITE"),
        "mismatch02": message(f"NEWMETHOD sip:{CALLEE}@127.0.0.1 SIP/2.0", CSeq="8 INVITE"),
        "bigcode": "SIP/2.0 4294967301 better not break the receiver\r\n" + message().partition("\r\n")[2],
        "badbranch": message(Via="SIP/2.0/{transport} 127.0.0.1:{port};rport;branch=z9hG4bK"),
        "insuf": message(drop=("From", "Call-ID", "CSeq")),
        "unkscm": message("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"),
        "novelsc": message("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"),
        "unksm2": message(
            "REGISTER sip:127.0.0.1 SIP/2.0", To="isbn:2983792873", From="<http://www.example.com>;tag={n}"
        ),
        "bext01": message(
            f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0", "Proxy-Require: nothingSupportsThis", "Require: norThis"
        ),
        "invut": message(
            f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0",
            "Content-Type: application/unknownformat",
            body="<audio>\r\n <pcmu port='443'/>",
        ),
        "regaut01": message("REGISTER sip:127.0.0.1 SIP/2.0", "Authorization: NoOneKnowsThisScheme opaque-data=here"),
        "multi01": message(
            f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0",
            *(
                "CSeq: 59 INVITE",
                "Call-ID: another@hostile",
                "Max-Forwards: 5",
                "From: <sip:other@example.com>;tag=3",
                "To: sip:x@example.com",
            ),
        ),
        "mcl01": message(
            f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0",
            "Content-Length: 5",
            Content_Length="13",
            body="There's no way to know how many octets",
        ),
        "bcast": "SIP/2.0 200 OK\r\n"
        + message(Via="SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923").partition("\r\n")[2],
        "zeromf": message(f"OPTIONS sip:{CALLEE}@127.0.0.1 SIP/2.0", Max_Forwards="0"),
        "cparam01": message("REGISTER sip:127.0.0.1 SIP/2.0", Contact="sip:+19725552222@gw1.example.net;unknownparam"),
        "cparam02": message(
            "REGISTER sip:127.0.0.1 SIP/2.0", Contact="<sip:+19725552222@gw1.example.net;unknownparam>"
        ),
        "regescrt": message(
            "REGISTER sip:127.0.0.1 SIP/2.0", Contact="<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"
        ),
        "sdp01": message(f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0", "Accept: text/nobodyKnowsThis", body=SDP),
        "inv2543": message(
            f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0",
            Via="SIP/2.0/{transport} 127.0.0.1:{port}",
            From=f"<sip:{NUISANCE}@127.0.0.1>",
            drop=("Max-Forwards", "Contact"),
            body=SDP,
        ),
    }


INSERTED = (
    "\r\nInjected: 1",
    "\nInjected: 1",
    "%0d%0aInjected: 1",
    '"',
    '";text="',
    "\\",
    "\0",
    "\udcff\udcfe",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"),
    "勿扰",
    "{evidence_id}",
    "$avp(wurao_receipt)$var(wurao_headers)",
    "%s%n%x",
    "<>",
    ";wurao=20261124-abcdefghijkl",
    "x" * 2_000,
    "9" * 2_000,
)
"""What is put before, into and behind the numbers; ``\\udcXX`` stands for a byte that is no UTF-8."""


def injected() -> Iterator[tuple[str, str]]:
    """Yield what is injected where, for every header that an edge reads."""
    for what in INSERTED:
        for caller in (f"{what}{NUISANCE}", f"{NUISANCE}{what}", f"{NUISANCE[:5]}{what}{NUISANCE[5:]}"):
            yield f"From {what!a:.30}", message(From=f"<sip:{caller}@127.0.0.1>;tag={{n}}")
            yield f"display name {what!a:.30}", message(From=f'"{caller}" <sip:{NUISANCE}@127.0.0.1>;tag={{n}}')
            asserted = f"P-Asserted-Identity: <sip:{caller}@127.0.0.1>"
            yield f"PAI {what!a:.30}", message(f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0", asserted)
            diverted = f"Diversion: <sip:{caller}@127.0.0.1>;reason=unconditional"
            yield f"Diversion {what!a:.30}", message(f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0", diverted)
        yield f"request URI {what!a:.30}", message(f"INVITE sip:{what}{CALLEE}@127.0.0.1 SIP/2.0")
        yield f"tag {what!a:.30}", message(From=f"<sip:{NUISANCE}@127.0.0.1>;tag={{n}}{what}")
        yield f"Call-ID {what!a:.30}", message(Call_ID=f"{{n}}{what}")
        yield (
            f"Reason {what!a:.30}",
            message(
                f"BYE sip:{CALLEE}@127.0.0.1 SIP/2.0",
                f"Reason: SIP;cause=607;text={what}",
                f"Route: <sip:127.0.0.1;lr;wurao={what}>",
                To=f"<sip:{CALLEE}@127.0.0.1>;tag=1",
            ),
        )


def long_ones(size: int) -> Iterator[tuple[str, str]]:
    """Yield messages whose headers fill ``size`` bytes."""
    yield "a long caller", message(From=f"<sip:{'1' * size}@127.0.0.1>;tag={{n}}")
    yield "a long display name", message(From=f'"{"n" * size}" <sip:{NUISANCE}@127.0.0.1>;tag={{n}}')
    yield "a long called number", message(f"INVITE sip:{'1' * size}@127.0.0.1 SIP/2.0")
    invite = f"INVITE sip:{CALLEE}@127.0.0.1 SIP/2.0"
    yield "a long PAI", message(invite, f"P-Asserted-Identity: <sip:{'1' * size}@127.0.0.1>")
    yield "many PAIs", message(invite, *["P-Asserted-Identity: <sip:1@127.0.0.1>"] * (size // 40))
    yield "many Diversions", message(invite, *["Diversion: <sip:1@127.0.0.1>;reason=no-answer"] * (size // 50))
    yield "a long unknown header", message(invite, f"X-Long: {'x' * size}")


def fuzz(seed: int) -> Iterator[str]:
    """Yield mutated messages without end: pieces swapped, doubled, cut, bytes turned."""
    rng = random.Random(seed)  # noqa: S311 - nothing is secret here
    sources = [*torture().values(), *(text for _, text in injected()), message()]
    while True:
        text = rng.choice(sources)
        for _ in range(rng.randint(1, 4)):
            text = _mutated(rng, text)
        yield text


def _mutated(rng: random.Random, text: str) -> str:
    at, to = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    kind = rng.randrange(6)
    if kind == 0:
        return text[:at] + text[min(to, at + 40) :]
    if kind == 1:
        return text[:at] + rng.choice(INSERTED) + text[at:]
    if kind == 2:
        return text[:at] + text[at : at + 60] * rng.randint(2, 50) + text[at + 60 :]
    if kind == 3:
        lines = text.split("\r\n")
        rng.shuffle(lines)
        return "\r\n".join(lines)
    if kind == 4:
        return (
            text[:at]
            + chr(rng.choice([0, 9, 10, 13, 32, 34, 37, 44, 58, 59, 60, 62, 64, 0xDC80, 0xDCFF]))
            + text[at + 1 :]
        )
    return text.replace(
        rng.choice([":", ";", "=", "@", "\r\n", " "]), rng.choice(["", "::", ";;", "\r\n\r\n", "\t"]), 1
    )
