#!/usr/bin/env python3
"""Writes sealed-directory.json: what becomes of OPRF outputs in the private mode.

Everything is computed with the standard library and nothing of this project; ristretto255.py checks
itself against the vectors of RFC 9497, ChaCha20-Poly1305 below against that of RFC 8439. Any
implementation of the private mode can check itself against the result. Bytes are in hexadecimal;
versions and indices are decimal strings, because not every JSON parser has 64 bits.

  tests/vectors/make_sealed_directory.py            writes tests/vectors/sealed-directory.json
  tests/vectors/make_sealed_directory.py --check    fails if it is not what would be written
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

import ristretto255

HERE = pathlib.Path(__file__).parent
OUTPUT = HERE / "sealed-directory.json"

LOCATOR_INFO = b"smart-contacts/sealed-directory/locator/v1"
LABEL_KEY_INFO = b"smart-contacts/sealed-directory/label-key/v1"
PADDING_LOCATOR_DOMAIN = b"smart-contacts/sealed-directory/padding-locator/v1"
PADDING_KEY_DOMAIN = b"smart-contacts/sealed-directory/padding-key/v1"
RICE_PARAMETER = 10
LABEL_SIZES = (64, 128, 272)
NONCE = bytes(12)


# ChaCha20-Poly1305, RFC 8439.


def chacha20_block(key, counter, nonce):
    initial = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    state = list(initial)

    def quarter_round(a, b, c, d):
        steps = ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7))
        for target, source, mixed, left in steps:
            state[target] = (state[target] + state[source]) & 0xFFFFFFFF
            value = state[mixed] ^ state[target]
            state[mixed] = (value << left | value >> (32 - left)) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter_round(column, column + 4, column + 8, column + 12)
        for i in range(4):
            quarter_round(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, initial)))


def chacha20(key, counter, nonce, text):
    blocks = (len(text) + 63) // 64
    stream = b"".join(chacha20_block(key, counter + i, nonce) for i in range(blocks))
    return bytes(a ^ b for a, b in zip(text, stream))


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    accumulator = 0
    for i in range(0, len(message), 16):
        accumulator += int.from_bytes(message[i : i + 16] + b"\1", "little")
        accumulator = accumulator * r % (2**130 - 5)
    return ((accumulator + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def seal(key, nonce, data, plaintext):
    ciphertext = chacha20(key, 1, nonce, plaintext)
    message = data + bytes(-len(data) % 16) + ciphertext + bytes(-len(ciphertext) % 16)
    message += struct.pack("<QQ", len(data), len(ciphertext))
    return ciphertext + poly1305(chacha20_block(key, 0, nonce)[:32], message)


def check_rfc8439():
    """Section 2.8.2."""
    sealed = seal(
        bytes(range(0x80, 0xA0)),
        bytes.fromhex("070000004041424344454647"),
        bytes.fromhex("50515253c0c1c2c3c4c5c6c7"),
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        b"future, sunscreen would be it.",
    )
    assert sealed[:16].hex() == "d31a8d34648e60db7b86afbc53ef7ec2"
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691"


# The sealed directory.


def expand(output, info, size):
    """HKDF-Expand (RFC 5869, section 2.3) for up to 64 bytes."""
    return hmac.new(output, info + b"\1", hashlib.sha512).digest()[:size]


def locator_of(output):
    return expand(output, LOCATOR_INFO, 16)


def label_key(output, version):
    return expand(output, LABEL_KEY_INFO + struct.pack(">Q", version), 32)


def seal_padded(output, version, padded):
    header = locator_of(output) + struct.pack(">Q", version)
    return header + seal(label_key(output, version), NONCE, header, padded)


def seal_entry(output, version, label, label_size):
    padded = struct.pack(">H", len(label)) + label
    assert label_size in LABEL_SIZES and len(padded) <= label_size
    return seal_padded(output, version, padded.ljust(label_size, b"\0"))


def padding_entry(key, index, version, label_size):
    place, number = struct.pack(">Q", index), struct.pack(">Q", version)
    locator = hashlib.blake2b(PADDING_LOCATOR_DOMAIN + place, key=key, digest_size=16).digest()
    stream_key = hashlib.blake2b(PADDING_KEY_DOMAIN + place + number, key=key, digest_size=32)
    return locator + number + chacha20(stream_key.digest(), 0, NONCE, bytes(label_size + 16))


def filter_value(locator, count):
    return (int.from_bytes(locator[:8], "big") * (count << RICE_PARAMETER)) >> 64


def encode_filter(locators):
    bits, previous = "", 0
    for value in sorted(filter_value(locator, len(locators)) for locator in locators):
        quotient, rest = divmod(value - previous, 2**RICE_PARAMETER)
        bits += "1" * quotient + "0" + f"{rest:0{RICE_PARAMETER}b}"
        previous = value
    bits += "0" * (-len(bits) % 8)
    coded = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return struct.pack(">IB", len(locators), RICE_PARAMETER) + coded


# The vectors.


def fixed(text, size=64):
    return hashlib.sha512(b"smart-contacts vector " + text.encode("ascii")).digest()[:size]


def entry(output, version, label, label_size):
    return {
        "version": str(version),
        "label_key": label_key(output, version).hex(),
        "label": label,
        "label_size": label_size,
        "entry": seal_entry(output, version, label.encode("ascii"), label_size).hex(),
    }


def end_to_end():
    """From an identifier and the server's seed to what a client reads: VOPRF, mode 1."""
    for identifier, label in (
        ("tel:+493023125103", "sip:103@acme.example"),
        ("tel:101;phone-context=acme.example", "sip:101@acme.example"),
        ("tel:+12125550100;ext=345", "sip:front.desk@globex.example"),
    ):
        seed, info = fixed("seed of " + identifier, 32), "acme epoch 7"
        key = ristretto255.derive_key(1, seed, info.encode("ascii"))
        output = ristretto255.evaluate(1, key, identifier.encode("ascii"))
        yield {
            "seed": seed.hex(),
            "key_info": info,
            "public_key": ristretto255.encode(
                ristretto255.multiply(key, ristretto255.GENERATOR)
            ).hex(),
            "identifier": identifier,
            "output": output.hex(),
            "locator": locator_of(output).hex(),
            "entries": [entry(output, 1, label, 64)],
        }


