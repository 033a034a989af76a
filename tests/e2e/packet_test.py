#!/usr/bin/env python3
"""A packet stands alone: Python, without closebook, recomputes the closed month's journal from it to the cent."""
import hashlib
import tarfile
import zipfile

import evidence_company as company_of
import harness
from evidence_company import D, PERIOD, Packet, run_as
from harness import DONE, USAGE, equal, ok

decimal_sum = lambda rows, name: sum((D(r[name]) for r in rows if r[name]), D(0))


def packet(c, *args, who="audrey", out="out", code=DONE):
    r = run_as(c, who, "packet", "--period", PERIOD, "--out", out, *args)
    if not ok(r.code == code, f"packet {' '.join(args)}: {code}", f"{r.code}: {r.stderr}"):
        return None
    return c.folder / r.stdout.splitlines()[0] if code == DONE else r


def whole_month(c):
    p = Packet.of_folder(packet(c))
    ok(p.digests_agree(), "the manifest has the digest of every file")
    lines, shares = [r for r in p.rows("lines.csv") if r["cost_usd"]], p.rows("shares.csv")
    equal(decimal_sum(lines, "cost_usd"), decimal_sum(shares, "usage_billed_usd") + decimal_sum(shares, "charges_usd"), "lines = shares, exactly")
    final = [r for r in p.rows("journal.csv") if r["kind"] == "final" and r["business_unit"] and not r["memo"].startswith("ADJ-")]
    got = {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): D(r["debit"] or 0) - D(r["credit"] or 0) for r in final}
    by_hand = company_of.journal_by_hand(p)
    equal(got, {k: v for k, v in by_hand.items() if v}, "the final journal, from the shares to the cent")
    equal({(r["provider"], r["business_unit"], r["cost_center"], r["account"]): D(r["booked_usd"]) for r in p.rows("cells.csv")}, by_hand,
          "cells.csv has the same cents")
    for row in p.rows("variance.csv"):
        causes = sum(D(row[f"{name}_usd"]) for name in ("rating", "rate", "quantity", "unbilled", "unmetered", "timing", "rounding"))
        equal((D(row["usage_billed_usd"]) - D(row["computed_usd"]), causes), (D(row["variance_usd"]),) * 2, f"variance of {row['business_unit']}, and its causes")
    for row in p.rows("thresholds.csv"):
        equal(max(D(row["percent_of_usage_usd"]), D(row["threshold_usd"])), D(row["tolerance_usd"]), f"tolerance of {row['business_unit']}")
    bucket_shares(p)
    events(p)
    chain(c, p)
    return p


def accruals(p):
    """What an accrual debits, by hand from the exact cells; cells.csv must say the same."""
    cells = {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): r for r in p.rows("cells.csv")}
    exact, booked = {k: D(r["billed_usd"]) + D(r["estimate_usd"]) for k, r in cells.items()}, {}
    for provider in {k[0] for k in exact}:
        of = {k: v for k, v in exact.items() if k[0] == provider}
        booked.update(company_of.largest_remainder(of, 2, sum(of.values()).quantize(D("0.01"), rounding="ROUND_HALF_UP")))
    equal({k: D(r["accrual_usd"]) for k, r in cells.items()}, booked, "the accrual's cents, by hand")
    return booked


def bucket_shares(p):
    """Every bucket's shares, by group of events, from lines and trace: C × q ÷ max(M, Q), to 12 decimals."""
    owned, checked = p.rows("shares.csv"), 0
    named = {r["request_id"] for r in p.rows("lines.csv") if r["request_id"]}
    for b in p.rows("buckets.csv"):
        lines = [r for r in p.rows("lines.csv") if r["bucket"] == b["bucket"]]
        equal((decimal_sum(lines, "cost_usd"), str(len(lines))), (D(b["cost_usd"]), b["lines"]), f"{b['bucket']}: its lines add up to its cost")
        if D(b["metered_quantity"]) == 0:
            continue
        q = {}
        for e in p.rows("trace.csv"):
            if b["usage_start"][:10] == e["timestamp"][:10] and e["request_id"] not in named and e["billable"] == "true" and e["account_id"] == b["account_id"]:
                key = e["business_unit"], e["team"], e["service"]
                q[key] = q.get(key, D(0)) + D(e[b["usage_class"]])
        q = {k: v for k, v in q.items() if v}
        equal(sum(q.values()), D(b["metered_quantity"]), f"{b['bucket']}: its events' counts add up to M")
        most = max(D(b["metered_quantity"]), D(b["billed_quantity"]))
        shared = D(b["cost_usd"]) - D(b["left_usd"])
        want = company_of.largest_remainder({k: D(b["cost_usd"]) * v / most for k, v in q.items()}, 12, shared)
        got = {}
        for r in owned:
            if r["bucket"] == b["bucket"]:
                key = r["business_unit"], r["team_id"], r["service"]
                got[key] = got.get(key, D(0)) + D(r["usage_billed_usd"])
        checked += 1
        equal(got, want, f"{b['bucket']}: shares by hand")
    ok(checked > 10, "many buckets were computed by hand", checked)


