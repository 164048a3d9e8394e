#!/usr/bin/env python3
"""Makes the examples beside this file: two directories, an address book, and who is to be found.

    examples/make_examples.py           writes them
    examples/make_examples.py --check   exits 1 if they are not what would be written

The same every time, with any Python from 3.8 on. Every name is made up; see fiction.py for the
numbers. The tenants are acme (acme.example; region DE, outside line 0) and globex (globex.example;
region US, outside line 9); the extensions of both are [1-9][0-9]{1,5}.
"""

import csv
import io
import pathlib
import sys
from dataclasses import dataclass, field

import vcard
from fiction import EVERYWHERE, Line, Lines, Names, written_forms

# How many people work where, and the first of their extensions. Berlin's have numbers of their own.
ACME_OFFICES = (("DE", 150, 101), ("GB", 20, 2001), ("FR", 10, 2101), ("IT", 8, 2201),
                ("MX", 8, 2301), ("AR", 8, 2401), ("BR", 8, 2501), ("AU", 6, 2601), ("US", 6, 2701),
                ("IE", 4, 20001), ("CA", 4, 300001))
GLOBEX_OFFICES = (("US", 70, 4001), ("CA", 10, 4101), ("GB", 10, 4201), ("AU", 8, 40001),
                  ("MX", 6, 400001), ("FR", 6, 4301))
KIND_IN_DIRECTORY = {"BR": "BR mobile"}
# Emergency numbers, short codes and what begins like them are nobody's extension.
NOT_EXTENSIONS = {"110", "112", "115", "116", "117", "118", "119"}
DOOR_PHONES = range(20, 32)
STRANGER_KINDS = ("DE", "GB", "US", "FR mobile", "DE mobile", "IT", "MX", "AR", "BR mobile", "AU",
                  "GB mobile", "IE", "CA", "FR")
STRANGERS = 300

SERVICES = (
    ("Notruf", "112"), ("Polizei", "110"), ("Emergency", "911"), ("Emergency UK", "999"),
    ("Voicemail", "*86"), ("Guthaben", "*100#"), ("IMEI", "*#06#"),
    ("Rufumleitung", "**21*03023125900#"), ("Auskunft", "11833"), ("Behördenruf", "115"),
    ("Ärztlicher Notdienst", "116117"), ("Weather", "1-800-JKL-0142"), ("Time", "9,1 202 555 0199"),
    ("Nobody's extension", "999999"), ("No number", "call Ann instead"), ("Dash", "-"),
    ("Only a prefix", "+49"), ("Too long", "+49 30 23125 1010 1010 1010 1010"),
    ("Foreign extension", "tel:101;phone-context=initech.example"),
)


@dataclass
class Subscriber:
    aor: str
    name: tuple
    lines: list
    country: str
    extension: str = ""
    numbers: list = field(default_factory=list)  # as the directory writes them
    enabled: bool = True
    discoverable: bool = True
    matching: str = "inherit"

    @property
    def visible(self):
        return self.enabled and self.discoverable

    def row(self):
        return [self.aor, ";".join(self.numbers), self.extension, str(self.enabled).lower(),
                str(self.discoverable).lower(), self.matching]


