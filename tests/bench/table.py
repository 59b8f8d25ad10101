"""Shows `NAME CLIENTS PER_SECOND` lines as a table, with Recount's ratio to each."""
import sys

rates = {}
for line in open(sys.argv[1]):
    name, clients, rate = line.split()
    rates[name, int(clients)] = int(rate)
names = {"fdatasync": "plain fdatasync", "sqlite": "SQLite", "postgresql": "PostgreSQL", "recount": "Recount"}
print("| durable appends per second | 1 client | Recount is | 256 clients | Recount is |")
print("| --- | --- | --- | --- | --- |")
for name, shown in names.items():
    cells = []
    for clients in (1, 256):
        rate = rates.get((name, clients))
        cells += [f"{rate:,}", f"{rates['recount', clients] / rate:.2f} x"] if rate else ["-", "-"]
    print(f"| {shown} | {' | '.join(cells)} |")