def events(p):
    classes = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    rows = p.rows("trace.csv")
    wrong = [e["request_id"] for e in rows if sum(D(e[k]) * D(e[f"{k}_price"] or 0) for k in classes) != D(e["rule_cost_usd"])]
    equal((wrong, len(rows)), ([], 51), "every event's rule cost is its counts times its prices")
    prices = {(r["model"], r["usage_class"]): D(r["price_usd"]) / D(r["per_units"]) for r in p.rows("rules/prices.csv")}
    equal([e["request_id"] for e in rows if D(e["input_price"]) != prices[e["model"], "input"]], [], "which stand in rules/prices.csv")


def chain(c, p):
    entries, previous = p.json("chain.json"), None
    for e in entries:
        text = "\n".join(str(e[k]) for k in ("entry_no", "previous", "kind", "period", "login", "at", "content"))
        if hashlib.sha256(text.encode()).hexdigest() != e["hash"] or previous not in (None, e["previous"]):
            ok(False, f"entry {e['entry_no']} hashes", text)
        previous = e["hash"]
    equal(p.json("manifest.json")["ledger"], {"entries": len(entries), "head": previous}, "the chain can be walked, up to the head in the manifest")
    said = p.rows("approvals.csv")
    equal([r["hash"] for r in said], [e["hash"] for e in entries], "approvals.csv has the same entries")
    ok({("paula", "freeze"), ("anna", "approve"), ("paula", "post"), ("anna", "reject"), ("paula", "withdraw"), ("sally", "sign_off"), ("anna", "waiver"),
        ("paula", "adjustment"), ("paula", "accrual"), ("paula", "reversal"), ("paula", "final")} <= {(r["login"], r["step"]) for r in said}, "who did what", said)
    ok("'=one per cent dearer" in [r["reason"][:21] for r in said], "a reason that begins like a formula is guarded", [r["reason"] for r in said])