class World:
    """Everybody, and what the address book says of them."""

    def __init__(self):
        self.names = Names()
        self.lines = Lines()
        self.directories = {"acme": self._acme(), "globex": self._globex()}
        self._share()
        self.contacts = []
        self.expected = []

    def _office(self, domain, country, count, extension, line_of=None):
        kind = KIND_IN_DIRECTORY.get(country, country)
        subscribers = []
        while len(subscribers) < count:
            digits = str(extension)
            extension += 1
            if digits in NOT_EXTENSIONS:
                continue
            line = line_of(digits) if line_of else self.lines.next(kind)
            subscribers.append(Subscriber(f"sip:{digits}@{domain}", self.names.next(country), [line],
                                          country, digits, [line.international()]))
        return subscribers

    def _acme(self):
        subscribers = []
        for country, count, extension in ACME_OFFICES:
            berlin = (lambda digits: Line("DE", "30", "23125" + digits)) if country == "DE" else None
            subscribers += self._office("acme.example", country, count, extension, berlin)
        for i, subscriber in enumerate(subscribers):
            if subscriber.country == "DE" and i % 3 == 0:
                mobile = self.lines.next("DE mobile")
                subscriber.lines.append(mobile)
                subscriber.numbers.append(mobile.national() if i % 2 else mobile.international())
            elif subscriber.country == "MX" and i % 2:
                subscriber.numbers = [written_forms(subscriber.lines[0])[1][0]]
            elif subscriber.country == "AR" and i % 2:
                subscriber.numbers = [written_forms(subscriber.lines[0])[1][0]]
        for extension in DOOR_PHONES:
            subscribers.append(Subscriber(f"sip:door-{extension}@acme.example",
                                          ("Tür", str(extension)), [], "DE", str(extension)))
        for i in (12, 47, 88):
            subscribers[i].enabled = False
        for i in (15, 51, 96):
            subscribers[i].discoverable = False
        for i in (18, 54):
            subscribers[i].matching = "denied"
        subscribers[21].matching = "allowed"
        return subscribers

    def _globex(self):
        subscribers = []
        for country, count, extension in GLOBEX_OFFICES:
            subscribers += self._office("globex.example", country, count, extension)
        subscribers[9].enabled = False
        subscribers[19].discoverable = False
        subscribers[29].matching = "denied"
        return subscribers

    def _share(self):
        acme, globex = self.directories["acme"], self.directories["globex"]
        # People who work for both have one number in both directories.
        for i in range(8):
            person, colleague = acme[30 + 3 * i], globex[4 * i]
            colleague.name = person.name
            colleague.lines.append(person.lines[0])
            colleague.numbers.append(person.lines[0].international())
        # Teams of two share a number beside their own.
        for i in (60, 64, 68):
            team = Line("DE", "30", f"23125{900 + i}")
            for subscriber in acme[i:i + 2]:
                subscriber.lines.append(team)
                subscriber.numbers.append(team.national("/"))

    def add_contact(self, name, numbers):
        """`numbers`: pairs of what is typed and (tenant, Line or extension) pairs it is read as."""
        self.contacts.append((name, [typed for typed, _ in numbers]))
        display = " ".join(part for part in name if part)
        for tenant, directory in self.directories.items():
            read = [meaning for _, readings in numbers for reader, meaning in readings
                    if reader == tenant]
            for subscriber in directory:
                if subscriber.visible and any(
                        meaning in subscriber.lines or meaning == subscriber.extension
                        for meaning in read):
                    self.expected.append((tenant, display, subscriber.aor))

    def write_book(self):
        writing = {}  # how many numbers of each country were written: each form has its turn

        def write(line):
            forms = written_forms(line)
            index = writing.get(line.country, 0)
            writing[line.country] = index + 1
            typed, tenants = forms[index % len(forms)]
            return typed, [(tenant, line) for tenant in tenants]

        acme, globex = self.directories["acme"], self.directories["globex"]
        known = [s for i, s in enumerate(acme) if i % 6 != 5]
        groups = [
            [(s.name, [write(line) for line in s.lines] or [extension_of(s)]) for s in known],
            [(s.name, [write(s.lines[0])]) for i, s in enumerate(globex) if i % 2 and i > 2],
            [self._stranger(i, write) for i in range(STRANGERS)],
            [((name, ""), [(typed, [])]) for name, typed in SERVICES],
            self._oddities(acme, globex),
        ]
        for name, numbers in interleaved(groups):
            self.add_contact(name, numbers)

    def _stranger(self, i, write):
        kind = STRANGER_KINDS[i % len(STRANGER_KINDS)]
        count = 2 if i % 5 == 0 else 1
        return (self.names.next(kind.split()[0]),
                [write(self.lines.next(kind)) for _ in range(count)])

    @staticmethod
    def _oddities(acme, globex):
        def extension(directory, i, typed="{}"):
            digits = directory[i].extension
            return typed.format(digits), [(tenant, digits) for tenant in EVERYWHERE]

        number = acme[2].lines[0].international()
        return [
            (("Kurzwahl", "Büro"), [extension(acme, 3)]),
            (("Kurzwahl", "London"), [extension(acme, 151)]),
            (("Kurzwahl", "Dublin"), [extension(acme, 225)]),
            (("Kurzwahl", "Toronto"), [extension(acme, 229)]),
            (("Speed dial", "New York"), [extension(globex, 5)]),
            (("Speed dial", "Sydney"), [extension(globex, 92)]),
            (("URI", "Büro"), [(f"tel:{acme[6].extension};phone-context=acme.example",
                                [("acme", acme[6].extension)])]),
            # Somebody behind a subscriber's number is not that subscriber.
            (("Behind", "a number"), [(f"{number} ext. 7", [])]),
            (("Behind", "a URI"), [("tel:" + number.replace(" ", "-") + ";ext=8", [])]),
            (("No number at all", ""), []),
            ((acme[7].name[0], acme[7].name[1] + " (alt)"), []),
        ]

    def directory_csv(self, tenant):
        return csv_text(["aor", "numbers", "extension", "enabled", "discoverable", "matching"],
                        [subscriber.row() for subscriber in self.directories[tenant]])

    def expected_csv(self):
        return csv_text(["tenant", "contact", "aor"], sorted(self.expected))


def extension_of(subscriber):
    return subscriber.extension, [(tenant, subscriber.extension) for tenant in EVERYWHERE]


def interleaved(groups):
    """All members of all groups, each group spread evenly over the whole."""
    placed = [((i + 0.5) / len(group), number, member)
              for number, group in enumerate(groups) for i, member in enumerate(group)]
    return [member for _, _, member in sorted(placed, key=lambda place: place[:2])]


def csv_text(header, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header] + rows)
    return text.getvalue().encode()


def files():
    world = World()
    world.write_book()
    return {
        "directory-acme.csv": world.directory_csv("acme"),
        "directory-globex.csv": world.directory_csv("globex"),
        "address-book.vcf": vcard.book(world.contacts),
        "expected-matches.csv": world.expected_csv(),
    }


def main(arguments):
    folder = pathlib.Path(__file__).resolve().parent
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0
    for name, content in files().items():
        if not arguments:
            (folder / name).write_bytes(content)
        elif (folder / name).read_bytes() != content:
            print(f"{name} is not what make_examples.py makes", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
