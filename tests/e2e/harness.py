"""What the end-to-end tests share: TAP, companies in temporary folders, databases in a throwaway cluster.

A test script makes companies, runs the program in them as a user would, checks what came of it, and ends with
`harness.done()`. The program is $CLOSEBOOK, else build/closebook. It makes the cluster too: `Server()` is a state folder
of its own, whose embedded PostgreSQL the program starts. Creating one takes seconds, so companies share
one server by default, each with a database of its own, copied from a migrated one (`--db`); `Company(embedded=True)`
has its own server and no --db. Everything is stopped and removed when the script ends, however it ends.
"""
import atexit
import collections
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.path.abspath(os.environ.get("CLOSEBOOK") or ROOT / "build" / "closebook")
AS_OF = "2026-11-04T05:00:00Z"
LONG_AFTER = f"{time.gmtime().tm_year + 2}-03-01T05:00:00Z"  # when files that are written now are old

DONE, FINDINGS, USAGE, INPUT, UNAVAILABLE, BUG, IO, BUSY, CONTROL, CONFIG = 0, 1, 64, 65, 69, 70, 74, 75, 77, 78

# ---- TAP ----

_points = {"count": 0, "failed": 0}


def _point(fine, name, after=""):
    _points["count"] += 1
    _points["failed"] += not fine
    print(f"{'ok' if fine else 'not ok'} {_points['count']} - {name}{after}", flush=True)
    return fine


def diag(text):
    """A comment in the TAP output."""
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def ok(fine, name, detail=""):
    """One test point; the detail is shown when it fails."""
    fine = bool(fine)
    _point(fine, name)
    if not fine and detail != "":
        diag(detail)
    return fine


def equal(got, want, name, detail=""):
    if not ok(got == want, name):
        diag(f"got  {got!r}\nwant {want!r}")
        if detail:
            diag(detail)
    return got == want


def skip(name, reason):
    _point(True, name, f" # SKIP {reason}")


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def done():
    """Prints the plan and ends the script."""
    print(f"1..{_points['count']}", flush=True)
    sys.exit(1 if _points["failed"] else 0)


# ---- Running things ----

# What a test may do side by side: all that the machine can when it runs alone, one thing when others run beside it.
WORKERS = int(os.environ.get("TEST_WORKERS") or os.cpu_count())
# TEST_DEPTH=deep asks for all of what is otherwise sampled: every point to kill at, every seed of a generated company.
DEEP = os.environ.get("TEST_DEPTH") == "deep"

Result = collections.namedtuple("Result", "code stdout stderr")


def _environment(extra=None):
    keep = {k: v for k, v in os.environ.items() if k == "CLOSEBOOK_CSV" or not k.startswith(("CLOSEBOOK", "PG"))}
    keep.update(LC_ALL="C", TZ="UTC")
    keep.update(extra or {})
    return {k: v for k, v in keep.items() if v is not None}


def execute(argv, cwd=None, env=None, timeout=120, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen):
    """Runs a program to its end → Result; its code is negative when a signal ended it. env: what differs (None: unset)."""
    done_ = subprocess.run([str(a) for a in argv], cwd=cwd, env=_environment(env), timeout=timeout, stdout=stdout,
                           stderr=stderr, stdin=subprocess.DEVNULL, check=False, **popen)
    return Result(done_.returncode, (done_.stdout or b"").decode("utf-8", "replace"),
                  (done_.stderr or b"").decode("utf-8", "replace"))


for _name in [name for name in os.environ if name.startswith("PG")]:
    del os.environ[_name]  # as _environment() does for programs
_pq = ctypes.CDLL("libpq.so.5")
_pq.PQconnectdb.restype = _pq.PQexec.restype = ctypes.c_void_p
_pq.PQerrorMessage.restype = _pq.PQresultErrorMessage.restype = _pq.PQgetvalue.restype = ctypes.c_char_p
_pq.PQstatus.argtypes = _pq.PQerrorMessage.argtypes = _pq.PQfinish.argtypes = [ctypes.c_void_p]
_pq.PQexec.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
_pq.PQresultStatus.argtypes = _pq.PQresultErrorMessage.argtypes = _pq.PQclear.argtypes = [ctypes.c_void_p]
_pq.PQntuples.argtypes = _pq.PQnfields.argtypes = [ctypes.c_void_p]
_pq.PQgetvalue.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
_no_notices = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)(lambda _context, _text: None)
_pq.PQsetNoticeProcessor.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_COMMAND, _ROWS = 1, 2


