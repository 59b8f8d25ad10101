"""Checks an evidence pack of `recount evidence` by docs/format.md alone, with nothing of Recount's own code.

Every record is hashed and followed to the root of the checkpoint (of a whole pack, the root is made of all records), the
checkpoint's Ed25519 signature is verified where a key is given, and net and gross retention are computed from the records
by the definition of the pack, with exact fractions. It knows the endpoint method with `whole` windows, customers or
subscriptions as members, floors, winback and exchange rates that are quoted directly; of any other definition it says so
(exit code 2). Exit code 1 if anything differs.

usage: check_pack.py PACK.zip [VERIFIER-KEY]
"""

import base64, csv, hashlib, io, json, pathlib, sys, zipfile
from datetime import datetime
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "format"))
from reader import BODIES, HEAD, ROOT_SPACE, Bytes, decimal, given, v5  # the reader of content bytes: Python, too
from reader import CLAIMS, KINDS

ENTRIES = ["README.txt", "pack.json", "report.json", "definition.json", "definition.toml", "schedule.csv", "records.jsonl",
           "checkpoint.txt"]


def need(good, what):
    if not good:
        sys.exit(f"the pack does not hold: {what}")


def sha(data):
    return hashlib.sha256(data).digest()


def micros(text):
    moment = datetime.fromisoformat(text.removesuffix("Z")) - datetime(1970, 1, 1)
    return (moment.days * 86_400 + moment.seconds) * 1_000_000 + moment.microseconds


# Ed25519 by RFC 8032, section 6: slow and short.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P, 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = x[1] - x[0], x[3] - x[2], x[3] + x[2], x[1] + x[0]
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        total = add(total, point) if number & 1 else total
        point, number = add(point, point), number >> 1
    return total


def point(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0 and y < P, "a point of the signature is none")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    scalar = int.from_bytes(signature[32:], "little")
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(scalar, BASE), add(point(signature[:32]), times(hashed, point(public)))
    same = (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0
    return scalar < ORDER and same


def checkpoint(text, key):
    """Size and root of a checkpoint; with a key, which it must be signed by."""
    body, _, signatures = text.partition("\n\n")
    if key:
        name, number, public = key.strip().split("+", 2)
        public = base64.b64decode(public, validate=True)
        need(sha(name.encode() + b"\n" + public)[:4].hex() == number, "the verifier key is not what its id says")
        lines = [line.split(" ") for line in signatures.splitlines()]
        raw = [base64.b64decode(line[2]) for line in lines if line[1] == name]
        raw = [one[4:] for one in raw if one[:4].hex() == number]
        need(raw, "the key did not sign the checkpoint")
        need(all(signed(public[1:], (body + "\n").encode(), one) for one in raw), "the signature is not the key's")
    lines = body.splitlines()
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def node(left, right):
    return sha(b"\1" + left + right)


def climb(leaf, position, size, path):
    """The root that an inclusion proof of RFC 6962 leads to."""
    path, last = list(path), size - 1
    while last:
        if position % 2 or position < last:
            need(path, "a path is too short")
            beside = path.pop(0)
            leaf = node(beside, leaf) if position % 2 else node(leaf, beside)
        position, last = position // 2, last // 2
    need(not path, "a path is too long")
    return leaf


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b"")
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def decode(content):
    data = Bytes(content)
    version, kind = data.take(2)
    need(version == 1 and kind in BODIES, "a record is of a version or kind that is not known")
    types = dict(field.split(":") for field in (HEAD + " " + BODIES[kind]).split())
    event = {field: data.read(what) for field, what in types.items()}
    need(data.at == len(content), "a record has bytes left over")
    name = KINDS[kind] if kind > 1 else CLAIMS[event["claim"]]
    space, key = v5(ROOT_SPACE, event["source"].encode()), event["key"]
    if isinstance(key, int):
        key = v5(space, b"\x01" + given(kind, name, event, types) + key.to_bytes(4, "big"))
    elif isinstance(key, str):
        key = v5(space, b"\0" + key.encode())
    return dict(event, what=KINDS.get(kind, "movement"), id=key)


