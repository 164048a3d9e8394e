"""Numbers that belong to nobody, names of nobody, and the ways in which people write numbers down.

Where a country's regulator reserves numbers for fiction, these are used: Bundesnetzagentur,
NANPA (555-01xx), Ofcom, ARCEP, ACMA, ComReg. Italy, Mexico, Argentina and Brazil reserve none;
there, made-up numbers that have the right shape.
"""

from dataclasses import dataclass

COUNTRY_CODES = {"DE": "49", "US": "1", "CA": "1", "GB": "44", "FR": "33", "AU": "61", "IE": "353",
                 "IT": "39", "MX": "52", "AR": "54", "BR": "55"}

# What is dialled before a national number and is no part of it.
TRUNK_PREFIXES = {"DE": "0", "GB": "0", "FR": "0", "AU": "0", "IE": "0"}

# Country: (area or network, first digits, how many digits follow).
RANGES = {
    "DE": (("69", "90009", 3), ("40", "66969", 3), ("221", "4710", 3), ("89", "99998", 3)),
    "DE mobile": (("171", "39200", 2), ("176", "040690", 2)),
    "US": (("212", "55501", 2), ("415", "55501", 2), ("312", "55501", 2), ("202", "55501", 2)),
    "CA": (("416", "55501", 2), ("604", "55501", 2)),
    "GB": (("20", "79460", 3), ("161", "4960", 3), ("131", "4960", 3)),
    "GB mobile": (("7700", "900", 3),),
    "FR": (("1", "9900", 4), ("2", "6191", 4), ("4", "6571", 4)),
    "FR mobile": (("6", "3998", 4),),
    "AU": (("2", "5550", 4), ("3", "7010", 4)),
    "IE": (("20", "91", 5),),
    "IT": (("06", "55501", 3), ("02", "55501", 3)),
    "MX": (("55", "555501", 2), ("33", "555501", 2)),
    "AR": (("11", "555501", 2),),
    "BR mobile": (("11", "985550", 3), ("21", "985550", 3)),
}

GIVEN_NAMES = {
    "DE": ("Änne", "Jürgen", "Käthe", "Björn", "Lukas", "Sophie", "Günther", "Mia", "Jörg", "Elif",
           "Paul", "Zoë", "Matthias", "Heike", "Rüdiger", "Lena"),
    "US": ("Emma", "Liam", "Olivia", "Noah", "Ava", "Elijah", "Mia", "James", "Harper", "Mateo"),
    "GB": ("Amelia", "George", "Isla", "Harry", "Poppy", "Alfie", "Niamh", "Rhys"),
    "FR": ("Chloé", "Hugo", "Léa", "Jérôme", "Inès", "François", "Zoé", "Benoît"),
    "IT": ("Giulia", "Leonardo", "Niccolò", "Aurora", "Matteo", "Sofia"),
    "MX": ("Ximena", "Santiago", "José", "Renata", "Ángel", "Íñigo", "Lucía"),
    "BR": ("João", "Beatriz", "Luís", "Conceição", "Thiago", "Antônia"),
}
FAMILY_NAMES = {
    "DE": ("Müller", "Groß", "Schäfer", "Yıldız", "Köhler", "Weiß", "Krüger", "Böhm", "Voß", "Lang",
           "Schröder", "Jäger", "Kühn", "Öztürk", "Huß", "Lindner", "Nowak"),
    "US": ("Walker", "Nguyen", "Johnson", "Garcia", "O'Neill", "Kim", "Smith", "Peña", "Lee"),
    "GB": ("Clarke", "Hughes", "Patel", "Evans", "MacLeod", "Wright", "Okafor"),
    "FR": ("Dubois", "Lefèvre", "Garçon", "Bérenger", "Moreau", "Noël", "Laîné"),
    "IT": ("Rossi", "Ferrari", "D'Angelo", "Esposito", "Ricci"),
    "MX": ("Núñez", "Hernández", "López", "Muñoz", "Ibáñez", "Gómez"),
    "BR": ("Araújo", "Gonçalves", "Simões", "Magalhães", "Assunção"),
}
NAMES_OF = {"DE": "DE", "US": "US", "CA": "US", "GB": "GB", "IE": "GB", "AU": "GB", "FR": "FR",
            "IT": "IT", "MX": "MX", "AR": "MX", "BR": "BR"}


