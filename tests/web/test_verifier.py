"""Hostile headers and bodies against the byte-level verification."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.verifier import TOLERANCE, Credentials, Refusal, credentials, signed, verify
from tests.web.signing import SECRET, sign

# The worked example of Slack's documentation on signing secrets.
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
STAMP = b"1531420618"
SIGNATURE = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
NOW = 1531420618.0


def headers(signature: bytes = SIGNATURE, stamp: bytes = STAMP) -> list[tuple[bytes, bytes]]:
    return [(b"x-slack-request-timestamp", stamp), (b"x-slack-signature", signature)]


def check(given_headers: list[tuple[bytes, bytes]], body: bytes = BODY, now: float = NOW) -> Credentials | Refusal:
    return verify(SECRET.encode(), given_headers, body, now)


def test_slacks_own_example_is_accepted() -> None:
    assert check(headers()) == Credentials(STAMP, SIGNATURE)


def test_header_names_in_any_case() -> None:
    shouted = [(name.title().encode(), value) for name, value in ((n.decode(), v) for n, v in headers())]
    assert isinstance(check(shouted), Credentials)


def test_every_single_bit_of_the_signature_counts() -> None:
    for place in range(3, len(SIGNATURE)):
        other = bytearray(SIGNATURE)
        other[place] = ord("0") if other[place] != ord("0") else ord("1")
        assert check(headers(bytes(other))) == Refusal(401, "wrong signature"), place


def test_another_secret_body_or_timestamp_is_refused() -> None:
    assert isinstance(verify(b"another", headers(), BODY, NOW), Refusal)
    assert isinstance(check(headers(), BODY + b"&"), Refusal)
    assert isinstance(check(headers(stamp=b"1531420619")), Refusal)


@pytest.mark.parametrize(
    "stamp",
    [
        b"abc", b"", b" ", b"1531420618 ", b" 1531420618", b"+1531420618", b"-1531420618", b"1531420618.0", b"1e9",
        b"0x5b47d40a", b"1_531_420_618", b"inf", b"nan", b"9" * 5000, b"\x00", b"1531420618\n", b"\xb2",
        "١٥٣١٤٢٠٦١٨".encode(), "１５３１４２０６１８".encode(), b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_timestamp_is_plain_ascii_digits(stamp: bytes) -> None:
    # Signed rightly over the odd bytes, so that only the form of the timestamp can be the reason.
    signature = b"v0=" + hmac.new(SECRET.encode(), b"v0:" + stamp + b":" + BODY, hashlib.sha256).hexdigest().encode()
    assert check(headers(signature, stamp)) == Refusal(401, "malformed signature")


@pytest.mark.parametrize(
    "signature",
    [
        b"", b"v0=", b"v1" + SIGNATURE[2:], SIGNATURE[3:], SIGNATURE.upper(), SIGNATURE + b"0", SIGNATURE[:-1],
        SIGNATURE + b"\n", b" " + SIGNATURE, b"v0=" + "é".encode() * 32, b"\xff" * 67, b"v0=" + b"g" * 64,
        b"v0=" + "０".encode() * 64,
    ],
)  # fmt: skip
def test_a_signature_is_v0_and_64_lower_case_hex_digits(signature: bytes) -> None:
    assert check(headers(signature)) == Refusal(401, "malformed signature")


def test_missing_and_doubled_headers_are_refused() -> None:
    stamp, signature = headers()
    assert check([stamp]) == Refusal(401, "no signature")
    assert check([signature]) == Refusal(401, "no signature")
    assert check([]) == Refusal(401, "no signature")
    assert check([stamp, signature, signature]) == Refusal(401, "doubled header")
    assert check([stamp, signature, (b"X-Slack-Request-Timestamp", b"1")]) == Refusal(401, "doubled header")


@pytest.mark.parametrize("drift", [TOLERANCE, -TOLERANCE, 0, 299.4])
def test_inside_five_minutes_either_way(drift: float) -> None:
    assert isinstance(check(headers(), now=NOW + drift), Credentials)


@pytest.mark.parametrize("drift", [TOLERANCE + 1, -TOLERANCE - 1, 10**9, -NOW])
def test_outside_five_minutes_is_stale_even_when_signed(drift: float) -> None:
    assert check(headers(), now=NOW + drift) == Refusal(401, "stale timestamp")


def test_headers_are_judged_before_any_body_is_there() -> None:
    assert credentials(headers(b"garbage"), NOW) == Refusal(401, "malformed signature")
    assert signed(SECRET.encode(), Credentials(STAMP, SIGNATURE), BODY)


def test_the_key_tells_requests_apart_and_replays_together() -> None:
    one, again = check(headers()), check(headers())
    other_body = b"text=2"
    other = check(headers(sign(other_body, STAMP.decode()).encode()), other_body)
    assert isinstance(one, Credentials)
    assert isinstance(again, Credentials)
    assert isinstance(other, Credentials)
    assert one.key == again.key != other.key


@given(st.lists(st.tuples(st.sampled_from([b"x-slack-signature", b"x-slack-request-timestamp", b"x"]), st.binary())))
def test_no_bytes_at_all_raise_or_pass(found: list[tuple[bytes, bytes]]) -> None:
    assert isinstance(check(found), Refusal)


@given(st.binary(max_size=300))
def test_any_body_that_was_signed_passes(body: bytes) -> None:
    signature = sign(body, STAMP.decode()).encode()
    assert isinstance(check(headers(signature), body), Credentials)
    assert isinstance(check(headers(signature), body + b"\x00"), Refusal)
