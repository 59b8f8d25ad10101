"""Reads an export of `recount export` by docs/format.md alone, with nothing of Recount's own code.

Of every record it decodes the canonical content bytes, compares what they say with the readable fields beside them and
with the id, and hashes them into the Merkle tree. Prints size and root, or what is wrong (exit code 1).

usage: reader.py FILE...     JSON Lines or CSV; several files are the parts of one export
"""

import base64, csv, hashlib, json, sys, uuid
from datetime import datetime, timedelta

csv.field_size_limit(1 << 24)
ROOT_SPACE = uuid.UUID("7265636f-756e-5400-8000-737562736372")
HEAD = "key:key source:text source_file:text? source_row:u64? recorded_by:text booked_at:moment? date_zone:text?"
CLAIMS = ["new_logo", "upgrade", "downgrade", "churn", "reactivation", "change"]
KINDS = {2: "void", 3: "profile", 4: "merge", 5: "one_time", 6: "fx_rate", 7: "definition", 8: "close", 9: "import"}
BODIES = {
    1: "claim:u64 customer_id:text subscription_id:text? effective_at:moment mrr:e8? mrr_before:e8? currency:money? "
       "plan:text? quantity:e8? attributes:pairs replaces:replaced?",
    2: "voids:id reason:text",
    3: "customer_id:text effective_at:moment attributes:pairs",
    4: "customer_id:text into:text",
    5: "customer_id:text subscription_id:text? effective_at:moment amount:e8 currency:money plan:text? quantity:e8?",
    6: "base:code quote:code rate:e12 effective_at:moment",
    7: "name:text version:u32 document:text hash:hash",
    8: "name:text root:hash definition:text version:u32 definition_hash:hash zone:text fiscal_year_start:u8 period:text? "
       "figures:text? note:text? prepared_by:text approved_by:text?",
    9: "file:text bytes:u64 sha256:hash format:text rules:text read:u64 recorded:u64 duplicates:u64 rejected:u64 "
       "positions:span?",
}
TAGS = {  # of the given bytes, in their order for every kind
    1: "2 customer_id 3 subscription_id 4 effective_at 5 mrr 6 mrr_before 7 currency 8 plan 9 quantity 14 replaces 20 attributes",
    2: "14 voids 15 reason", 3: "2 customer_id 4 effective_at 20 attributes", 4: "2 customer_id 16 into",
    5: "2 customer_id 3 subscription_id 4 effective_at 7 currency 8 plan 9 quantity 10 amount",
    6: "4 effective_at 11 base 12 quote 13 rate", 7: "30 name 31 version 32 document 33 hash",
    8: "30 name 34 root 35 definition 31 version 33 definition_hash 36 zone 37 fiscal_year_start 38 period 39 figures "
       "40 note 41 prepared_by 42 approved_by",
    9: "43 file 44 bytes 45 sha256 46 format 47 rules 48 read 48 recorded 48 duplicates 48 rejected 49 positions",
}


def need(good, what):
    if not good:
        raise ValueError(what)


