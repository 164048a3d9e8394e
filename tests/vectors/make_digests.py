#!/usr/bin/env python3
"""Writes digest.json: numbers as people type them, and what has to become of them.

The identifiers are written here by hand; only the digests are computed, with the standard library and
nothing of this project. Any implementation of docs/protocol.md can check itself against the result.

  tests/vectors/make_digests.py            writes tests/vectors/digest.json
  tests/vectors/make_digests.py --check    fails if it is not what would be written
"""

import hashlib
import hmac
import json
import pathlib
import sys

OUTPUT = pathlib.Path(__file__).with_name("digest.json")


def plan(region, outside="", pattern="", international="", national=""):
    return {
        "default_region": region,
        "outside_line_prefix": outside,
        "international_prefix": international,
        "national_prefix": national,
        "extension_pattern": pattern,
        "phone_context": "acme.example" if pattern else "",
    }


PBX_DE = plan("DE", outside="0", pattern="[1-7][0-9]{2}|8[0-9]{3}")
PBX_US = plan("US", outside="9", pattern="[2-6][0-9]{3}")
PLAIN_DE = plan("DE")
PLAIN_US = plan("US")

# (dial plan, as typed, identifiers with the most likely first, or why nothing is sent)
CASES = [
    # International forms, and what stands between the digits.
    (PBX_DE, "+49 30 23125 001", ["tel:+493023125001"]),
    (PBX_DE, "+49 (0) 30 / 23125-001", ["tel:+493023125001"]),
    (PBX_DE, "+49.30.23125.001", ["tel:+493023125001"]),
    (PBX_DE, "\u202a+49 30 23125001\u202c", ["tel:+493023125001"]),
    (PBX_DE, "\uff0b\uff14\uff19\u3000\uff13\uff10 23125001", ["tel:+493023125001"]),
    (PBX_DE, "+49\u00a030\u201123125\u2013001", ["tel:+493023125001"]),
    (PLAIN_DE, "030 23125001", ["tel:+493023125001"]),
    (PLAIN_DE, "\u0660\u0663\u0660 \u0662\u0663\u0661\u0662\u0665\u0660\u0660\u0661",
     ["tel:+493023125001"]),
    (PLAIN_DE, "\u06f0\u06f3\u06f0\u06f2\u06f3\u06f1\u06f2\u06f5\u06f0\u06f0\u06f1",
     ["tel:+493023125001"]),
    (PLAIN_DE, "00493023125001", ["tel:+493023125001"]),
    (PLAIN_DE, "0171 3920001", ["tel:+491713920001"]),
    # A PBX with an outside line.
    (PBX_DE, "0 0049 8544 9180", ["tel:+4985449180"]),
    (PBX_DE, "0 0157 32345678", ["tel:+4915732345678"]),
    (PBX_DE, "0,0171 3920001", ["tel:+491713920001"]),
    (PBX_DE, "0 +49 171 3920001", ["tel:+491713920001"]),
    (PBX_DE, "0004915732345678", ["tel:+4915732345678"]),
    (PBX_DE, "08544 9180", ["tel:+4985449180"]),
    (PBX_US, "9,1 212 555 0100", ["tel:+12125550100"]),
    # The second: +91 is India, if the 9 is no outside line.
    (PBX_US, "912125550100", ["tel:+12125550100", "tel:+912125550100"]),
    (PBX_US, "9 011 49 30 23125001", ["tel:+493023125001"]),
    (PBX_US, "(917) 555-0100", ["tel:+19175550100"]),
    # Extensions come before any parsing.
    (PBX_DE, "101", ["tel:101;phone-context=acme.example"]),
    (PBX_DE, "8-123", ["tel:8123;phone-context=acme.example"]),
    (PBX_DE, "tel:101;phone-context=acme.example", ["tel:101;phone-context=acme.example"]),
    (PBX_DE, "tel:101;phone-context=ACME.example", ["tel:101;phone-context=acme.example"]),
    (plan("DE", pattern="[0-9]{4}"), "1001", ["tel:1001;phone-context=acme.example"]),
    (PBX_US, "4001", ["tel:4001;phone-context=acme.example"]),
    (PBX_DE, "tel:101;phone-context=globex.example", "foreign extension"),
    (PBX_DE, "1001", "not a possible number"),
    # Another person behind the same number.
    (PBX_DE, "tel:+49-30-23125001;ext=12", ["tel:+493023125001;ext=12"]),
    (PBX_DE, "+49 30 23125001 ext. 12", ["tel:+493023125001;ext=12"]),
    (PBX_US, "+1 212-555-0100 x345", ["tel:+12125550100;ext=345"]),
    (PBX_US, "+1 (212) 555-0100,,345", ["tel:+12125550100;ext=345"]),
    (PBX_DE, "tel:23125001;phone-context=+4930", ["tel:+493023125001"]),
    # A number that lost its plus.
    (PBX_DE, "491713920001", ["tel:+491713920001"]),
    (PBX_DE, "12125550100", ["tel:+12125550100"]),
    (PLAIN_US, "12125550100", ["tel:+12125550100"]),
    # 00 is not everywhere a plus.
    (plan("AU"), "0011 49 30 23125001", ["tel:+493023125001"]),
    (plan("JP"), "010 49 30 23125001", ["tel:+493023125001"]),
    (PLAIN_US, "0049 30 23125001", "not a possible number"),
    # Letters on the keypad.
    (PLAIN_US, "1-800-FLOWERS", ["tel:+18003569377"]),
    # National forms of other countries.
    (PLAIN_US, "(212) 555-0100", ["tel:+12125550100"]),
    (plan("GB"), "020 7946 0018", ["tel:+442079460018"]),
    (plan("GB"), "07700 900123", ["tel:+447700900123"]),
    (plan("FR"), "01 99 00 12 34", ["tel:+33199001234"]),
    (plan("FR"), "06 39 98 12 34", ["tel:+33639981234"]),
    (plan("IT"), "06 698 12345", ["tel:+390669812345"]),
    (plan("IT"), "+39 06 698 12345", ["tel:+390669812345"]),
    (plan("IT"), "347 123 4567", ["tel:+393471234567"]),
    (plan("AU"), "0491 570 156", ["tel:+61491570156"]),
    (plan("AT"), "01 5123456", ["tel:+4315123456"]),
    (plan("CH"), "044 668 18 00", ["tel:+41446681800"]),
    (plan("ES"), "912 345 678", ["tel:+34912345678"]),
    (plan("NL"), "020 123 4567", ["tel:+31201234567"]),
    (plan("SE"), "031-390 06 01", ["tel:+46313900601"]),
    (plan("IE"), "020 910 1234", ["tel:+353209101234"]),
    (plan("IN"), "098765 43210", ["tel:+919876543210"]),
    (plan("JP"), "03-1234-5678", ["tel:+81312345678"]),
    (plan("PL"), "22 123 45 67", ["tel:+48221234567"]),
    (plan("RU"), "8 (495) 123-45-67", ["tel:+74951234567"]),
    (plan("SG"), "6123 4567", ["tel:+6561234567"]),
    (plan("ZA"), "021 123 4567", ["tel:+27211234567"]),
    # Mobiles that are written in two ways: the directory holds both.
    (plan("MX"), "55 1234 5678", ["tel:+525512345678"]),
    (plan("MX"), "+52 1 55 1234 5678", ["tel:+525512345678"]),
    (plan("AR"), "011 15-2345-6789", ["tel:+5491123456789"]),
    (plan("AR"), "+54 9 11 2345 6789", ["tel:+5491123456789"]),
    (plan("AR"), "+54 11 2345 6789", ["tel:+541123456789"]),
    (plan("BR"), "(11) 91234-5678", ["tel:+5511912345678"]),
    (plan("BR"), "+55 11 6123-4567", ["tel:+551161234567"]),
    # Never sent.
    (PBX_DE, "*21*0171#", "service code"),
    (PLAIN_US, "#31#2125550100", "service code"),
    (PBX_DE, "112", "emergency number"),
    (PBX_DE, "0 110", "emergency number"),
    (PLAIN_US, "911", "emergency number"),
    (PLAIN_DE, "115", "short code"),
    (PBX_DE, "call me", "no digits"),
    (PBX_DE, "", "no digits"),
    (PBX_DE, "+49", "not a possible number"),
    (PBX_DE, "+4930231250012345678", "not a possible number"),
]


def vectors():
    for position, (dial_plan, typed, result) in enumerate(CASES):
        salt = hashlib.sha256(b"smart-contacts vector %d" % position).digest()
        vector = {"country": dial_plan["default_region"], "typed": typed, "dial_plan": dial_plan}
        if isinstance(result, str):
            vector["skipped"] = result
        else:
            vector["salt"] = salt.hex()
            vector["candidates"] = [
                {
                    "identifier": identifier,
                    "digest": hmac.new(salt, identifier.encode("ascii"), hashlib.sha256)
                    .digest()[:16]
                    .hex(),
                }
                for identifier in result
            ]
        yield vector


def main():
    text = json.dumps({"vectors": list(vectors())}, indent=1, ensure_ascii=True) + "\n"
    if "--check" in sys.argv[1:]:
        if OUTPUT.read_text(encoding="ascii") != text:
            sys.exit("digest.json is not what make_digests.py writes; run it and look at the change")
        return
    OUTPUT.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