class Names:
    """Gives out each full name once."""

    def __init__(self):
        self._given_out = {}

    def next(self, country):
        language = NAMES_OF[country]
        given, family = GIVEN_NAMES[language], FAMILY_NAMES[language]
        index = self._given_out.get(language, 0)
        self._given_out[language] = index + 1
        # The second round over all pairs gets a middle initial.
        round_number, index = divmod(index, len(given) * len(family))
        middle = f" {'ABCDEFGH'[round_number - 1]}." if round_number else ""
        # Each pass over the given names begins one family further, so that every pair has its turn.
        passes, given_index = divmod(index, len(given))
        return given[given_index] + middle, family[(given_index + passes) % len(family)]


@dataclass(frozen=True)
class Line:
    """A line of the telephone network."""

    country: str
    area: str
    subscriber: str

    @property
    def digits(self):
        return COUNTRY_CODES[self.country] + self.area + self.subscriber

    def international(self, separator=" "):
        return "+" + self.spaced(separator)

    def spaced(self, separator=" "):
        last = 3 if self.country == "DE" else 4
        return separator.join([COUNTRY_CODES[self.country], self.area, self.subscriber[:-last],
                               self.subscriber[-last:]])

    def national(self, separator=" "):
        return TRUNK_PREFIXES.get(self.country, "") + self.area + separator + self.subscriber


class Lines:
    """Gives out each line of the reserved ranges once."""

    def __init__(self):
        self._given_out = {}

    def next(self, kind):
        ranges = RANGES[kind]
        index = self._given_out.get(kind, 0)
        self._given_out[kind] = index + 1
        area, first_digits, count = ranges[index % len(ranges)]
        suffix = index // len(ranges)
        if suffix >= 10**count:
            raise ValueError(f"no numbers are left in {kind}")
        # A stride without a common factor with 10 visits every suffix, and not in order.
        return Line(kind.split()[0], area, f"{first_digits}{suffix * 7 % 10**count:0{count}}")


FULL_WIDTH = str.maketrans("+0123456789", "＋０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
EVERYWHERE, ACME, GLOBEX = ("acme", "globex"), ("acme",), ("globex",)


def written_forms(line):
    """Ways to write `line`, each with the tenants whose dial plan reads it as that line."""
    international = line.international()
    forms = [
        (international, EVERYWHERE),
        (line.international("-"), EVERYWHERE),
        ("tel:" + line.international("-"), EVERYWHERE),
        ("00" + line.spaced(), ACME),
        ("0 00" + line.spaced(), ACME),
        ("011 " + line.spaced(), GLOBEX) if line.country not in ("US", "CA") else
        ("1-" + line.national("-"), GLOBEX),
        (international.translate(FULL_WIDTH), EVERYWHERE),
        (line.international("\u00a0"), EVERYWHERE),
        (international.translate(ARABIC), EVERYWHERE),
        (line.international("."), EVERYWHERE),
    ]
    if line.country in TRUNK_PREFIXES:
        country_code = COUNTRY_CODES[line.country]
        forms.insert(1, (f"+{country_code} (0) {line.area} {line.subscriber}", EVERYWHERE))
        forms.insert(5, (f"+{country_code} (0){line.area}/{line.subscriber}", EVERYWHERE))
    if line.country == "DE":
        forms[2:2] = [
            (line.national("/"), ACME),
            ("0 " + line.national(), ACME),
            (f"(0{line.area}) {line.subscriber}", ACME),
            ("0," + line.national(), ACME),
            (line.national(" – "), ACME),
        ]
        if line.area.startswith("17"):
            forms.insert(2, (line.digits, ACME))  # as a PBX shows a caller
    if line.country in ("US", "CA"):
        area, exchange, station = line.area, line.subscriber[:3], line.subscriber[3:]
        forms[1:1] = [
            (f"({area}) {exchange}-{station}", GLOBEX),
            (f"9,1 {area} {exchange} {station}", GLOBEX),
            (f"+1 {area} JKL-{station}", EVERYWHERE),  # 555 in letters
            (f"{area}.{exchange}.{station}", GLOBEX),
            (f"9 1 ({area}) {exchange}-{station}", GLOBEX),
        ]
    if line.country == "MX":
        forms.insert(1, (f"+52 1 {line.area} {line.subscriber}", EVERYWHERE))
    if line.country == "AR":
        forms.insert(1, (f"+54 9 {line.area} {line.subscriber}", EVERYWHERE))
    if line.country == "BR":
        forms.insert(1, (f"+55 {line.area} {line.subscriber[1:]}", EVERYWHERE))
    return forms