def derivations():
    output = fixed("output")
    yield {
        "output": output.hex(),
        "locator": locator_of(output).hex(),
        "entries": [
            entry(output, 0, "", 64),
            entry(output, 1, "sip:101@acme.example", 64),
            entry(output, 2, "sip:" + "a" * 58, 64),
            entry(output, 3, "sip:101@acme.example", 128),
            entry(output, 2**32 + 1, "sip:" + "b" * 122, 128),
            entry(output, 2**63 - 1, "sip:101@acme.example", 272),
            entry(output, 2**64 - 1, "sip:" + "c" * 251, 272),
        ],
    }


def refused():
    output = fixed("output")
    good = seal_entry(output, 1, b"sip:101@acme.example", 64)

    def flip(position):
        altered = bytearray(good)
        altered[position] ^= 1
        return bytes(altered)

    for why, sealed in (
        ("a bit of the locator is flipped", flip(0)),
        ("a bit of the version is flipped", flip(23)),
        ("a bit of the ciphertext is flipped", flip(24)),
        ("the last bit of the ciphertext is flipped", flip(87)),
        ("a bit of the authenticator is flipped", flip(103)),
        ("a byte is missing", good[:-1]),
        ("a byte is too many", good + b"\0"),
        ("it is the entry of another output", seal_entry(fixed("another"), 1, b"sip:101", 64)),
        ("the padding is not zero", seal_padded(output, 1, b"\0\1a" + bytes(60) + b"\1")),
        ("the length is larger than the room", seal_padded(output, 1, b"\0\x3f" + b"a" * 62)),
        ("the label size is none of the three", seal_padded(output, 1, bytes(32))),
    ):
        yield {"why": why, "output": output.hex(), "entry": sealed.hex()}


def paddings():
    key = fixed("padding key", 32)
    for index, version, label_size in (
        (0, 1, 64),
        (1, 1, 128),
        (1, 2, 128),
        (2**40, 2**64 - 1, 272),
    ):
        yield {
            "key": key.hex(),
            "index": str(index),
            "version": str(version),
            "label_size": label_size,
            "entry": padding_entry(key, index, version, label_size).hex(),
        }


def filters():
    for count in (0, 1, 2, 50):
        locators = sorted(fixed(f"locator {i} of {count}", 16) for i in range(count))
        yield {"locators": [one.hex() for one in locators], "filter": encode_filter(locators).hex()}


def main():
    vectors = (HERE / "rfc9497_ristretto255_sha512.json").read_text(encoding="ascii")
    ristretto255.check_rfc9497(json.loads(vectors))
    check_rfc8439()
    text = json.dumps(
        {
            "end_to_end": list(end_to_end()),
            "derivations": list(derivations()),
            "refused": list(refused()),
            "paddings": list(paddings()),
            "filters": list(filters()),
        },
        indent=1,
    )
    if "--check" in sys.argv[1:]:
        if OUTPUT.read_text(encoding="ascii") != text + "\n":
            sys.exit(
                "sealed-directory.json is not what make_sealed_directory.py writes; run it and "
                "look at the change"
            )
        return
    OUTPUT.write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
