"""What the scripted servers share: an HTTP/1.1 server in threads, a log of requests, and faults.

A server is a `Web` whose `answer(request)` returns a `Response` or raises `Refusal`. It listens on 127.0.0.1, on a port
of its own, from the moment it is made; `with` or `stop()` ends it and whatever requests still hang.

    server.fault("status", "GET /bucket/key", status=503, times=2)

A fault strikes requests whose decoded "METHOD /path?query" contains the text given (or for which a function says yes).
Of those it lets `nth` - 1 pass, then strikes `times` of them (None: all), one in `every`. Faults stand in a queue: a
request struck by one is not seen by those after it, so 503 twice and then a cut body are two faults for the same path.

    status   status, code, message, headers, retry_after      answers so (in the words of the server at hand)
    page     status, body                                     answers a web page, 200 unless told
    redirect location, status                                 answers 302 (or status) to there
    latency  seconds                                          answers late
    cut      after                                            announces the whole body, closes after so many bytes of it
    stall    after, seconds                                   the same, but stays silent instead of closing
    slow     rate                                             so many bytes of body a second
    garble   at                                               the byte there is another, nothing else is
    reset    after                                            TCP reset: at once, or after so many bytes of body
    close                                                     closes without an answer
    hangup                                                    answers, then closes the kept-alive connection unannounced
    hang     seconds                                          never answers, then closes
    call     function                                         function(request) first, then the answer as it then is
"""
import email.utils
import http.client
import http.server
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import traceback
import urllib.parse

PIECE = 1 << 20
KINDS = {"status", "page", "redirect", "latency", "cut", "stall", "slow", "garble", "reset", "close", "hangup", "hang", "call"}


class Request:
    def __init__(self, method, target, headers, body=b"", peer=None):
        self.method, self.target, self.body, self.peer = method, target, body, peer
        self.path, _, self.query = target.partition("?")
        self.headers = {}  # by lower-case name; repeated ones joined, as signing wants them
        for name, value in headers:
            name = name.lower()
            self.headers[name] = f"{self.headers[name]},{value.strip()}" if name in self.headers else value.strip()
        self.decoded = urllib.parse.unquote(self.path)
        self.args = urllib.parse.parse_qsl(self.query, keep_blank_values=True)

    def arg(self, name, default=None):
        return next((value for key, value in self.args if key == name), default)

    def all(self, name):
        return [value for key, value in self.args if key == name]

    def header(self, name, default=None):
        return self.headers.get(name.lower(), default)

    def line(self):
        """What faults are matched against."""
        return f"{self.method} {self.decoded}" + (f"?{urllib.parse.unquote(self.query)}" if self.query else "")