class Bytes:
    """Content bytes from front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "the content ends early")
        self.at += count
        return self.data[self.at - count:self.at]

    def u64(self):
        first = self.take(1)[0]
        if first < 251:
            return first
        need(first < 255, "255 begins no number")
        width = 2 << (first - 251)
        value = int.from_bytes(self.take(width), "little")
        need(value >= (251 if width == 2 else 1 << (4 * width)), "a number is longer than it needs to be")
        return value

    def signed(self):
        folded = self.u64()
        return folded >> 1 if folded % 2 == 0 else -(folded + 1 >> 1)

    def read(self, kind):
        """A value; what it is stands in `BODIES`."""
        if kind.endswith("?"):
            return self.read(kind[:-1]) if self.flag() else None
        if kind == "replaced":
            return self.read("id"), self.read("text?")
        if kind == "pairs":
            return [(self.read("text"), self.read("text")) for _ in range(self.u64())]
        if kind == "key":
            return self.read(["id", "text", "u64"][self.u64()])
        plain = {"text": lambda: self.take(self.u64()).decode(), "u8": lambda: self.take(1)[0], "u32": self.u64,
                 "u64": self.u64, "e8": self.signed, "e12": self.signed, "id": lambda: uuid.UUID(bytes=self.take(16)),
                 "hash": lambda: self.take(32), "code": lambda: self.take(3).decode(),
                 "moment": lambda: (self.signed(), self.flag()), "money": lambda: (self.take(3).decode(), self.flag()),
                 "span": lambda: (self.u64(), self.u64())}
        return plain[kind]()

    def flag(self):
        byte = self.take(1)[0]
        need(byte < 2, "a flag is neither 0 nor 1")
        return byte == 1


def v5(space, data):
    return uuid.UUID(bytes=hashlib.sha1(space.bytes + data).digest()[:16], version=5)


def given(kind, name, event, types):
    """The given bytes: what identity compares."""
    def binary(field, value):
        kind = types[field].rstrip("?")
        sized = {"e8": 16, "e12": 16, "u64": 8, "u32": 4, "u8": 1}
        if kind in sized:
            return value.to_bytes(sized[kind], "big", signed=kind[0] == "e")
        if kind == "moment":
            return value[0].to_bytes(8, "big", signed=True)
        return value if kind == "hash" else value.bytes if kind == "id" else value.encode()

    parts = [(1, binary("booked_at", event["booked_at"]))] if event["booked_at"] else []
    parts.append((0, name.encode()))
    tags = TAGS[kind].split()
    for tag, field in zip(map(int, tags[::2]), tags[1::2]):
        value = event[field]
        if value is None or field == "currency" and not value[1]:
            continue
        if field == "attributes":
            parts += [(tag + side, pair[side].encode()) for pair in value for side in (0, 1)]
        elif field == "replaces":
            parts += [(14, value[0].bytes)] + ([(15, value[1].encode())] if value[1] is not None else [])
        elif field == "positions":
            parts += [(tag + side, value[side].to_bytes(8, "big")) for side in (0, 1)]
        else:
            parts.append((tag, value[0].encode() if field == "currency" else binary(field, value)))
    return b"".join(bytes([tag]) + len(value).to_bytes(4, "big") + value for tag, value in parts)


def decimal(units, places):
    whole, rest = divmod(abs(units), 10 ** places)
    return ("-" if units < 0 else "") + (f"{whole}.{rest:0{places}}".rstrip("0").rstrip("."))


def instant(micros):
    return (datetime(1970, 1, 1) + timedelta(microseconds=micros)).isoformat() + "Z"


def shown(event, types):
    """The readable fields that the content gives; a date as its moment, which only its zone can show."""
    for field, value in event.items():
        kind = types[field].rstrip("?")
        if value is None or field in ("key", "claim"):
            continue
        if kind == "pairs":
            yield from (("attr." + name, text) for name, text in value)
        elif kind == "replaced":
            yield from (pair for pair in (("voids", str(value[0])), ("reason", value[1])) if pair[1] is not None)
        elif kind == "span":
            yield from (("first", str(value[0])), ("last", str(value[1])))
        elif kind == "moment":
            yield field, value if value[1] else instant(value[0])
        else:
            texts = {"e8": lambda: decimal(value, 8), "e12": lambda: decimal(value, 12), "hash": lambda: value.hex(),
                     "money": lambda: value[0], "u8": lambda: f"{value:02}"}
            yield field, texts.get(kind, lambda: str(value))()


def agrees(said, meant):
    if isinstance(meant, tuple):  # the first instant of a date in some zone: at most 15 hours from midnight in UTC
        return abs(datetime.fromisoformat(said) - datetime(1970, 1, 1) - timedelta(microseconds=meant[0])) <= timedelta(hours=15)
    meant = meant.replace("\0", "\ufffd") if "\ufffd" in said else meant
    return said == meant or said == "'" + meant and meant[0] in "=+-@\t\r\n"


def check(row):
    """The leaf of a row, all of whose fields must agree."""
    content = base64.b64decode(row["content"], validate=True)
    data = Bytes(content)
    version, kind = data.take(2)
    need(version == 1, f"content version {version} is not known")
    need(kind in BODIES, f"kind {kind} is not known")
    fields = [field.split(":") for field in (HEAD + " " + BODIES[kind]).split()]
    types = dict(fields)
    event = {field: data.read(what) for field, what in fields}
    need(data.at == len(content), "the content has bytes left over")
    name = KINDS[kind] if kind > 1 else CLAIMS[event["claim"]]
    space, key = v5(ROOT_SPACE, event["source"].encode()), event["key"]
    if isinstance(key, int):
        identity = v5(space, b"\x01" + given(kind, name, event, types) + key.to_bytes(4, "big"))
    else:
        identity = key if isinstance(key, uuid.UUID) else v5(space, b"\0" + key.encode())
    expected = {field: text for field, text in shown(event, types) if text != ""}
    expected.update(id=str(identity), kind=name, event_id=key if isinstance(key, str) else str(identity))
    known = {"position", "recorded_at", "content"}
    said = {field: str(value) for field, value in row.items() if value not in (None, "") and field not in known}
    for field in sorted(said.keys() | expected.keys()):
        good = field in said and field in expected and agrees(said[field], expected[field])
        need(good, f"{field} says {said.get(field)!r}, the content {expected.get(field)!r}")
    moment = datetime.fromisoformat(row["recorded_at"].removesuffix("Z")) - datetime(1970, 1, 1)
    micros = (moment.days * 86_400 + moment.seconds) * 1_000_000 + moment.microseconds
    return hashlib.sha256(b"\0" + micros.to_bytes(8, "big", signed=True) + hashlib.sha256(content).digest()).digest()


def main(files):
    peaks, size = [], 0
    for path in files:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file) if path.endswith(".csv") else map(json.loads, file):
                try:
                    need(int(row["position"]) == size, f"position {row['position']} stands where {size} should")
                    peaks.append((1, check(row)))
                except (ValueError, KeyError) as error:
                    sys.exit(f"{path}, position {size}: {error}")
                size += 1
                while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
                    (count, right), (_, left) = peaks.pop(), peaks.pop()
                    peaks.append((2 * count, hashlib.sha256(b"\1" + left + right).digest()))
    root = peaks.pop()[1] if peaks else hashlib.sha256().digest()
    while peaks:
        root = hashlib.sha256(b"\1" + peaks.pop()[1] + root).digest()
    print(size, root.hex())


if __name__ == "__main__":
    main(sys.argv[1:])
