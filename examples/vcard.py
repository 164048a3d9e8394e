"""Cards as the address books of five makers export them, one after the other in one file."""

import base64
import zlib

LINE_BYTES_MAX = 75


def folded(line, end):
    """RFC 6350, section 3.2; counts bytes and may cut a character, as phones do."""
    data = line.encode()
    pieces = [data[:LINE_BYTES_MAX]]
    for start in range(LINE_BYTES_MAX, len(data), LINE_BYTES_MAX - 1):
        pieces.append(b" " + data[start:start + LINE_BYTES_MAX - 1])
    return end.join(pieces)


def escaped(text):
    for character in "\\,;":
        text = text.replace(character, "\\" + character)
    return text


def photo(seed):
    """A picture of a few hundred bytes: what it shows does not matter, nobody looks at it."""
    chunk = bytes(zlib.crc32(f"{seed}.{i}".encode()) & 0xFF for i in range(180))
    return base64.b64encode(b"\xff\xd8\xff\xe0" + chunk + b"\xff\xd9").decode()


def quoted_printable(text, charset):
    # '=' before each byte, spaces included, as Android does.
    return "".join(f"={byte:02X}" for byte in text.encode(charset))


def soft_broken(line, end):
    """A quoted-printable line in pieces that end in '=' (never inside of an escape)."""
    pieces = []
    while len(line) > LINE_BYTES_MAX:
        cut = LINE_BYTES_MAX - 1
        while "=" in line[cut - 2:cut]:
            cut -= 1
        pieces.append(line[:cut] + "=")
        line = line[cut:]
    return end.join(piece.encode() for piece in pieces + [line])


def android(name, numbers, picture):
    given, family = name
    lines = [b"BEGIN:VCARD", b"VERSION:2.1"]
    for head, text in (("N", f"{family};{given};;;"), ("FN", f"{given} {family}".strip())):
        if text.isascii():
            lines.append(f"{head}:{text}".encode())
            continue
        encoded = ";".join(quoted_printable(part, "utf-8") for part in text.split(";"))
        lines.append(soft_broken(f"{head};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{encoded}", b"\n"))
    for i, number in enumerate(numbers):
        kind = ("CELL;PREF", "WORK", "HOME", "X-Boot")[min(i, 3)]
        head, text = f"TEL;{kind}", number
        if not number.isascii():
            head += ";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE"
            text = quoted_printable(number, "utf-8")
        lines.append(soft_broken(f"{head}:{text}", b"\n"))
    if picture:
        lines += [folded(f"PHOTO;ENCODING=BASE64;JPEG:{picture}", b"\n"), b""]
    return b"\n".join(lines + [b"END:VCARD", b""])


def outlook(name, numbers, picture):
    given, family = name
    display = f"{given} {family}".strip()
    try:
        charset, label = "cp1252", "Windows-1252"
        display.encode(charset)
    except UnicodeEncodeError:
        charset, label = "utf-8", "utf-8"
    head = "" if display.isascii() else f";LANGUAGE=de;CHARSET={label}"
    lines = [b"BEGIN:VCARD", b"VERSION:2.1", f"N{head}:{family};{given}".encode(charset),
             f"FN{head}:{display}".encode(charset)]
    for i, number in enumerate(numbers):
        kind = ("WORK;VOICE", "CELL;VOICE", "HOME;VOICE", "WORK;FAX")[min(i, 3)]
        note = "" if number.isascii() else ";CHARSET=utf-8"
        lines.append(f"TEL;{kind}{note}:{number}".encode())
    lines += [b"LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Musterweg 1=0D=0A=", b"10115 Berlin"]
    if picture:
        lines += [folded(f"PHOTO;TYPE=JPEG;ENCODING=BASE64:{picture}", b"\r\n"), b""]
    return b"\r\n".join(lines + [b"END:VCARD", b""])


def version_3(name, numbers, picture, number_lines):
    given, family = name
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:{escaped(family)};{escaped(given)};;;",
             f"FN:{escaped(f'{given} {family}'.strip())}"]
    for i, number in enumerate(numbers):
        lines += number_lines(i, escaped(number))
    if picture:
        lines.append(f"PHOTO;ENCODING=b;TYPE=JPEG:{picture}")
    return b"".join(folded(line, b"\r\n") + b"\r\n" for line in lines + ["END:VCARD"])


def ios(name, numbers, picture):
    def number_lines(i, number):
        if i == 0:
            return [f"TEL;type=CELL;type=VOICE;type=pref:{number}"]
        label = "_$!<Work>!$_" if i == 1 else "Sommerhaus"
        return [f"item{i}.TEL:{number}", f"item{i}.X-ABLabel:{label}"]

    return version_3(name, numbers, picture, number_lines)


def google(name, numbers, picture):
    def number_lines(i, number):
        return [f"TEL;TYPE={('WORK', 'CELL', 'HOME')[min(i, 2)]}:{number}"]

    return version_3(name, numbers, picture, number_lines)


def thunderbird(name, numbers, picture):
    given, family = name
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"N:{escaped(family)};{escaped(given)};;;",
             f"FN:{escaped(f'{given} {family}'.strip())}"]
    for i, number in enumerate(numbers):
        kind = ("work", '"voice,cell"', "home")[min(i, 2)]
        if number.startswith("tel:"):
            lines.append(f"TEL;PREF={i + 1};TYPE={kind};VALUE=URI:{number}")
        else:
            lines.append(f"TEL;PREF={i + 1};TYPE={kind};VALUE=TEXT:{escaped(number)}")
    if picture:
        lines.append(f"PHOTO:data:image/jpeg;base64,{picture}")
    return b"".join(folded(line, b"\r\n") + b"\r\n" for line in lines + ["END:VCARD"])


MAKERS = (ios, android, google, outlook, thunderbird)


def book(contacts):
    """`contacts`: pairs of (given, family) and numbers as typed. A third of them have a picture."""
    return b"".join(MAKERS[i % len(MAKERS)](name, numbers, photo(i) if i % 3 == 0 else "")
                    for i, (name, numbers) in enumerate(contacts))
