"""An S3-compatible server, path style: it lists, answers GET and HEAD as S3 does, and checks every signature.

    with S3Server(region="eu-central-1", buckets={"billing": "us-east-1"}) as s3:
        s3.put("cur/BILLING_PERIOD=2026-10/a-00001.csv.gz", data)
        s3.key.access_key, s3.key.secret       # what it accepts; more in s3.keyring
        s3.fault("cut", key="cur/…/a-00001.csv.gz", after=1000)
        s3.fault("replace", key="…", nth=2, data=b"other")      # the second request for it finds another object
"""
import base64
import bisect
import calendar
import email.utils
import hashlib
import os
import pathlib
import re
import threading
import time
import urllib.parse
import xml.sax.saxutils

from . import sigv4
from .web import FilePart, Refusal, Response, Web, http_date

REDIRECTS = ("redirect", "temporary", "malformed")


class Object:
    """data: bytes, or a function that makes them when first asked. path: a file instead."""

    def __init__(self, data=b"", path=None, etag=None, parts=None, modified=None, headers=None, storage_class="STANDARD"):
        self._data, self.path, self._etag, self.parts = data, path, etag, parts
        self.modified = int(time.time() if modified is None else modified)
        self.headers, self.storage_class, self.lock = dict(headers or {}), storage_class, threading.RLock()

    @property
    def data(self):
        with self.lock:
            if callable(self._data):
                self._data = self._data()
            return self._data

    @property
    def size(self):
        return os.path.getsize(self.path) if self.path else len(self.data)

    @property
    def etag(self):
        """With its quotes: MD5, or as after an upload in parts. Reading it all takes its time: benches give one."""
        with self.lock:
            if self._etag is None:
                self._etag = self._digest()
        return self._etag if self._etag.startswith('"') else f'"{self._etag}"'

    def _digest(self):
        digest = hashlib.md5()
        if self.path:
            with open(self.path, "rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        else:
            digest.update(self.data)
        return hashlib.md5(digest.digest()).hexdigest() + f"-{self.parts}" if self.parts else digest.hexdigest()

    def body(self, start, length):
        return FilePart(self.path, start, length) if self.path else memoryview(self.data)[start:start + length]


def unmodified(request, thing):
    """Whether 304 is the answer; 412 when a condition fails."""
    match, none_match = request.header("if-match"), request.header("if-none-match")
    if match is not None and match != "*" and thing.etag not in [t.strip() for t in match.split(",")]:
        raise Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", Condition="If-Match")
    before = email.utils.parsedate(request.header("if-unmodified-since") or "")
    if match is None and before and thing.modified > calendar.timegm(before):
        raise Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
                      Condition="If-Unmodified-Since")
    if none_match is not None:
        return none_match == "*" or thing.etag in [t.strip() for t in none_match.split(",")]
    since = email.utils.parsedate(request.header("if-modified-since") or "")
    return bool(since and thing.modified <= calendar.timegm(since))


def byte_range(request, thing, size):
    """→ status, first byte, byte after the last"""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.header("range") or "")
    only_if = request.header("if-range")
    if not asked or asked.group(0) == "bytes=-" or (only_if and only_if not in (thing.etag, http_date(thing.modified))):
        return 200, 0, size
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < start:
        return 200, 0, size
    if start >= size:
        raise Refusal(416, "InvalidRange", "The requested range is not satisfiable", {"Content-Range": f"bytes */{size}"},
                      RangeRequested=asked.group(0), ActualObjectSize=str(size))
    return 206, start, end


class Bucket:
    def __init__(self, name, region):
        self.name, self.region, self.objects, self.lock = name, region, {}, threading.Lock()
        self._sorted = None

    def set(self, key, thing):
        """thing: an Object, or None to delete."""
        with self.lock:
            if thing is None:
                self.objects.pop(key, None)
            else:
                self.objects[key] = thing
            self._sorted = None

    def keys(self):
        """In the order of their UTF-8, as S3 lists."""
        with self.lock:
            if self._sorted is None:
                self._sorted = sorted(self.objects, key=lambda k: k.encode())
            return self._sorted


