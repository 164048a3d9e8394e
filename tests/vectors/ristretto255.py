"""ristretto255 (RFC 9496) and the evaluation of RFC 9497, slowly, for known answers.

Nothing here is constant time. It uses the standard library only and nothing of this project.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
# RFC 9496, section 4.1: which of the two roots is meant matters.
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
assert SQRT_AD_MINUS_ONE**2 % P == (-D - 1) % P
assert INVSQRT_A_MINUS_D**2 * (-1 - D) % P == 1

IDENTITY = (0, 1, 1, 0)


def absolute(x):
    """CT_ABS of section 3.1: the one of x and -x that is even."""
    x %= P
    return P - x if x & 1 else x


def sqrt_ratio(u, v):
    """SQRT_RATIO_M1, section 4.2."""
    r = u * v**3 % P * pow(u * v**7 % P, (P - 5) // 8, P) % P
    check = v * r * r % P
    if check in (-u % P, -u * SQRT_M1 % P):
        r = r * SQRT_M1 % P
    return check in (u % P, -u % P), absolute(r)


def decode(encoded):
    """Section 4.3.1; for encodings that are known to be valid."""
    s = int.from_bytes(encoded, "little")
    assert len(encoded) == 32 and s < P and not s & 1
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    was_square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    x = absolute(2 * s * inverse * u2)
    y = u1 * inverse * inverse * u2 * v % P
    assert was_square and not x * y % P & 1 and y
    return x, y, 1, x * y % P


def encode(point):
    """Section 4.3.2."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, inverse = sqrt_ratio(1, u1 * u2 * u2 % P)
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    if t * z_inverse % P & 1:
        x, y, den2 = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if x * z_inverse % P & 1:
        y = -y
    return absolute(den2 * (z - y)).to_bytes(32, "little")


def map_to_point(encoded):
    """MAP, section 4.3.4."""
    t = (int.from_bytes(encoded, "little") & (2**255 - 1)) % P
    r = SQRT_M1 * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    c = -1
    if not was_square:
        s, c = -absolute(s * t) % P, r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def add(left, right):
    """The complete addition of twisted Edwards curves with a = -1, in extended coordinates."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = left, right
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = IDENTITY
    for bit in f"{scalar:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


GENERATOR = decode(
    bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
)


def expand_message_xmd(message, domain, size):
    """RFC 9380, section 5.3.1, with SHA-512."""
    domain += bytes([len(domain)])
    first = hashlib.sha512(
        bytes(128) + message + size.to_bytes(2, "big") + b"\0" + domain
    ).digest()
    expanded, block = b"", bytes(64)
    while len(expanded) < size:
        mixed = bytes(a ^ b for a, b in zip(first, block))
        number = bytes([len(expanded) // 64 + 1])
        block = hashlib.sha512(mixed + number + domain).digest()
        expanded += block
    return expanded[:size]


def context(mode):
    return b"OPRFV1-" + bytes([mode]) + b"-ristretto255-SHA512"


def derive_key(mode, seed, info):
    """DeriveKeyPair (RFC 9497, section 3.2.1): the secret key as a number."""
    message = seed + len(info).to_bytes(2, "big") + info
    for counter in range(256):
        uniform = expand_message_xmd(
            message + bytes([counter]), b"DeriveKeyPair" + context(mode), 64
        )
        key = int.from_bytes(uniform, "little") % ORDER
        if key:
            return key
    raise ValueError("no key")


def evaluate(mode, key, value):
    """Evaluate (RFC 9497, section 3.3.1): the output for an input."""
    uniform = expand_message_xmd(value, b"HashToGroup-" + context(mode), 64)
    element = add(map_to_point(uniform[:32]), map_to_point(uniform[32:]))
    issued = encode(multiply(key, element))
    sized = [len(part).to_bytes(2, "big") + part for part in (value, issued)]
    return hashlib.sha512(b"".join(sized) + b"Finalize").digest()


def check_rfc9497(suites):
    """Compares with the vectors of RFC 9497, appendix A.1."""
    for suite in suites:
        mode = suite["mode"]
        key = derive_key(mode, bytes.fromhex(suite["seed"]), bytes.fromhex(suite["keyInfo"]))
        assert key.to_bytes(32, "little").hex() == suite["skSm"]
        assert encode(multiply(key, GENERATOR)).hex() == suite.get("pkSm") or mode == 0
        for vector in suite["vectors"]:
            for value, output in zip(vector["Input"].split(","), vector["Output"].split(",")):
                assert evaluate(mode, key, bytes.fromhex(value)).hex() == output
