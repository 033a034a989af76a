#!/usr/bin/env python3
"""What `db status` says of the server: what its settings should be where they are worse than those of the private one."""
import json

import harness
from harness import DONE, USAGE, Company, equal, ok

HEADINGS = ["setting", "is", "better", "why", "takes"]


def status(c, role=None):
    """→ the text, and the same as JSON. role: as which the session acts."""
    uri = c.uri + ("&" if "?" in c.uri else "?") + f"options=-c%20role%3D{role}" if role else c.uri
    argv = [harness.BINARY, "-c", c.config, *(["--db", uri] if uri else [])]
    text, machine = harness.execute([*argv, "db", "status"]), harness.execute([*argv, "db", "status", "--json"])
    ok((text.code, machine.code) == (DONE, DONE), "status is told", text.stderr + machine.stderr)
    return text.stdout, json.loads(machine.stdout)


def settings(told):
    return {s["setting"]: (s["is"], s["better"], s["takes"]) for s in told["settings"]}


# ---- The private server ----

own = Company(embedded=True)
text, told = status(own)
ok("settings  suit the job\n" in text and told["settings"] == [], "the private server's settings suit the job", text)
equal((told["running"], told["state_dir"], told["migrations_applied"] == told["migrations_known"] > 0, told["data_bytes"] > 1000000, told["memory_mb"] > 100),
      (True, str(own.folder / "state"), True, True, True), "the rest is told too", told)

# ---- Another server: the same one by its URI, its settings spoilt where a role or a database may do it ----

c = Company()
text, told = status(c)
ok(f"server    postgresql://" in text and "settings  suit the job\n" in text and "for which a machine should have 2048 MB" in text,
   "by URI it suits too: little data needs no more", text)
name = c.value("select current_database()")
c.psql(f"alter database {name} set work_mem = '4MB'")
c.psql(f"alter database {name} set hash_mem_multiplier = 1.5")
c.psql(f"alter database {name} set max_parallel_workers_per_gather = 0")
c.psql(f"alter database {name} set random_page_cost = 40")
c.psql(f"alter database {name} set effective_cache_size = '8kB'")
c.psql(f"alter database {name} set maintenance_work_mem = '127MB'")
WORSE = {"effective_cache_size": ("8kB", "1024MB", "alter role"), "work_mem": ("4MB", "32MB", "alter role"),
         "hash_mem_multiplier": ("1.5", "2", "alter role"), "maintenance_work_mem": ("127MB", "128MB", "alter role"),
         "max_parallel_workers_per_gather": ("0", "1", "alter role"), "random_page_cost": ("40", "4", "alter role")}
text, told = status(c)
equal(settings(told), WORSE, "what is worse is told, with what would be better and what it takes")
lines = text.split("settings  6 could be better:\n\n")[-1].splitlines()
ok(lines[0].split() == HEADINGS and [line.split()[:3] for line in lines[1:]] == [[n, *WORSE[n][:2]] for n in WORSE], "as a table", text)

c.psql("alter system set max_wal_size = '1GB'")
c.psql("alter system set checkpoint_timeout = '899s'")
c.psql("alter system set autovacuum = off")
c.psql("select pg_reload_conf()")
harness.wait_for(lambda: c.value("show autovacuum") == "off")
told = status(c)[1]
equal({n: s for n, s in settings(told).items() if n not in WORSE},
      {"max_wal_size": ("1GB", "4GB", "reload"), "checkpoint_timeout": ("899s", "15min", "reload"), "autovacuum": ("off", "on", "reload")},
      "also what only the server's configuration can set")

c.psql("create role nobody_in_particular")
text, told = status(c, role="nobody_in_particular")
equal(len(told["settings"]), 9, "a role without privileges learns it as well", text)
ok("schema    not known: " in text and told["migrations_applied"] is None, "and why it does not learn more", text)

equal(harness.execute([harness.BINARY, "-c", c.config, "--db", c.uri, "db", "url", "--json"]).code, USAGE, "nothing else of db takes --json")
equal(own.run("db", "stop").code, DONE, "the private server stops")
text, told = status(own)
ok(told["running"] is False and told["settings"] is None and "not running" in text, "of a stopped one nothing is known", told)

harness.done()