class S3Server(Web):
    """
    region        the endpoint's region, and that of `bucket`
    bucket        the default bucket of put(), made at once
    buckets       more of them: region by name
    keyring       sigv4.Keyring of accepted keys; without one, `self.key` is made and accepted
    page_size     at most so many keys and prefixes on a page, whatever max-keys asks for
    wrong_region  what a request gets that is signed for (or sent to an endpoint of) another region than the bucket's:
                  "redirect" 301 PermanentRedirect, "temporary" 307, both with x-amz-bucket-region;
                  "malformed" 400 AuthorizationHeaderMalformed with <Region>
    signed        False: signatures are not looked at
    skew_s        seconds by which the server's clock is ahead
    """

    def __init__(self, region="us-east-1", bucket="billing", buckets=None, keyring=None, page_size=1000, wrong_region="redirect",
                 signed=True, skew_s=0, tls=None):
        if wrong_region not in REDIRECTS:
            raise ValueError(wrong_region)
        self.region, self.bucket = region, bucket
        self.keyring = keyring or sigv4.Keyring()
        self.key = self.keyring.add("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") if keyring is None else None
        self.page_size, self.wrong_region, self.signed, self.skew_s = page_size, wrong_region, signed, skew_s
        self.buckets = {name: Bucket(name, at) for name, at in {bucket: region, **(buckets or {})}.items()}
        self.listings_denied = False  # a policy that grants GetObject only: lists are 403, and absent keys too
        super().__init__(tls)

    # ---- What tests do ----

    def put(self, key, data=b"", bucket=None, **how):
        """Stores an object. how: path, etag, parts, modified, headers, storage_class (see Object) → the Object"""
        thing = Object(data.encode() if isinstance(data, str) else data, **how)
        self.buckets[bucket or self.bucket].set(key, thing)
        return thing

    def delete(self, key, bucket=None):
        self.buckets[bucket or self.bucket].set(key, None)

    def mount(self, folder, prefix="", bucket=None, modified=None):
        """Serves the files below a folder, each under the prefix and its path there → the keys."""
        keys = []
        for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
            keys.append(prefix + path.relative_to(folder).as_posix())
            self.put(keys[-1], bucket=bucket, path=str(path), modified=modified)
        return keys

    def object(self, key, bucket=None):
        return self.buckets[bucket or self.bucket].objects.get(key)

    def uri(self, key="", bucket=None):
        return f"s3://{bucket or self.bucket}/{key}"

    def fault(self, kind, match="", nth=1, times=1, every=1, key=None, method=None, bucket=None, **how):
        """Web.fault, where requests can be told by their object's key (and method) too, or by match="list".

        replace: the object becomes another before the request is answered; data, path, … as in put(). delete: it is gone.
        slowdown, internal: 503 SlowDown and 500 InternalError in S3's words.
        """
        wanted = match
        if key is not None:
            path = f"/{bucket or self.bucket}/{key}"
            wanted = lambda r: r.decoded == path and (method is None or r.method == method)  # noqa: E731
        elif match == "list":
            wanted = lambda r: r.arg("list-type") == "2"  # noqa: E731
        if kind == "replace":
            return super().fault("call", wanted, nth, times, every, function=lambda _: self.put(key, bucket=bucket, **how))
        if kind == "delete":
            return super().fault("call", wanted, nth, times, every, function=lambda _: self.delete(key, bucket))
        if kind in ("slowdown", "internal"):
            slow = kind == "slowdown"
            how = {"status": 503 if slow else 500, "code": "SlowDown" if slow else "InternalError",
                   "message": "Please reduce your request rate." if slow else "We encountered an internal error. Please try again.", **how}
            kind = "status"
        return super().fault(kind, wanted, nth, times, every, **how)

    def env(self):
        """What a client needs in its environment to come here with self.key."""
        found = {"AWS_ENDPOINT_URL_S3": self.url, "AWS_REGION": self.region}
        if self.key:
            found.update(AWS_ACCESS_KEY_ID=self.key.access_key, AWS_SECRET_ACCESS_KEY=self.key.secret)
        return found

    def gets(self, key=None, bucket=None):
        """The log's GET requests for objects, or for one."""
        found = [e for e in list(self.log) if e.method == "GET" and e.key]
        return [e for e in found if e.key == key and e.bucket == (bucket or self.bucket)] if key is not None else found

    def lists(self):
        return [e for e in list(self.log) if e.method == "GET" and not e.key]

    # ---- How it answers ----

    def note(self, entry, request):
        """The log's entries know their bucket and key."""
        entry.bucket, _, entry.key = request.decoded[1:].partition("/")

    def answer(self, request):
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", Method=request.method)
        name, _, key = request.decoded[1:].partition("/")
        bucket = self.buckets.get(name)
        if self.signed:
            sigv4.verify(request, self.keyring, lambda region: self._check_region(request, bucket, region), "s3", self.skew_s)
        if not bucket:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=name)
        if bucket.region != self.region and not self.signed:
            self._check_region(request, bucket, self.region)
        if key:
            return self._object(request, bucket, key)
        if request.method == "HEAD":
            return Response(200, headers={**self._identity(), "x-amz-bucket-region": bucket.region})
        if request.arg("location") is not None:
            place = "" if bucket.region == "us-east-1" else bucket.region
            return self._xml(200, f'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{place}</LocationConstraint>')
        if request.arg("list-type") != "2":
            raise Refusal(501, "NotImplemented", "This server knows ListObjectsV2 only.")
        return self._list(request, bucket)

    def _check_region(self, request, bucket, signed_for):
        """A bucket's requests are for its region; the endpoint here answers for every region, as a proxy would."""
        home = bucket.region if bucket else self.region
        if signed_for == home:
            return
        if self.wrong_region == "malformed":
            told = {"x-amz-bucket-region": home} if request.method == "HEAD" else None  # no body there to read it from
            raise Refusal(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region "
                          f"'{signed_for}' is wrong; expecting '{home}'", told, Region=home)
        temporary = self.wrong_region == "temporary"
        code, status = ("TemporaryRedirect", 307) if temporary else ("PermanentRedirect", 301)
        endpoint = f"s3.{home}.amazonaws.com"
        headers = {"x-amz-bucket-region": home}
        if temporary:
            headers["Location"] = f"{self.url}{request.target}"
        raise Refusal(status, code, "The bucket you are attempting to access must be addressed using the specified endpoint. "
                      "Please send all future requests to this endpoint.", headers, Endpoint=endpoint, Bucket=bucket.name if bucket else "")

    def _object(self, request, bucket, key):
        thing = bucket.objects.get(key)
        if not thing:
            if self.listings_denied:
                raise Refusal(403, "AccessDenied", "Access Denied")
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.", Key=key)
        if thing.storage_class in ("GLACIER", "DEEP_ARCHIVE"):
            raise Refusal(403, "InvalidObjectState", "The operation is not valid for the object's storage class",
                          StorageClass=thing.storage_class)
        headers = {**self._identity(), "ETag": thing.etag, "Last-Modified": http_date(thing.modified), "Accept-Ranges": "bytes",
                   "Content-Type": "binary/octet-stream", **thing.headers}
        if unmodified(request, thing):
            return Response(304, headers={**self._identity(), "ETag": thing.etag, "Last-Modified": headers["Last-Modified"]})
        size = thing.size
        status, start, end = byte_range(request, thing, size)
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers["Content-Length"] = end - start
        return Response(status, b"" if request.method == "HEAD" else thing.body(start, end - start), headers)

    # ---- Lists ----

    def _list(self, request, bucket):
        if self.listings_denied:
            raise Refusal(403, "AccessDenied", "Access Denied")
        prefix, delimiter, coded = (request.arg(name, "") for name in ("prefix", "delimiter", "encoding-type"))
        if coded not in ("", "url"):
            raise Refusal(400, "InvalidArgument", "Invalid Encoding Method specified in Request", ArgumentName="encoding-type")
        asked = request.arg("max-keys", "1000")
        if not asked.isdigit():
            raise Refusal(400, "InvalidArgument", "Provided max-keys not an integer or within integer range", ArgumentName="max-keys",
                          ArgumentValue=asked)
        token, start_after = request.arg("continuation-token"), request.arg("start-after", "")
        items, more = self._page(bucket, prefix, delimiter, self._after(token) if token else start_after, min(int(asked), self.page_size))
        write = (lambda t: urllib.parse.quote_plus(t, safe="/*-._")) if coded else _escape
        out = [f"<Name>{bucket.name}</Name><Prefix>{write(prefix)}</Prefix><KeyCount>{len(items)}</KeyCount><MaxKeys>{asked}</MaxKeys>"]
        out += [f"<{tag}>{text}</{tag}>" for tag, text in (
            ("Delimiter", write(delimiter)), ("EncodingType", coded), ("StartAfter", write(start_after)),
            ("ContinuationToken", _escape(token or "")), ("NextContinuationToken", self._token(items[-1]) if more else "")) if text]
        out.append(f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>")
        for name, thing in items:
            if thing:
                out.append(f"<Contents><Key>{write(name)}</Key><LastModified>{_iso(thing.modified)}</LastModified>"
                           f"<ETag>{_escape(thing.etag)}</ETag><Size>{thing.size}</Size><StorageClass>{thing.storage_class}</StorageClass>"
                           "</Contents>")
        out += [f"<CommonPrefixes><Prefix>{write(name)}</Prefix></CommonPrefixes>" for name, thing in items if not thing]
        return self._xml(200, f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{"".join(out)}</ListBucketResult>')

    @staticmethod
    def _page(bucket, prefix, delimiter, after, limit):
        """→ (key, Object) or (common prefix, None), in order; whether there are more. after: a key, or a common prefix"""
        keys, items, last = bucket.keys(), [], None
        order = {"key": lambda k: k.encode()}
        at = max(bisect.bisect_right(keys, after.encode(), **order) if after else 0, bisect.bisect_left(keys, prefix.encode(), **order))
        for key in keys[at:]:
            if not key.startswith(prefix):
                break
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            group = key[:cut + len(delimiter)] if cut >= 0 else None
            if group and group in (last, after):
                continue
            if len(items) >= limit:
                return items, limit > 0
            last = group or last
            items.append((group, None) if group else (key, bucket.objects[key]))
        return items, False

    @staticmethod
    def _token(item):
        """Opaque to the client, with characters that must be encoded in a query."""
        return "1+" + base64.b64encode(item[0].encode()).decode()

    @staticmethod
    def _after(token):
        try:
            if token.startswith("1+"):
                return base64.b64decode(token[2:], validate=True).decode()
        except ValueError:
            pass
        raise Refusal(400, "InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token")

    # ---- Shapes ----

    @staticmethod
    def _identity():
        return {"x-amz-request-id": os.urandom(8).hex().upper(), "x-amz-id-2": base64.b64encode(os.urandom(36)).decode(),
                "Server": "AmazonS3"}

    def _xml(self, status, inner, headers=None):
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n{inner}'
        return Response(status, text.encode(), {**self._identity(), **(headers or {})}, "application/xml")

    def error(self, refusal, request):
        identity = self._identity()
        fields = {"Code": refusal.code, "Message": refusal.message, **refusal.fields, "RequestId": identity["x-amz-request-id"],
                  "HostId": identity["x-amz-id-2"]}
        inner = "".join(f"<{name}>{_escape(value)}</{name}>" for name, value in fields.items())
        response = self._xml(refusal.status, f"<Error>{inner}</Error>", {**identity, **refusal.headers})
        if request.method == "HEAD":
            response.headers["Content-Length"] = 0
        return response


def _escape(text):
    return xml.sax.saxutils.escape(text, {'"': "&quot;", "\r": "&#13;"})


def _iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
