"""Durable inserts per second into SQLite: WAL, synchronous=FULL, one row a transaction, 1 and 256 threads.

SQLite has one writer at a time. The threads take turns by a lock of this program, which is its best case: without it
they would poll for the database's own lock.
"""
import sqlite3
import sys
import threading
import time

path, seconds = sys.argv[1], int(sys.argv[2])
turn = threading.Lock()


def connect():
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def work(db, client, end, counts):
    number = 0
    while time.monotonic() < end:
        with turn:
            db.execute(
                "INSERT INTO events (event_id, kind, customer, effective_at, mrr, currency, plan) VALUES (?,?,?,?,?,?,?)",
                (f"{client}-{end}-{number}", "change", f"customer {client}", "2025-01-01", str(1 + number % 900), "USD", "pro"),
            )
        number += 1
    counts.append(number)


with connect() as db:
    db.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, event_id TEXT UNIQUE, kind TEXT, customer TEXT, effective_at TEXT,"
        " mrr TEXT, currency TEXT, plan TEXT)"
    )
for clients in (1, 256):
    connections = [connect() for _ in range(clients)]
    counts, begun = [], time.monotonic()
    threads = [threading.Thread(target=work, args=(c, i, begun + seconds, counts)) for i, c in enumerate(connections)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    print("sqlite", clients, int(sum(counts) / (time.monotonic() - begun)))