def disputes(c):
    """Each kind of id, and what its packet is about."""
    final = c.psql("select line, provider, business_unit, cost_center, account, debit - credit, memo from ledger.journal_line where journal_id = 'CB-2026-10-F-0001' order by line")
    for line, provider, unit, center, account, amount, memo in final:
        p = Packet.of_folder(packet(c, "--dispute", f"CB-2026-10-F-0001/{line}"))
        ok(p.digests_agree() and "raw/" in "".join(p.files), f"line {line}: its files agree with the manifest")
        readme = " ".join(p.text("README.txt").split())
        if memo.startswith("ADJ-"):
            ok("ADJ-2026-10-0001 moves 0.05 from sales to research and is approved: proposed by paula, decided by anna" in readme and "TICKET-7" in readme,
               f"line {line}: who moved what, and why", readme)
            ok("proposed by" in p.text("dispute.txt") and "decided by" in p.text("dispute.txt"), f"line {line}: explained too")
            continue
        if not unit:
            continue
        mine = sum(D(r["usage_billed_usd"]) + D(r["charges_usd"]) for r in p.rows("shares.csv"))
        cells = {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): D(r["billed_usd"]) for r in p.rows("cells.csv")}
        equal(cells[provider, unit, center, account], mine, f"line {line}: its shares are its cell's amount")
        total = sum(v for k, v in cells.items() if k[0] == provider).quantize(D("0.01"), rounding="ROUND_HALF_UP")
        cents = company_of.largest_remainder({k: v for k, v in cells.items() if k[0] == provider}, 2, total)
        equal(str(cents[provider, unit, center, account]), amount, f"line {line}: from its packet to the cent")
        ok(f"so {amount} is booked" in readme and f"booked as CB-2026-10-F-0001/{line}, debit {amount}" in readme, f"line {line}: the README says so", readme)
    exceptions = c.psql("select distinct on (code) exception_id from recon.exception where period = '2026-10' order by code")
    bucket = c.value("select '2026-10/bucket/' || min(bucket_no) from recon.bucket where metered_quantity > 0")
    for dispute in ["sales", f"{PERIOD}/unattributed", "call-00003", "call-00020", bucket, "ADJ-2026-10-0001", "ADJ-2026-10-0002", "CB-2026-10-F-0001", "CB-2026-10-A-0001/1",
                    "CB-2026-10-R-0001/1", *(e for (e,) in exceptions)]:
        p = Packet.of_folder(packet(c, "--dispute", dispute))
        ok(p.digests_agree() and p.text("dispute.txt") and p.json("dispute.json")["id"], f"{dispute}: explained", p.text("dispute.txt")[:200])
    one = Packet.of_folder(c.folder / f"out/{PERIOD}/packet-{PERIOD}-call-00003")
    equal(([r["request_id"] for r in one.rows("trace.csv")], {r["request_id"] for r in one.rows("lines.csv")}), (["call-00003"], {"call-00003"}), "a request's packet is about it alone")
    b = Packet.of_folder(c.folder / f"out/{PERIOD}/packet-{PERIOD}-{bucket.replace('2026-10/', '').replace('/', '-')}-{digest_of('bucket', bucket)}")
    equal({r["bucket"] for r in b.rows("lines.csv")}, {bucket}, "a bucket's has its lines")
    sales = Packet.of_folder(c.folder / f"out/{PERIOD}/packet-{PERIOD}-sales")
    equal(({r["business_unit"] for r in sales.rows("shares.csv")}, sum(D(r["usage_billed_usd"]) + D(r["charges_usd"]) for r in sales.rows("shares.csv"))),
          ({"sales"}, next(D(r["billed_usd"]) for r in sales.rows("variance.csv") if r["business_unit"] == "sales")), "a business unit's has what it was billed")
    ok("sally signed" in " ".join(sales.text("README.txt").split()), "and who signed its variance", sales.text("README.txt"))


def digest_of(kind, id_, provider=""):
    return hashlib.sha256(f"{kind} {provider} {id_}".encode()).hexdigest()[:8]


def originals(c, p):
    files = {r["file"]: r for r in p.rows("files.csv")}
    for name, row in files.items():
        data = next(c.folder.glob(f"oct/*/{name}")).read_bytes()
        equal((row["digest"], int(row["bytes"]), row["original"]), (hashlib.sha256(data).hexdigest(), len(data), "unchanged"), f"{name}: the digest is the real file's")
        stored = sorted({int(r["line"]) for r in p.rows("lines.csv") if r["file"] == name})
        whole = data.decode().splitlines(keepends=True)
        equal(p.text(row["raw"]), "".join([whole[0], *(whole[i - 1] for i in stored)]), f"{name}: header and rows, as they are in it")
    bill = c.folder / "oct/bill/1-calls.csv"
    was = bill.read_bytes()
    bill.write_bytes(was.replace(b"call-00000", b"call-99999"))
    (c.folder / "oct/bill/2-days.csv").rename(c.folder / "gone.csv")
    q = Packet.of_folder(packet(c, "--out", "tampered"))
    said = {r["file"]: (r["original"].split(":")[0], r["raw"]) for r in q.rows("files.csv")}
    equal((said["1-calls.csv"], said["2-days.csv"]), (("changed", ""), ("missing", "")), "a changed original and a missing one are said to be so")
    ok("The original of 1-calls.csv is changed" in " ".join(q.text("README.txt").split()), "in the README too", q.text("README.txt"))
    equal(q.rows("lines.csv"), p.rows("lines.csv"), "the lines are as they were stored")
    bill.write_bytes(was)
    (c.folder / "gone.csv").rename(c.folder / "oct/bill/2-days.csv")