def records(lines, whole, size, root):
    found, leaves, due = [], [], 0
    for line in map(json.loads, lines):
        content, at = base64.b64decode(line["content"], validate=True), line["position"]
        need(at == due if whole else at >= due, f"position {at} stands where {due} was due")
        due = at + 1
        recorded = micros(line["recorded_at"])
        leaves.append(sha(b"\0" + recorded.to_bytes(8, "big", signed=True) + sha(content)))
        if not whole:
            path = [bytes.fromhex(one) for one in line["path"]]
            need(at < size and climb(leaves[-1], at, size, path) == root, f"the record at {at} is not under the root")
        event = decode(content)
        event.update(position=at, booked=event["booked_at"][0] if event["booked_at"] else recorded)
        if event["what"] == "fx_rate" and not event["booked_at"]:
            event["booked"] = event["effective_at"][0]
        found.append(event)
    need(not whole or (len(leaves), root_of(leaves)) == (size, root), "the records do not make the root")
    return found


class Book:
    """What the admitted records say of MRR."""

    def __init__(self, events, known_at, size):
        live = [one for one in events if one["position"] < size and (known_at is None or one["booked"] < known_at)]
        targets = [(one, one["voids"] if one["what"] == "void" else one["replaces"][0]) for one in live
                   if one["what"] == "void" or one.get("replaces")]
        ids = {one["id"]: one["position"] for one in events}
        gone = {ids[target] for one, target in targets if target in ids and ids[target] < one["position"]}
        live = [one for one in live if one["position"] not in gone]
        into = {one["customer_id"]: one["into"] for one in live if one["what"] == "merge"}
        self.rates = [one for one in live if one["what"] == "fx_rate"]
        self.members = {}
        for one in sorted(live, key=lambda one: (one.get("effective_at", (0,))[0], one["booked"], one["position"])):
            if one["what"] == "movement":
                recorded = customer = one["customer_id"]
                for _ in range(len(into) + 1):
                    customer = into.get(customer, customer)
                line = (recorded, one["subscription_id"] or recorded)
                level = (one["effective_at"][0], one["mrr"] or 0, one["currency"] and one["currency"][0])
                self.members.setdefault(customer, {}).setdefault(line, []).append(level)

    def price(self, base, quote, before):
        """The newest rate before an instant, in either orientation; no crosses."""
        if base in (quote, None):
            return Fraction(1)
        usable = [(one["effective_at"][0], one["base"] == base, one["position"], one["rate"]) for one in self.rates
                  if {one["base"], one["quote"]} == {base, quote} and one["effective_at"][0] < before]
        if not usable:
            sys.exit(2)
        _, direct, _, rate = max(usable)
        rate = Fraction(rate, 10**12)
        return rate if direct else 1 / rate

    def mrr(self, levels, before, currency, rates_before):
        for_now = [level for level in levels if level[0] < before]
        if not for_now or not for_now[-1][1]:
            return 0
        return round(for_now[-1][1] * self.price(for_now[-1][2], currency, rates_before))  # half-even, as Recount


def ratio(above, below):
    """A ratio as printed: ten digits, half-even."""
    if not below:
        return None
    text = decimal(round(Fraction(above, below) * 10**10), 10)
    return text or "0"


def lowest(book, lines, window, currency, rates):
    """Whether the MRR of a member touched 0 inside the window."""
    instants = {level[0] for levels in lines for level in levels if window[0] <= level[0] < window[1]}
    return any(sum(book.mrr(levels, at + 1, currency, rates) for levels in lines) == 0 for at in instants)