def psql(uri, query):
    """The rows of a query (the last, of several), each a tuple of texts (empty for null)."""
    connection = _pq.PQconnectdb(uri.encode())
    result = None
    try:
        _pq.PQsetNoticeProcessor(connection, ctypes.cast(_no_notices, ctypes.c_void_p), None)
        if _pq.PQstatus(connection) != 0:
            raise RuntimeError(f"{_pq.PQerrorMessage(connection).decode().strip()}\n{query}")
        result = _pq.PQexec(connection, query.encode())
        if _pq.PQresultStatus(result) not in (_COMMAND, _ROWS):
            raise RuntimeError(f"{(_pq.PQresultErrorMessage(result) or _pq.PQerrorMessage(connection)).decode().strip()}\n{query}")
        fields = range(_pq.PQnfields(result))
        return [tuple(_pq.PQgetvalue(result, row, field).decode() for field in fields) for row in range(_pq.PQntuples(result))]
    finally:
        if result:
            _pq.PQclear(result)
        _pq.PQfinish(connection)


class Session:
    """A psql session that runs these statements and then stays open, until release() ends it at the server."""

    def __init__(self, uri, *statements):
        self.uri, self.name = uri, f"holder-{os.getpid()}-{time.monotonic_ns()}"
        commands = [f"set application_name = '{self.name}'", *statements, "select pg_sleep(600)"]
        self.process = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", uri, *[a for c in commands for a in ("-c", c)]],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        if not wait_for(lambda: psql(uri, f"select pid from pg_stat_activity where application_name = '{self.name}' and wait_event = 'PgSleep'")):
            raise RuntimeError(f"no session could do {statements}")

    def release(self):
        try:
            psql(self.uri, f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '{self.name}'")
        except RuntimeError:  # the server is gone
            pass
        self.process.wait()


# ---- The cluster ----

_servers = []
_naming = threading.Lock()


# In memory where there is plenty: a server makes and unmakes files by the thousand.
_IN_MEMORY = pathlib.Path("/dev/shm")
_PLACE = str(_IN_MEMORY if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > 8 << 30 else "/tmp")


def temporary_folder(prefix="closebook-test-", place=_PLACE):
    """A folder, removed at the end, that the database server's user can pass through. (Memory may not hold programs.)"""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Server:
    """A throwaway embedded cluster, run by the program itself. Where $TEST_STATE names a state folder with a migrated
    database (see make_state), it begins as a copy of that, which is quicker."""

    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder) if folder else temporary_folder()
        self.config = self.folder / "closebook.yaml"
        if not self.config.exists():
            self.config.write_text("state_dir: state\n")
        self.databases = 0
        atexit.register(self.stop)
        made = os.environ.get("TEST_STATE") if not (self.folder / "state").exists() else None
        if made:
            subprocess.run(["cp", "-a", made, self.folder / "state"], check=True)
        self.start()
        if not made:
            for setting in ("fsync", "full_page_writes"):
                psql(self.uri(), f"alter system set {setting} = off")
            psql(self.uri(), "select pg_reload_conf()")

    def command(self, *args):
        r = execute([BINARY, "-c", self.config, *args])
        if r.code != 0:
            raise RuntimeError(f"closebook {' '.join(args)}: {r.stderr.strip()}")
        return r.stdout.strip()

    def start(self):
        self.command("db", "start")
        self.url = self.command("db", "url")

    def stop(self):
        """Ends it, if it still runs, without waiting for its clients."""
        try:
            execute([BINARY, "-c", self.config, "-q", "db", "stop"], timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            pass

    def pid(self):
        pid_file = self.folder / "state" / "cluster" / "data" / "postmaster.pid"
        return int(pid_file.read_text().split()[0])

    def uri(self, database="closebook"):
        return self.url.replace("/closebook?", f"/{database}?", 1)

    def database(self, like=None, options=""):
        """The URI of a new database: a copy of another, by its URI; else an empty one whose schema is current."""
        with _naming:  # companies may be made by several threads
            if not self.databases:
                self.command("db", "migrate")
                psql(self.uri("postgres"), "create database migrated template closebook strategy file_copy")
            self.databases += 1
            name = f"case_{self.databases}"
        template = like.split("?")[0].rsplit("/", 1)[1] if like else "migrated"
        psql(self.uri("postgres"), f"create database {name} template {template} strategy file_copy {options}")
        return self.uri(name)

    def drop(self, uri):
        """Ends a database that database() made, and its connections."""
        psql(self.uri("postgres"), f"drop database {uri.split('?')[0].rsplit('/', 1)[1]} with (force)")


def shared_server():
    """The server that companies of this script share; made when first asked for."""
    if not _shared:
        _shared.append(Server())
    return _shared[0]


_shared = []


def _end(number, _frame):
    """Ended from outside: clean up, but do not wait for what other threads still have to do."""
    atexit._run_exitfuncs()  # pylint: disable=protected-access
    os._exit(128 + number)


signal.signal(signal.SIGTERM, _end)
signal.signal(signal.SIGINT, _end)

# ---- Companies ----

# Columns that differ from one run to the next although the content is the same: clock times, transaction numbers, and
# identifiers that a load hands out in the order in which it comes to things.
VOLATILE = re.compile(r"(_at|_id_seq|^xid|^snapshot|^path|^delivery_id|^file_id|^run_id|^rejected_id|^refdata_id|^attribute_no|^kind_no|^cell_no"
                      r"|^superseded_by)$")
SCHEMAS = ("gateway", "provider", "ref", "recon", "ledger", "ops")
# Facts stand for themselves through these views, which resolve what the identifiers above mean.
INSTEAD = {
    "provider.line_fact": """select d.source, d.dataset, d.payer, d.bucket_start, d.bucket_end, d.superseded_by is null as is_current,
                                    f.digest as file_digest, l.line_no, l.period, l.provider, l.charge_type, l.request_id,
                                    l.account_id, l.region, l.api_key_id, l.resource_id, l.principal, l.model, l.usage_class,
                                    l.service_tier, l.usage_start, l.usage_end, l.quantity, l.unit, l.cost, l.currency,
                                    l.invoice_id, l.tags, l.description
                               from provider.line l join provider.delivery d using (delivery_id) join ops.file f using (file_id)""",
    "provider.line_attribute": "select count(*) from provider.line_attribute a where not exists "
                               "(select from provider.line_fact f where f.file_id = a.file_id and f.attribute_no = a.attribute_no)",
    "provider.delivery": """select source, source_type, dataset, payer, bucket_start, bucket_end, period, label,
                                   superseded_by is null as is_current, lines_dropped_at is null as has_lines, line_count, cost, digest, usage_from, usage_to, providers
                              from provider.delivery""",
    "provider.delivery_file": """select d.source, d.dataset, d.bucket_start, d.digest, f.digest as file_digest
                                   from provider.delivery_file x join provider.delivery d using (delivery_id)
                                   join ops.file f using (file_id)""",
    "ops.quarantine": "select f.digest as file_digest, q.line, q.reason, q.raw from ops.quarantine q join ops.file f using (file_id)",
    "recon.result_input": "select period, as_of, options, version, price_digest, refdata_digest from recon.result_input",
    "gateway.event": """select to_jsonb(e) - 'xid' - 'file_id' || jsonb_build_object('digest', f.digest) as event
                          from gateway.event e left join ops.file f using (file_id)""",
}


class Company:
    """A folder with closebook.yaml, reference data and whatever a test puts there, and a database.

    like: another company, whose database (not whose files) this one begins with.
    """

    def __init__(self, config="", server=None, embedded=False, refdata=None, as_of=AS_OF, folder=None, like=None):
        self.folder = pathlib.Path(folder) if folder else temporary_folder()
        self.as_of = as_of
        self.config = self.folder / "closebook.yaml"
        self.server = None if embedded else server or (like.server if like else shared_server())
        self.uri = None if embedded else self.server.database(like.uri if like else None)
        if config or not self.config.exists():
            self.config.write_text(f"state_dir: state\nout_dir: out\nrefdata_dir: refdata\n{config}")
        if embedded:
            self.server = Server(self.folder)
            self.run("db", "migrate", check=DONE)
        for name, text in (refdata or {}).items():
            self.write(f"refdata/{name}", text)
        if refdata:
            self.run("refdata", "apply", check=DONE)

    def write(self, name, content):
        """Puts a file (text or bytes) below the folder → its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def argv(self, *args, as_of=None):
        return [BINARY, "-c", str(self.config), *(["--db", self.uri] if self.uri else []), "--as-of", as_of or self.as_of,
                *[str(a) for a in args]]

    def run(self, *args, as_of=None, check=None, **how):
        """Runs the program here → Result(code, stdout, stderr). check: the exit code without which the test can't go on."""
        r = execute(self.argv(*args, as_of=as_of), **{"cwd": self.folder, **how})
        if check is not None and r.code != check:
            raise RuntimeError(f"closebook {' '.join(map(str, args))} ended with {r.code}: {r.stderr.strip()}")
        return r

    def start(self, *args, env=None, **popen):
        """Starts the program here without waiting → subprocess.Popen."""
        popen = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **popen}
        return subprocess.Popen(self.argv(*args), cwd=self.folder, env=_environment(env), **popen)

    def psql(self, query):
        return psql(self.uri or self.server.uri(), query)

    def value(self, query):
        """The first column of the first row of a query, as text."""
        rows = self.psql(query)
        return rows[0][0] if rows else None

    def torn_sums(self):
        """Where the sums that the loader took of the lines as they passed are not what the stored lines add up to."""
        return self.psql(TORN_SUMS)

    def out(self, period, name):
        """The text of a report's file."""
        return (self.folder / "out" / period / name).read_text()

    def tables(self, *schemas):
        rows = self.psql(f"""select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                              where n.nspname in ({', '.join(f"'{s}'" for s in schemas or SCHEMAS)}) and c.relkind in ('r', 'p')
                                and not c.relispartition order by 1, 2""")
        return [".".join(row) for row in rows]

    def counts(self):
        """Rows per table, without the record of what was refused."""
        tables = [t for t in self.tables() if t not in ("ops.rejected_file", "ops.run")]
        union = " union all ".join(f"select '{t}', count(*) from {t}" for t in tables)
        return {table: int(count) for table, count in self.psql(union)}

    def content(self, *schemas):
        """Everything the schemas hold, one sorted list of rows per table, without what differs from run to run."""
        if schemas not in _content_queries:
            _content_queries[schemas] = self._content_query(schemas)
        tables, query = _content_queries[schemas]
        held = {table: [] for table in tables}
        for table, row in self.psql(query):
            held[table].append(row)
        return {table: sorted(rows) for table, rows in held.items()}

    def _content_query(self, schemas):
        names = ", ".join(f"'{s}'" for s in SCHEMAS)
        columns = self.psql(f"select distinct column_name from information_schema.columns where table_schema in ({names})")
        minus = " - array[" + ", ".join(f"'{name}'" for (name,) in columns if VOLATILE.search(name)) + "]"
        tables = self.tables(*schemas)
        return tables, " union all ".join(
            f"select '{table}', (to_jsonb(t){minus})::text from ({INSTEAD.get(table) or f'select * from {table}'}) t" for table in tables)