def archives(c, p):
    folder = packet(c, "--zip", "--tar", out="first")
    again = packet(c, "--zip", "--tar", out="second")
    third = packet(c, "--zip", out="second")
    equal(again, third, "a packet takes the place of an earlier one")
    equal(sorted(x.name for x in again.parent.iterdir()), [again.name, f"{again.name}.tar.gz", f"{again.name}.zip"], "and leaves nothing beside it")
    for one in (folder, again):
        equal(Packet.of_folder(one).files, p.files, f"{one.parent.parent.name}: the same bytes once more")
    for ending in ("zip", "tar.gz"):
        equal((folder.parent / f"{folder.name}.{ending}").read_bytes(), (again.parent / f"{again.name}.{ending}").read_bytes(), f"the same .{ending}")
    with zipfile.ZipFile(f"{folder}.zip") as z:
        equal((z.testzip(), {n: z.read(n) for n in z.namelist()}), (None, {f"{folder.name}/{n}": d for n, d in p.files.items()}), "zipfile reads it")
    with tarfile.open(f"{folder}.tar.gz") as t:
        equal({m.name: t.extractfile(m).read() for m in t.getmembers()}, {f"{folder.name}/{n}": d for n, d in p.files.items()}, "tarfile reads it")
        equal({(m.uid, m.gid, m.uname, m.mtime) for m in t.getmembers()}, {(0, 0, "", 1797742800)}, "its entries belong to nobody and are of the as-of")


def cut(c):
    p = Packet.of_folder(packet(c, "--rows", "5", out="few"))
    files = p.json("manifest.json")["files"]
    equal((len(p.rows("trace.csv")), files["trace.csv"]["rows"], files["trace.csv"]["rows_in_all"]), (5, 5, 51), "what is cut is said: the manifest")
    readme = " ".join(p.text("README.txt").split())
    ok("trace.csv has the largest 5 of 51 rows" in readme and "lines.csv has the largest 5 of" in readme, "and the README", readme)
    equal(D(files["lines.csv"]["total_usd"]), decimal_sum(Packet.of_folder(packet(c, out="many")).rows("lines.csv"), "cost_usd"), "with the total of all")


def refusals(c):
    for args, message in ((("--dispute", "nonsense"), "nothing is known of nonsense"), (("--dispute", "2026-11/sales"), "2026-11"), (("--rows", "0"), "--rows"),
                          (("--dispute", f"{PERIOD}/nobody"), "nobody"), (("--dispute", f"{PERIOD}/bucket/999999"), "no bucket")):
        r = packet(c, *args, code=USAGE, out="refused")
        ok(r and message in r.stderr, f"{args}: says what", r and r.stderr)
    r = run_as(c, "audrey", "packet", "--period", "2026-09")
    ok(r.code == USAGE and "hint" in r.stderr, "a month that was never reconciled", r.stderr)
    ok(not (c.folder / "refused").exists(), "nothing is written for them")
    small_disk = c.folder / "small-disk"
    small_disk.mkdir()
    if harness.execute(["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", small_disk]).code == 0:
        r = run_as(c, "audrey", "packet", "--period", PERIOD, "--out", small_disk)
        equal((r.code, [x for x in small_disk.rglob("*") if x.is_file() or x.name.startswith((".", "packet"))]), (harness.IO, []), "a full disk: exit 74, and nothing is left", r.stderr)
        harness.execute(["umount", small_disk])


def killed(c):
    """Killed while it writes, a packet is not there, or is the one of before, or is complete."""
    before = Packet.of_folder(packet(c, out="killed"))
    folder = c.folder / "killed" / PERIOD
    for _ in range(5):
        process = c.start("packet", "--period", PERIOD, "--out", "killed", "--zip")
        harness.wait_for(lambda: any(folder.glob(".packet*/lines.csv")) or process.poll() is not None)
        process.kill()
        process.wait()
        equal(Packet.of_folder(folder / f"packet-{PERIOD}").files, before.files, "killed, the packet of before stands")
        for archive in folder.glob("*.zip"):
            with zipfile.ZipFile(archive) as z:
                ok(z.testzip() is None, "and an archive that is there is complete")