class Bytes:
    """A body in memory."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.length = len(data)

    def send(self, connection, start, count):
        connection.sendall(self.data[start:start + count])

    def read(self):
        return bytes(self.data)

    def close(self):
        pass


class FilePart:
    """A body that is part of a file, sent by the kernel where that can be."""

    def __init__(self, path, start, length):
        self.file, self.start, self.length = open(path, "rb"), start, length

    def send(self, connection, start, count):
        sent = connection.sendfile(self.file, self.start + start, count)
        if sent < count:
            raise ConnectionAbortedError("the file shrank")

    def read(self):
        self.file.seek(self.start)
        return self.file.read(self.length)

    def close(self):
        self.file.close()


class Response:
    """body: bytes, Bytes or FilePart. chunked: sent with Transfer-Encoding instead of a length."""

    def __init__(self, status=200, body=b"", headers=None, content_type=None, chunked=False):
        self.status, self.headers, self.chunked = status, dict(headers or {}), chunked
        self.body = Bytes(body) if isinstance(body, (bytes, bytearray, memoryview)) else body
        if content_type:
            self.headers.setdefault("Content-Type", content_type)

    def frame(self):
        """Makes the body the chunks it is sent as."""
        data, chunks = self.body.read(), []
        for start in range(0, len(data), 4096):
            piece = data[start:start + 4096]
            chunks.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.body = Bytes(b"".join(chunks) + b"0\r\n\r\n")


class Refusal(Exception):
    """An error answer; the server at hand puts it into its words (Web.error)."""

    def __init__(self, status, code, message, headers=None, **fields):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.headers, self.fields = status, code, message, dict(headers or {}), fields


class Entry:
    """One request in the log. status is None as long as (or if) none was answered; sent counts bytes of body."""

    def __init__(self, request, connection, host):
        self.method, self.path, self.query, self.args = request.method, request.path, request.query, request.args
        self.headers, self.body, self.decoded, self.line = request.headers, request.body, request.decoded, request.line()
        self.range = request.header("range")
        self.connection, self.host = connection, host  # connection: its number, to tell reuse
        self.at, self.status, self.code, self.sent, self.fault, self.done = time.time(), None, None, 0, None, False

    def __repr__(self):
        return f"<{self.line} {self.range or ''} -> {self.status} {self.code or ''} {self.sent}B {self.fault or ''}>"


class Fault:
    def __init__(self, kind, match="", nth=1, times=1, every=1, **how):
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind}")
        self.kind, self.match, self.nth, self.times, self.every, self.how = kind, match, nth, times, every, how
        self.seen = self.struck = 0

    def strikes(self, request):
        """Whether this request is struck; counts it."""
        if self.times is not None and self.struck >= self.times:
            return False
        if not (self.match(request) if callable(self.match) else self.match in request.line()):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.seen - self.nth) % self.every:
            return False
        self.struck += 1
        return True

    def get(self, name, default=None):
        return self.how.get(name, default)


class _Cut(Exception):
    """The connection ends here."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        web = self.server.web
        self.number = web.opened(self.request)
        if web.tls:
            self.request.settimeout(30)
            self.request = web.tls.wrap_socket(self.request, server_side=True)
            self.request.settimeout(None)
            web.opened(self.request, self.number)
        super().setup()

    def finish(self):
        super().finish()
        self.server.web.closed(self.number)

    def handle_any(self):
        web = self.server.web
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        request = Request(self.command, self.requestline.split()[1], self.headers.items(), body, self.client_address)
        entry = Entry(request, self.number, request.header("host"))
        fault = web.arrived(entry, request)
        try:
            self.reply(web, request, entry, fault)
        except _Cut:
            self.close_connection = True
        except OSError:  # the client went away
            self.close_connection = True
        finally:
            entry.done = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def reply(self, web, request, entry, fault):
        kind = fault.kind if fault else None
        if kind == "close":
            raise _Cut
        if kind == "hang":
            web.ending.wait(fault.get("seconds", 3600))
            raise _Cut
        if kind == "reset" and "after" not in fault.how:
            self.reset()
        if kind == "latency":
            web.ending.wait(fault.get("seconds", 1))
        if kind == "call":
            fault.get("function")(request)
        response = web.respond(request, fault, entry)
        if response.chunked:
            response.frame()
        if kind == "garble":
            data = bytearray(response.body.read())
            data[fault.get("at", 0) % max(1, len(data))] ^= 0x20
            response.body = Bytes(data)
        try:
            self.send(request, response, entry, fault)
        finally:
            response.body.close()
        if kind == "hangup":
            raise _Cut

    def send(self, request, response, entry, fault):
        head = [f"HTTP/1.1 {response.status} {http.client.responses.get(response.status, 'Status')}",
                f"Date: {email.utils.formatdate(usegmt=True)}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.chunked:
            head.append("Transfer-Encoding: chunked")
        elif response.status != 304 and "Content-Length" not in response.headers:
            head.append(f"Content-Length: {response.body.length}")
        if (request.header("connection") or "").lower() == "close":
            self.close_connection = True
            head.append("Connection: close")
        head = "\r\n".join(head + ["", ""]).encode("utf-8")
        entry.status = response.status
        length = 0 if request.method == "HEAD" or response.status in (204, 304) else response.body.length
        if not fault and length <= 65536 and isinstance(response.body, Bytes):
            self.server.web.account(entry, length)
            self.connection.sendall(head + response.body.data[:length])
            return
        self.connection.sendall(head)
        self.send_body(response.body, length, entry, fault)

    def send_body(self, body, length, entry, fault):
        web, kind = self.server.web, fault.kind if fault else None
        until = min(length, fault.get("after", 0)) if kind in ("cut", "stall", "reset") else length
        rate = fault.get("rate", 10000) if kind == "slow" else 0
        piece = max(1, rate // 20) if rate else PIECE if isinstance(body, Bytes) else 8 * PIECE
        sent = 0
        while sent < until:
            count = min(piece, until - sent)
            web.account(entry, count)
            body.send(self.connection, sent, count)
            sent += count
            if rate and web.ending.wait(count / rate):
                raise _Cut
        if kind == "stall":
            web.ending.wait(fault.get("seconds", 3600))
        if kind == "reset":
            self.reset()
        if kind in ("cut", "stall"):
            raise _Cut

    def reset(self):
        """Closes so that the peer gets RST instead of FIN."""
        raw = self.connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket(fileno=raw.detach()).close()
        self.connection = self.request = socket.socket()
        raise _Cut

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class _Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            self.web.crash()

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            pass


class Web:
    """tls: an ssl.SSLContext, or None (see tls.Authority)."""

    def __init__(self, tls=None):
        self.tls, self.log, self.faults, self.crashes, self.bytes_sent = tls, [], [], [], 0
        self.ending, self.lock = threading.Event(), threading.Lock()
        self._connections, self._opened = {}, 0
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.web = self
        self.port = self._listener.server_address[1]
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it: new connections are refused, open ones closed."""
        if self.ending.is_set():
            return
        self.ending.set()
        self._listener.shutdown()
        self._listener.server_close()
        with self.lock:
            connections = list(self._connections.values())
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def fault(self, kind, match="", nth=1, times=1, every=1, **how):
        """Queues a fault (see above) → the Fault, whose `struck` counts."""
        fault = Fault(kind, match, nth, times, every, **how)
        with self.lock:
            self.faults.append(fault)
        return fault

    def forget(self):
        """Drops log, faults and counts, not what is served."""
        with self.lock:
            self.log, self.faults, self.bytes_sent = [], [], 0

    def requests(self, match="", status=None):
        """The log's entries whose line contains the text, with this status if one is given."""
        return [e for e in list(self.log) if match in e.line and (status is None or e.status == status)]

    # ---- What subclasses say ----

    def answer(self, request):
        raise Refusal(404, "NotFound", request.path)

    def error(self, refusal, request):  # pylint: disable=unused-argument
        return Response(refusal.status, f"{refusal.code}: {refusal.message}\n".encode(), refusal.headers, "text/plain")

    def note(self, entry, request):
        """For more fields in the log."""

    # ---- What the handler calls ----

    def opened(self, connection, number=None):
        with self.lock:
            if number is None:
                self._opened += 1
                number = self._opened
            self._connections[number] = connection
        return number

    def closed(self, number):
        with self.lock:
            self._connections.pop(number, None)

    def arrived(self, entry, request):
        self.note(entry, request)
        with self.lock:
            self.log.append(entry)
            fault = next((f for f in self.faults if f.strikes(request)), None)
        entry.fault = fault.kind if fault else None
        return fault

    def account(self, entry, count):
        with self.lock:
            entry.sent += count
            self.bytes_sent += count

    def crash(self):
        self.crashes.append(traceback.format_exc())
        print("".join(f"# {line}\n" for line in self.crashes[-1].splitlines()), file=sys.stderr, end="")

    def respond(self, request, fault, entry):
        """The answer to a request, or what a fault makes of it."""
        try:
            if fault and fault.kind in ("status", "page", "redirect"):
                return self._faulty(request, fault, entry)
            return self.answer(request)
        except Refusal as refusal:
            entry.code = refusal.code
            return self.error(refusal, request)
        except Exception as e:  # pylint: disable=broad-except
            self.crash()
            return self.error(Refusal(500, "InternalError", f"the test server itself failed: {e}"), request)

    def _faulty(self, request, fault, entry):
        if fault.kind == "redirect":
            return Response(fault.get("status", 302), b"", {"Location": fault.get("location")})
        if fault.kind == "page":
            page = fault.get("body", b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n")
            return Response(fault.get("status", 200), page, fault.get("headers"), "text/html; charset=utf-8")
        status = fault.get("status", 500)
        entry.code = fault.get("code") or self.code_of(status)
        headers = dict(fault.get("headers") or {})
        if fault.get("retry_after") is not None:
            headers["Retry-After"] = fault.get("retry_after")
        return self.error(Refusal(status, entry.code, fault.get("message", "A fault was asked for."), headers), request)

    def code_of(self, status):
        """The error code that a fault of this status has when it names none."""
        return {429: "TooManyRequests", 500: "InternalError", 503: "SlowDown", 403: "AccessDenied", 404: "NotFound"}.get(status, "Error")


def http_date(seconds):
    """A time as in Retry-After and Last-Modified."""
    return email.utils.formatdate(seconds, usegmt=True)