SUMMED = "delivery_id, file_id, attribute_no, period, has_cost, case when has_request_id then null else array[usage_start, usage_end] end"
TORN_SUMS = f"""
    with kept as (
        select {SUMMED} as time, min(usage_start) as first, max(usage_end) as last, sum(lines) as lines, sum(cost) as cost,
               sum(quantity) as quantity
          from provider.line_sum join provider.line_attribute a using (file_id, attribute_no)
         group by 1, 2, 3, 4, 5, 6, quantity is null
    ), made as (
        select {SUMMED} as time, min(usage_start) as first, max(usage_end) as last, count(*) as lines, sum(cost) as cost,
               case when not has_request_id then sum(quantity) end as quantity
          from (select *, cost is not null as has_cost from provider.line_fact) l join provider.line_attribute a using (file_id, attribute_no)
         group by 1, 2, 3, 4, 5, 6, has_request_id, not has_request_id and quantity is not null
    )
    (select 'kept', * from kept except select 'kept', * from made) union all (select 'made', * from made except select 'made', * from kept)"""

_content_queries = {}


def differences(got, want, limit=6):
    """What two contents differ in, in words; empty when they are the same."""
    said = []
    for table in sorted(set(got) | set(want)):
        a, b = collections.Counter(got.get(table, [])), collections.Counter(want.get(table, []))
        for mark, rows in (("+", a - b), ("-", b - a)):
            said += [f"{mark} {table}: {row}" for row in list(rows.elements())[:limit]]
    return "\n".join(said)


def wait_for(condition, seconds=10, pause=0.02):
    """Waits until the condition holds → whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause)
    return False


def make_state(folder):
    """A state folder with a migrated database, for servers to begin as copies of."""
    server = Server()
    server.command("db", "migrate")
    server.stop()
    subprocess.run(["cp", "-a", server.folder / "state", folder], check=True)


if __name__ == "__main__":
    make_state(sys.argv[1])