def explained(c):
    """Lines of every kind of journal reach files, events and rules."""
    for journal, words in (("CB-2026-10-A-0001", ("reversed by", "CB-2026-10-R-0001/")), ("CB-2026-10-R-0001", ("reverses", "the line it reverses")),
                           ("CB-2026-10-F-0001", ("written by", "paula"))):
        line = c.value(f"select min(line) from ledger.journal_line where journal_id = '{journal}' and cost_center = 'CC-21' and memo !~ '^ADJ'")
        r = run_as(c, "audrey", "explain", f"{journal}/{line}")
        ok(r.code == DONE and all(w in r.stdout for w in words) and "more than rounding" not in r.stdout, f"explain {journal}/{line}", r.stdout + r.stderr)
        ok(all(w in r.stdout for w in ("2-days.csv", "1-calls.csv", "SHA-256", "call-00", "m-1", "USD per million")), "down to lines, events and rule", r.stdout)
    r = run_as(c, "audrey", "explain", "ADJ-2026-10-0002")
    ok(r.code == DONE and all(w in r.stdout for w in ("rejected", "twice", "anna", "TICKET-7", "It is in no journal")), "explain a rejected adjustment", r.stdout)


def open_accrual(c):
    """Two calls after the last bill, so that there is something to estimate."""
    more = [company_of.small.event(i, request_id=f"later-{i}", timestamp=f"2026-10-31T1{i % 2}:00:00Z") for i in (60, 61)]
    c.write("oct/later.jsonl", company_of.small.events_json(more))
    c.run("ingest", "oct/later.jsonl", check=DONE)
    c.run("reconcile", "--period", PERIOD, check=DONE)
    ok(c.value("select sum(events) from recon.accrual_estimate") == "2", "an accrual has something to estimate")


MODELS = "business_unit_id,model,markup\nsales,direct,1.2\nresearch,showback,\n"
MOVES = "from_business_unit,basis,to_business_unit,share\nresearch,fixed,sales,0.25\n"


def charged(server):
    """A month with a markup, a business unit that is only shown its cost, and a quarter of that moved: from the packet to the cent."""
    c = company_of.company(server, **{"chargeback.csv": MODELS, "reallocations.csv": MOVES,
                                      "accounts.csv": company_of.small.REFDATA["accounts.csv"] + "recovery,4900\ncentral,6999\n"})
    company_of.close_october(c)
    p = Packet.of_folder(packet(c, out="charged"))
    cells = {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): r for r in p.rows("cells.csv")}
    shares, exact = {}, {}
    for r in p.rows("shares.csv"):
        key = r["provider"], r["business_unit"], r["cost_center"], r["account"]
        shares[key] = shares.get(key, D(0)) + D(r["usage_billed_usd"]) + D(r["charges_usd"])
    equal({k: D(r["billed_usd"]) for k, r in cells.items() if D(r["billed_usd"])}, {k: v for k, v in shares.items() if v}, "charged: cells hold the shares where they are charged")
    equal({k[2:] for k in cells if k[1] == "research"}, {("", "6999")}, "charged: what is only shown stands at the central account")
    for (provider, unit, center, account), r in cells.items():
        ok(D(r["billed_usd"]) + D(r["reallocated_usd"]) + D(r["recovery_usd"]) == D(r["charged_usd"]), f"charged: {unit} at {center}: billed, re-allocated, recovery", r)
        exact[provider, unit, center, account] = D(r["charged_usd"])
    billed = sum(shares.values())
    of = lambda unit: sum(v for k, v in shares.items() if k[1] == unit)
    equal({unit: sum(v for k, v in exact.items() if k[1] == unit) for unit in ("sales", "research")},
          {"sales": (of("sales") + of("research") / 4) * D("1.2"), "research": of("research") * 3 / 4}, "charged: by the models in rules/")
    equal([(r["business_unit_id"], r["model"], r["markup"]) for r in p.rows("rules/chargeback.csv")], [("research", "showback", ""), ("sales", "direct", "1.2")], "which stand there")
    equal([(r["from_business_unit"], r["to_business_unit"], r["share"]) for r in p.rows("rules/reallocations.csv")], [("research", "sales", "0.25")], "re-allocations too")
    cents = lambda value: value.quantize(D("0.01"), rounding="ROUND_HALF_UP")
    want = {k[1:]: v for k, v in company_of.largest_remainder(exact, 2, cents(sum(exact.values()))).items() if v}
    want["", "", "2150"], want["", "", "4900"] = -cents(billed), cents(billed) - cents(sum(exact.values()))
    got = {(r["business_unit"], r["cost_center"], r["account"]): D(r["debit"] or 0) - D(r["credit"] or 0)
           for r in p.rows("journal.csv") if r["kind"] == "final" and not r["memo"].startswith("ADJ-")}
    equal(got, want, "charged: the final journal, clearing and recovery, by hand")
    steps = p.rows("chargeback.csv")
    ok(all(abs(D(r["quantity"]) * D(r["rate"]) / D(r["per"]) - D(r["amount_usd"])) < D("1e-9") for r in steps if r["rate"]) and {"markup", "reallocated_in"} <= {r["step"] for r in steps},
       "charged: chargeback.csv reckons line by line", steps)
    readme = " ".join(p.text("README.txt").split())
    ok(f"the difference of {-want['', '', '4900']} between what is charged and what was billed goes to recovery" in readme, "charged: the README says what recovery is", readme)
    for line, unit, amount in c.psql("select line, business_unit, debit - credit from ledger.journal_line where journal_id = 'CB-2026-10-F-0001' and memo !~ '^ADJ' order by line"):
        one = Packet.of_folder(packet(c, "--dispute", f"CB-2026-10-F-0001/{line}", out="charged"))
        said = " ".join(one.text("README.txt").split())
        ok(not unit or f"so {amount} is booked" in said and f"booked as CB-2026-10-F-0001/{line}, debit {amount}" in said, f"charged: line {line} from its packet to the cent", said)


