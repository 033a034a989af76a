"""The same company told otherwise: rows in another order, deliveries in more files, files in another order or format."""
import csv
import gzip
import io
import json
import random
import sys
from decimal import Decimal

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "e2e" / "companies"))
from pages import dump  # noqa: E402


def read(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def save(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def kind(path):
    """What a file of a company holds: a manifest, other side files, CSV, events as JSON lines, or API pages."""
    if "anifest" in path.name:
        return "manifest"
    text = read(path).lstrip()
    if text[:1] not in ("{", "["):
        return "csv" if text else "empty"
    return "lines" if any(mark in text.split("\n", 1)[0] for mark in ('"request_id"', '"requestId"')) else "pages"


def pages(text):
    """The API pages of a file: one, an array of them, or one per line; numbers as they stand."""
    try:
        value = json.loads(text, parse_float=Decimal)
        return value if isinstance(value, list) else [value]
    except ValueError:
        return [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip()]


# One file told otherwise: {name: text} in its place ------------------------------------------------

def permuted(path, rng):
    """The rows of a file in another order. Bytes differ even where there is only one row."""
    text, what = read(path), kind(path)
    if what == "manifest":
        return {path.name: json.dumps(json.loads(text), indent=3)}
    if what == "empty":
        return {path.name: text}
    if what == "pages":
        found = pages(text)
        rng.shuffle(found)
        for page in found:
            rng.shuffle(page["data"])
            for bucket in page["data"]:
                rng.shuffle(bucket["results"])
        return {path.name: dump(found) + "\n\n"}
    header, rows = table(text) if what == "csv" else ("", text.splitlines(True))
    rng.shuffle(rows)
    return {path.name: header + "".join(row if row.endswith("\n") else row + "\n" for row in rows) + ("\n" if what == "lines" else "")}


def table(text):
    """Header and rows of a CSV text whose cells hold no line ends."""
    lines = text.splitlines(True)
    return lines[0], lines[1:]


def split(path, rng):
    """A file cut in up to three; results of one API bucket then stand in more than one of them."""
    text, what = read(path), kind(path)
    stem, dot, ending = path.name.partition(".")
    if what in ("manifest", "empty"):
        return {path.name: text}
    if what == "pages":
        parts = [part for page in pages(text) for part in halves(page)]
        return {f"{stem}-{at}{dot}{ending}": dump(part) for at, part in enumerate(parts)}
    header, rows = table(text) if what == "csv" else ("", text.splitlines(True))
    cuts = sorted(rng.randint(0, len(rows)) for _ in range(2))
    parts = [part for part in (rows[:cuts[0]], rows[cuts[0]:cuts[1]], rows[cuts[1]:]) if part]
    return {f"{stem}-{at}{dot}{ending}": header + "".join(part) for at, part in enumerate(parts or [[]], 1)}


def halves(page):
    """A page as two, with half of each bucket's results each, so that both have some."""
    first, second = dict(page, data=[]), dict(page, data=[])
    for bucket in page["data"]:
        results, half = bucket["results"], (len(bucket["results"]) + 1) // 2
        first["data"].append(dict(bucket, results=results[:half]))
        if results[half:]:
            second["data"].append(dict(bucket, results=results[half:]))
    return [first, second] if second["data"] else [first]


def as_csv(path, _rng):
    """JSON lines of events as CSV; a line that can't be read becomes a row that can't be used."""
    records, names = [], []
    for line in read(path).splitlines():
        try:
            record = json.loads(line, parse_float=Decimal) if line.strip() else None
        except ValueError:
            record = {"request_id": "cut off"}
        if record:
            records.append(record)
            names += [name for name in record if name not in names]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    for record in records:
        out.writerow([cell(record.get(name)) for name in names])
    return {path.name.replace(".jsonl", ".csv"): text.getvalue()}


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return dump(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


# A folder told otherwise ---------------------------------------------------------------------------

def rewritten(folder, tops, change, seed):
    """Files below the tops of a folder, changed in place; a manifest's own files keep their names."""
    rng = random.Random(seed)
    for path in files(folder, tops):
        made = change(path, rng)
        if made.keys() != {path.name}:
            path.unlink()
        for name, text in made.items():
            save(path.with_name(name), text)


def files(folder, tops):
    """All files below the tops, in byte order."""
    return sorted(path for top in tops for path in ([folder / top] if (folder / top).is_file() else (folder / top).rglob("*"))
                  if path.is_file())