def figures(book, window, rules, currency):
    """What the endpoint method says, and opening and closing MRR of every member of the cohort."""
    grain, policy, floor = rules["cohort"]["grain"], rules["currency"]["rates"], Fraction(rules["cohort"]["floor"])
    known = {"net.method": "endpoint", "net.contraction": "count", "gross.method": "endpoint-min", "window.combine": "whole"}
    simple = all(rules[key.split(".")[0]][key.split(".")[1]] == value for key, value in known.items())
    if not simple or grain not in ("customer", "subscription") or rules["cohort"]["exclude"] or rules["cohort"]["gap_days"] \
            or policy.startswith("constant:"):
        print("this definition is more than this script knows")
        sys.exit(2)
    ends = {"constant-open": (0, 0), "constant-close": (1, 1), "spot": (0, 1)}[policy]
    at = [window[end] for end in ends]
    opening = closing = gross = 0
    cohort = {}
    for customer, lines in book.members.items():
        for member in ([lines[key]] for key in lines) if grain == "subscription" else [list(lines.values())]:
            start, end = (sum(book.mrr(one, edge, currency, rate) for one in member) for edge, rate in zip(window, at))
            kept = sum(book.mrr(one, window[1], currency, at[0]) for one in member)
            if start <= 0 or start < floor * 10**8:
                continue
            was = cohort.get(customer, (0, 0))
            cohort[customer] = (was[0] + start, was[1] + end)
            touched = lowest(book, member, window, currency, at[0])
            opening += start
            closing += 0 if touched and rules["net"]["winback"] == "zero" else end
            gross += 0 if touched and rules["gross"]["winback"] == "zero" else min(start, kept)
    return {"customers": len(cohort), "opening": decimal(opening, 8), "closing": decimal(closing, 8),
            "ndr": ratio(closing, opening), "gdr": ratio(gross, opening)}, cohort


def check(path, key):
    with zipfile.ZipFile(path) as archive:
        need(archive.namelist() == ENTRIES, "it does not hold the entries of a pack, each once")
        entry = {name: archive.read(name) for name in ENTRIES}
    about, report = json.loads(entry["pack.json"]), json.loads(entry["report.json"])
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in entry.items() if name != "pack.json"}
    need(about["entries"] == listed, "an entry does not have the SHA-256 that is listed")
    size, root = checkpoint(entry["checkpoint.txt"].decode(), key)
    need((report["ledger"]["size"], report["ledger"]["root"]) == (size, root.hex()), "the report is of another ledger")
    events = records(entry["records.jsonl"].decode().splitlines(), about["reach"] == "whole", size, root)
    need(len(events) == about["records"], "the number of records")
    definition = json.loads(entry["definition.json"])
    canonical = json.dumps(definition["parameters"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(hashlib.sha256(canonical.encode()).hexdigest() == definition["hash"], "the definition's hash")
    need(report["definition"] == definition, "the report follows another definition")
    cut = report["ledger"]["cut"]
    book = Book(events, cut["known_at"] and micros(cut["known_at"]), cut["size"])
    window = micros(report["window"]["open"]), micros(report["window"]["close"])
    made, cohort = figures(book, window, definition["parameters"], report["currency"])
    for name, value in made.items():
        need(report[name] == value, f"{name} is printed as {report[name]}, the records give {value}")
    schedule = {}
    for row in csv.DictReader(io.StringIO(entry["schedule.csv"].decode())):
        if row["in_cohort"] == "true" and row["row"] != "movement":
            name = row["customer"].removeprefix("'") if row["customer"][:2] in ("'=", "'+", "'-", "'@") else row["customer"]
            schedule.setdefault(name, {})[row["row"]] = row["after"]
    told = {name: (ends["open"], ends["close"]) for name, ends in schedule.items()}
    need(told == {name: tuple(decimal(end, 8) for end in ends) for name, ends in cohort.items()}, "the schedule")
    print(f"{len(events)} of {size} records under {root.hex()}: NDR {made['ndr']}, GDR {made['gdr']}")


if __name__ == "__main__":
    check(sys.argv[1], pathlib.Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else None)