def late(c):
    """What supersedes a pinned bill, and reference data that is applied after the close, change no packet's figures and rules."""
    before = Packet.of_folder(packet(c, out="before"))
    c.write("late/days.csv", company_of.small.bill_csv([dict(l, cost="9.99") for l in company_of.small.day_lines(
        [company_of.small.event(i) for i in range(48)], "2026-10-20")]))
    c.run("ingest", "late/days.csv", check=DONE)
    for name in ("owners.csv", "teams.csv", "business_units.csv"):
        c.write(f"refdata/{name}", (c.folder / "refdata" / name).read_text().replace("ws-2,shop", "ws-2,labs").replace("sales,Shop", "sales,Shops").replace(",sally,1", ",sally,2"))
    c.run("refdata", "apply", check=DONE)
    after = Packet.of_folder(packet(c, out="after"))
    readme = " ".join(after.text("README.txt").split())
    ok("the folder rules/ has it as the month was frozen with it" in readme, "the README says that other reference data was applied since", readme)
    same = ("rules/prices.csv", "rules/teams.csv", "rules/owners.csv", "rules/business_units.csv", "thresholds.csv", "lines.csv", "shares.csv", "cells.csv", "buckets.csv", "journal.csv", "variance.csv", "trace.csv")
    equal({n: after.files[n] for n in same}, {n: before.files[n] for n in same}, "a late bill for a posted month is in no packet of it")


def main():
    c = company_of.company()
    open_accrual(c)
    open_month = Packet.of_folder(packet(c, who="audrey", out="open"))
    equal({k: v for k, v in company_of.journal_by_hand(open_month).items()}, {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): D(r["booked_usd"])
                                                                          for r in open_month.rows("cells.csv")}, "an open month's cells, by hand")
    drafted = {(r["provider"], r["business_unit"], r["cost_center"], r["account"]): D(r["debit"] or 0) - D(r["credit"] or 0)
               for r in open_month.rows("journal.csv") if r["business_unit"]}
    equal(drafted, {k: v for k, v in accruals(open_month).items() if v}, "and its draft accrual, estimates included")
    draft = run_as(c, "audrey", "explain", "CB-2026-10-A-DRAFT/1")
    ok(draft.code == DONE and "2-days.csv" in draft.stdout and "m-1" in draft.stdout, "explain a draft's line down to lines and rules", draft.stdout + draft.stderr)
    company_of.close_october(c)
    p = whole_month(c)
    originals(c, p)
    archives(c, p)
    disputes(c)
    cut(c)
    refusals(c)
    killed(c)
    explained(c)
    late(c)
    charged(c.server)
    harness.done()


main()
