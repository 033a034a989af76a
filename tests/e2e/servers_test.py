#!/usr/bin/python3
"""The servers that other tests pull from, themselves: what they accept, what they refuse, and that each fault is what it says."""
import base64
import concurrent.futures
import datetime
import gzip
import hashlib
import http.client
import json
import ssl
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import equal, ok  # noqa: E402

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    harness.skip_all("python3-botocore is not installed")

from servers import (ContainerServer, FileServer, ImdsServer, Keyring, ProviderServer, S3Server, Sink, StsServer,  # noqa: E402
                     basic, bearer, provider_data, tls)

ODD = "cur/BILLING_PERIOD=2026-10/2026-10-05T04:12:33Z+a b/é日本 (1)&~*'.csv.gz"
ROLE = "arn:aws:iam::111122223333:role/reader"
BROKEN = (ConnectionError, http.client.HTTPException, TimeoutError)


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    def json(self):
        return json.loads(self.body)

    def tag(self, name):
        """The text of the first XML element so called, whatever its namespace; None without one."""
        return next(iter(self.tags(name)), None)

    def tags(self, name):
        return [e.text for e in ElementTree.fromstring(self.body).iter() if e.tag.rsplit("}", 1)[-1] == name]


def ask(server, target, headers=None, method="GET", body=None, connection=None, timeout=5, context=None):
    """One request, its target sent as it is → Answer."""
    made = connection or (http.client.HTTPSConnection("127.0.0.1", server.port, timeout=timeout, context=context) if context
                          else http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout))
    try:
        made.request(method, target, body=body, headers=headers or {})
        response = made.getresponse()
        return Answer(response, response.read())
    finally:
        if not connection:
            made.close()


def signed(server, target, key, method="GET", region=None, service="s3", body=b"", headers=None, unsigned=(), at=None):
    """Headers for a request, signed by botocore; some may be left out of what is signed, or the clock be set."""
    request = botocore.awsrequest.AWSRequest(method=method, url=f"http://{server.host}{target}", data=body, headers=headers or {})
    credentials = botocore.credentials.Credentials(key.access_key, key.secret, key.token)
    signer = (botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth)(credentials, service, region or server.region)
    request.headers["Host"] = server.host
    request.context["timestamp"] = (at or datetime.datetime.utcnow()).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)  # pylint: disable=protected-access
    all_headers, chosen = dict(request.headers.items()), signer.headers_to_sign

    def to_sign(asked):
        found = chosen(asked)
        for name in unsigned:
            del found[name]
        return found

    signer.headers_to_sign = to_sign
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)  # pylint: disable=protected-access
    return {**all_headers, "Authorization": request.headers["Authorization"]}


def target_of(key, bucket="billing"):
    return f"/{bucket}/" + urllib.parse.quote(key, safe="/-_.~")


def fetch(s3, target, key=None, headers=None, method="GET", **how):
    """A signed request to an S3 server."""
    return ask(s3, target, {**(headers or {}), **signed(s3, target, key or s3.key, method=method, headers=headers, **how)}, method)


def code(answer):
    return answer.status, answer.tag("Code")


def fails(call):
    """The kind of exception a call ends with, or what it returned."""
    try:
        return call()
    except BROKEN as e:
        return type(e)


# ---- S3 ----

def check_signatures():
    ring = Keyring(AKIAUSER="right")
    user = ring.find("AKIAUSER")
    with S3Server(region="eu-central-1", keyring=ring) as s3:
        s3.put(ODD, b"odd")
        odd = target_of(ODD)
        got = fetch(s3, odd, user)
        equal((got.status, got.body), (200, b"odd"), "a right signature is accepted, for a key with odd characters")
        wrong = Keyring().add("AKIAUSER", "wrong")
        equal(code(fetch(s3, odd, wrong)), (403, "SignatureDoesNotMatch"), "a wrong secret is refused")
        equal(code(fetch(s3, odd, Keyring().add("AKIAOTHER", "right"))), (403, "InvalidAccessKeyId"), "an unknown key is refused")
        equal(code(ask(s3, odd)), (403, "AccessDenied"), "no signature is refused")
        got = fetch(s3, odd, user, headers={"x-amz-request-payer": "requester"}, unsigned=["x-amz-request-payer"])
        equal((code(got), got.tag("HeadersNotSigned")), ((403, "AccessDenied"), "x-amz-request-payer"),
              "an x-amz header that is not signed is refused")
        equal(fetch(s3, odd, user, headers={"x-amz-request-payer": "requester"}).status, 200, "and is accepted when it is signed")
        equal(code(fetch(s3, odd, user, unsigned=["host"])), (403, "AccessDenied"), "an unsigned host is refused")
        raw = "/billing/" + urllib.parse.quote(ODD, safe="/-_.~=:")
        equal(code(fetch(s3, raw, user)), (403, "SignatureDoesNotMatch"), "a path signed without full encoding is refused")
        equal(code(fetch(s3, odd.replace("%3D", "%3d"), user)), (403, "SignatureDoesNotMatch"), "nor with small hexadecimal digits")
        equal(code(fetch(s3, "/billing?list-type=2&prefix=a/b", user)), (403, "SignatureDoesNotMatch"), "nor a query that is not encoded")
        equal(fetch(s3, "/billing?list-type=2&prefix=a%2Fb", user).status, 200, "an encoded query is accepted")
        early = datetime.datetime.utcnow() - datetime.timedelta(minutes=16)
        equal(code(fetch(s3, odd, user, at=early)), (403, "RequestTimeTooSkewed"), "a signature of 16 minutes ago is refused")
        headers = signed(s3, odd, user)
        del headers["X-Amz-Content-SHA256"]
        equal(code(ask(s3, odd, headers)), (400, "InvalidRequest"), "the content's hash must be sent")
        headers = signed(s3, odd, user)
        equal(code(ask(s3, target_of("other"), headers)), (403, "SignatureDoesNotMatch"), "a signature is for one path only")


def check_tokens_and_regions():
    ring = Keyring()
    good, old = ring.issue(), ring.issue(-5)
    with S3Server(region="eu-central-1", keyring=ring, buckets={"far": "us-west-2"}) as s3:
        s3.put("a", b"1")
        s3.put("a", b"2", bucket="far")
        equal(fetch(s3, "/billing/a", good).status, 200, "a temporary key with its token is accepted")
        bare = Keyring().add(good.access_key, good.secret)
        equal(code(fetch(s3, "/billing/a", bare)), (400, "InvalidToken"), "without the token it is refused")
        other = Keyring().add(good.access_key, good.secret, "guess")
        equal(code(fetch(s3, "/billing/a", other)), (400, "InvalidToken"), "and with another one")
        equal(code(fetch(s3, "/billing/a", old)), (400, "ExpiredToken"), "an expired token is refused")
        got = fetch(s3, "/far/a", good)
        equal((code(got), got.headers["x-amz-bucket-region"]), ((301, "PermanentRedirect"), "us-west-2"),
              "a wrong region: 301 with the right one")
        equal(fetch(s3, "/far/a", good, region="us-west-2").body, b"2", "signed for the bucket's region it is served")
        s3.wrong_region = "malformed"
        got = fetch(s3, "/far/a", good)
        equal((code(got), got.tag("Region")), ((400, "AuthorizationHeaderMalformed"), "us-west-2"), "or 400 with the region in the body")
        s3.wrong_region = "temporary"
        equal(code(fetch(s3, "/far/a", good)), (307, "TemporaryRedirect"), "or 307")
        equal(code(fetch(s3, "/none/a", good)), (404, "NoSuchBucket"), "a bucket that is not there")
        equal(code(fetch(s3, "/billing/b", good)), (404, "NoSuchKey"), "a key that is not there")
        got = fetch(s3, "/billing/b", good, method="HEAD")
        equal((got.status, got.body), (404, b""), "HEAD has no body")


def pages(s3, query):
    """All pages of a list → (keys, common prefixes, number of pages)"""
    keys, prefixes, count, token = [], [], 0, None
    while True:
        args = {"list-type": "2", **query, **({"continuation-token": token} if token else {})}
        got = fetch(s3, "/billing?" + urllib.parse.urlencode(sorted(args.items()), quote_via=urllib.parse.quote, safe="-_.~"))
        count += 1
        root = ElementTree.fromstring(got.body)
        space = root.tag.partition("}")[0] + "}"
        decode = urllib.parse.unquote_plus if got.tag("EncodingType") == "url" else str
        keys += [decode(e.find(f"{space}Key").text) for e in root.iter(f"{space}Contents")]
        prefixes += [decode(e.find(f"{space}Prefix").text) for e in root.iter(f"{space}CommonPrefixes")]
        assert int(got.tag("KeyCount")) == len(root.findall(f"{space}Contents")) + len(root.findall(f"{space}CommonPrefixes"))
        token = got.tag("NextContinuationToken")
        if got.tag("IsTruncated") == "false":
            return keys, prefixes, count


def check_lists():
    names = [ODD, "a/1", "a/2", "a/sub/1", "a/sub/2", "a/tub/1", "b", "x<&>\"y", "z\u00e9", "z\U0001f600", "z\uff5e"]
    with S3Server(page_size=2) as s3:
        for name in names:
            s3.put(name, name.encode())
        ordered = sorted(names, key=str.encode)
        equal(pages(s3, {}), (ordered, [], 6), "a list in pages of two, in the order of bytes")
        equal(pages(s3, {"encoding-type": "url"})[0], ordered, "with encoding-type=url")
        equal(pages(s3, {"prefix": "a/"})[0], names[1:6], "a prefix")
        equal(pages(s3, {"prefix": "a/", "delimiter": "/"}), (["a/1", "a/2"], ["a/sub/", "a/tub/"], 2), "a delimiter")
        equal(pages(s3, {"start-after": "a/sub/1"})[0], ordered[ordered.index("a/sub/2"):], "start-after")
        equal(pages(s3, {"prefix": "none/"}), ([], [], 1), "an empty list")
        equal(pages(s3, {"max-keys": "1"})[2], len(names), "max-keys below the page's size")
        equal(code(fetch(s3, "/billing?continuation-token=%21&list-type=2")), (400, "InvalidArgument"), "a wrong token")
        s3.listings_denied = True
        equal(code(fetch(s3, "/billing?list-type=2")), (403, "AccessDenied"), "lists can be denied")


def check_ranges():
    data = bytes(range(256)) * 40
    with S3Server() as s3:
        s3.put("k", data)
        s3.put("parts", data, parts=2)
        s3.put("none", b"")
        tag = f'"{hashlib.md5(data).hexdigest()}"'
        got = fetch(s3, "/billing/k", headers={"Range": "bytes=10-19"})
        equal((got.status, got.body, got.headers["Content-Range"], got.headers["ETag"]), (206, data[10:20], "bytes 10-19/10240", tag),
              "a range")
        equal(fetch(s3, "/billing/k", headers={"Range": "bytes=10200-"}).body, data[10200:], "an open range")
        equal(fetch(s3, "/billing/k", headers={"Range": "bytes=-7"}).body, data[-7:], "the last bytes")
        equal(fetch(s3, "/billing/k", headers={"Range": "bytes=10230-99999"}).body, data[10230:], "a range beyond the end")
        got = fetch(s3, "/billing/k", headers={"Range": "bytes=10240-"})
        equal((code(got), got.tag("ActualObjectSize")), ((416, "InvalidRange"), "10240"), "a range after the end")
        equal(fetch(s3, "/billing/none", headers={"Range": "bytes=0-9"}).status, 416, "a range of an empty object")
        equal(fetch(s3, "/billing/k", headers={"If-Match": tag}).status, 200, "If-Match that holds")
        equal(code(fetch(s3, "/billing/k", headers={"If-Match": '"x"'})), (412, "PreconditionFailed"), "If-Match that does not")
        equal(fetch(s3, "/billing/k", headers={"If-None-Match": tag}).status, 304, "If-None-Match")
        equal(fetch(s3, "/billing/k", headers={"Range": "bytes=0-1", "If-Range": tag}).status, 206, "If-Range that holds")
        equal(fetch(s3, "/billing/k", headers={"Range": "bytes=0-1", "If-Range": '"x"'}).status, 200, "If-Range that does not")
        ok(fetch(s3, "/billing/parts", method="HEAD").headers["ETag"].endswith('-2"'), "the ETag of an upload in parts")
        equal([(e.range, e.status, e.sent) for e in s3.gets("k")[:2]], [("bytes=10-19", 206, 10), ("bytes=10200-", 206, 40)],
              "the log tells ranges")
        folder = harness.temporary_folder()
        (folder / "sub").mkdir()
        (folder / "sub" / "f").write_bytes(data)
        equal(s3.mount(folder, "m/"), ["m/sub/f"], "a folder is mounted")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            parts = [{"Range": f"bytes={n * 1024}-{n * 1024 + 1023}"} for n in range(10)]
            got = list(pool.map(lambda part: fetch(s3, "/billing/m/sub/f", headers=part).body, parts))
        equal(b"".join(got), data, "ranges of a file, several at once")


def check_faults():
    with S3Server() as s3:
        s3.put("k", b"0123456789")
        get = lambda: fails(lambda: fetch(s3, "/billing/k").body)  # noqa: E731
        s3.fault("slowdown", key="k", times=2)
        s3.fault("status", key="k", status=429, retry_after=3)
        equal([code(fetch(s3, "/billing/k")) for _ in range(2)], [(503, "SlowDown")] * 2, "503 SlowDown, twice")
        got = fetch(s3, "/billing/k")
        equal((got.status, got.headers["Retry-After"]), (429, "3"), "then 429 with Retry-After")
        equal(get(), b"0123456789", "then success")
        s3.fault("internal", key="k", nth=2)
        equal([fetch(s3, "/billing/k").status for _ in range(3)], [200, 500, 200], "500 at the second request")
        s3.fault("cut", key="k", after=4)
        equal(get(), http.client.IncompleteRead, "a body cut off")
        equal((s3.log[-1].status, s3.log[-1].sent, s3.log[-1].fault), (200, 4, "cut"), "the log tells what was sent")
        s3.fault("reset", key="k")
        equal(get(), ConnectionResetError, "a reset connection")
        s3.fault("reset", key="k", after=3)
        equal(get(), ConnectionResetError, "a connection reset within the body")
        s3.fault("close", key="k")
        equal(get(), http.client.RemoteDisconnected, "a connection closed without an answer")
        s3.fault("hang", key="k")
        headers = signed(s3, "/billing/k", s3.key)
        equal(fails(lambda: ask(s3, "/billing/k", headers, timeout=0.3)), TimeoutError, "no answer at all")
        s3.fault("stall", key="k", after=5)
        equal(fails(lambda: ask(s3, "/billing/k", headers, timeout=0.3)), TimeoutError, "half a body, then silence")
        s3.fault("slow", key="k", rate=20)
        start = time.monotonic()
        ok(get() == b"0123456789" and time.monotonic() - start > 0.4, "a slow body")
        s3.fault("garble", key="k", at=2)
        equal(get(), b"01\x123456789", "a byte that is another")
        s3.fault("replace", key="k", nth=2, data=b"other")
        first, second = fetch(s3, "/billing/k"), fetch(s3, "/billing/k")
        ok((first.body, second.body) == (b"0123456789", b"other") and first.headers["ETag"] != second.headers["ETag"],
           "an object replaced in between")
        s3.fault("delete", key="k")
        equal(fetch(s3, "/billing/k").status, 404, "an object gone")
        s3.fault("status", "list", status=500)
        equal([fetch(s3, "/billing?list-type=2").status for _ in range(2)], [500, 200], "a list that fails once")
        sent = sum(e.sent for e in s3.log)
        equal(s3.bytes_sent, sent, "bytes sent are counted")
        equal(s3.crashes, [], "nothing went wrong inside")


def check_connections():
    with S3Server() as s3:
        s3.put("k", b"x" * 300000)
        kept = http.client.HTTPConnection("127.0.0.1", s3.port, timeout=5)
        for _ in range(3):
            ask(s3, "/billing/k", signed(s3, "/billing/k", s3.key), connection=kept)
        equal(len({e.connection for e in s3.log}), 1, "connections are kept alive")
        s3.fault("hangup", key="k")
        ask(s3, "/billing/k", signed(s3, "/billing/k", s3.key), connection=kept)
        equal(fails(lambda: ask(s3, "/billing/k", signed(s3, "/billing/k", s3.key), connection=kept)), http.client.RemoteDisconnected,
              "a kept connection closed unannounced")
        kept.close()
        ca_file = tls.wrap(s3)
        context = ssl.create_default_context(cafile=ca_file)
        equal(len(ask(s3, "/billing/k", signed(s3, "/billing/k", s3.key), context=context).body), 300000, "the same over TLS")
        refused = False
        try:
            ask(s3, "/billing/k", context=ssl.create_default_context())
        except ssl.SSLCertVerificationError:
            refused = True
        ok(refused, "which who does not know the authority refuses")
        start = time.monotonic()
    ok(time.monotonic() - start < 2, "a server ends at once")


# ---- AWS credentials ----

def check_sts():
    ring = Keyring(AKIAUSER="right")
    user = ring.find("AKIAUSER")
    roles = {ROLE: None, ROLE + "2": "ext"}
    with S3Server(keyring=ring) as s3, StsServer(ring, roles, web_tokens=["jwt"], expired_tokens=["old"]) as sts:
        s3.put("k", b"1")

        def web(token, role=ROLE):
            form = urllib.parse.urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role,
                                           "RoleSessionName": "s", "WebIdentityToken": token})
            return ask(sts, "/", {"Content-Type": "application/x-www-form-urlencoded"}, "POST", form)

        def assume(key, role=ROLE, more="", **how):
            query = f"Action=AssumeRole{more}&RoleArn={urllib.parse.quote(role, safe='')}&RoleSessionName=s&Version=2011-06-15"
            return ask(sts, "/?" + query, signed(sts, "/?" + query, key, service="sts", **how))

        def usable(answer):
            key = Keyring().add(answer.tag("AccessKeyId"), answer.tag("SecretAccessKey"), answer.tag("SessionToken"))
            return fetch(s3, "/billing/k", key).status

        equal(usable(web("jwt")), 200, "a web identity gives keys that S3 accepts")
        equal(code(web("bad")), (400, "InvalidIdentityToken"), "a wrong web identity")
        equal(code(web("old")), (400, "ExpiredTokenException"), "an expired one")
        equal(code(web("jwt", "arn:aws:iam::1:role/no")), (403, "AccessDenied"), "a role it may not assume")
        equal(usable(assume(user)), 200, "AssumeRole, signed, gives keys that S3 accepts")
        body = urllib.parse.urlencode({"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "s"})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        got = ask(sts, "/", signed(sts, "/", user, "POST", service="sts", body=body.encode(), headers=form), "POST", body)
        equal(usable(got), 200, "as a form, too")
        equal(code(ask(sts, "/", signed(sts, "/", user, "POST", service="sts", body=b"Action=Other", headers=form), "POST", body)),
              (403, "SignatureDoesNotMatch"), "whose body is signed")
        equal(code(assume(Keyring().add("AKIAUSER", "wrong"))), (403, "SignatureDoesNotMatch"), "with a wrong secret it is refused")
        equal(code(assume(user, region="eu-west-1")), (403, "SignatureDoesNotMatch"), "for a wrong region as well")
        equal(code(assume(user, ROLE + "2")), (403, "AccessDenied"), "without the external id as well")
        equal(assume(user, ROLE + "2", "&ExternalId=ext").status, 200, "and with it accepted")
        sts.lifetime_s = -1
        equal(usable(web("jwt")), 400, "keys may be expired already")


def check_metadata():
    ring = Keyring()
    path = "/latest/meta-data/iam/security-credentials"
    with S3Server(keyring=ring) as s3, ImdsServer(ring) as imds, ContainerServer(ring, token="t0ken") as container:
        s3.put("k", b"1")
        equal(ask(imds, path + "/").status, 401, "metadata asks for a token")
        equal(ask(imds, "/latest/api/token", method="PUT").status, 400, "a token has a lifetime")
        token = ask(imds, "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT").body.decode()
        head = {"X-aws-ec2-metadata-token": token}
        role = ask(imds, path + "/", head).body.decode()
        got = ask(imds, f"{path}/{role}", head).json()
        key = Keyring().add(got["AccessKeyId"], got["SecretAccessKey"], got["Token"])
        equal((role, got["Code"], fetch(s3, "/billing/k", key).status), ("closebook-reader", "Success", 200),
              "metadata gives keys that S3 accepts")
        equal(ask(imds, f"{path}/{role}", head).json(), got, "the same until they are about to expire")
        statuses = []
        for imds.mode in ("absent", "disabled", "no_role", "v1", "old"):
            put = ask(imds, "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")
            statuses.append((put.status, ask(imds, path + "/").status))
        equal(statuses, [(404, 404), (403, 403), (200, 401), (200, 200), (404, 200)], "the other kinds of metadata service")
        equal(ask(container, container.path).status, 400, "the container endpoint asks for a token")
        equal(ask(container, container.path, {"Authorization": "no"}).status, 403, "and refuses a wrong one")
        got = ask(container, container.path, {"Authorization": "t0ken"}).json()
        key = Keyring().add(got["AccessKeyId"], got["SecretAccessKey"], got["Token"])
        equal(fetch(s3, "/billing/k", key).status, 200, "it gives keys that S3 accepts")


# ---- Providers ----

OPENAI, ANTHROPIC = {"Authorization": "Bearer sk-admin-test"}, {"x-api-key": "sk-ant-admin01-test", "anthropic-version": "2023-06-01"}
OCTOBER = 1790812800  # 2026-10-01T00:00:00Z
COSTS = f"/v1/organization/costs?start_time={OCTOBER}&end_time={OCTOBER + 31 * 86400}"
REPORT = "/v1/organizations/cost_report?starting_at=2026-10-01T00:00:00Z&ending_at=2026-11-01T00:00:00Z"


def buckets(server, target, headers, most=100):
    """All pages of a report → its buckets"""
    found, page = [], ""
    for _ in range(most):
        got = ask(server, target + page, headers).json()
        found += got["data"]
        if not got["has_more"]:
            return found
        page = "&page=" + urllib.parse.quote(got["next_page"], safe="")
    return found


def check_money():
    data = provider_data.make(seed=3)
    equal(provider_data.make(seed=3), data, "a seed makes the same data again")
    with ProviderServer(data, amounts="long") as p:
        found = buckets(p, COSTS + "&limit=5&group_by=line_item&group_by=project_id", OPENAI)
        equal([b["start_time"] for b in found], [OCTOBER + n * 86400 for n in range(31)], "OpenAI's costs: a bucket a day, over pages")
        equal(sum(Decimal(r["amount"]["value"]) for b in found for r in b["results"]), provider_data.total(data, "costs"),
              "which sum to the data's total")
        coarse = buckets(p, COSTS, OPENAI)
        equal([len(b["results"]) for b in coarse], [1] * 31, "ungrouped: one result a day")
        equal(coarse[0]["results"][0]["line_item"], None, "whose dimensions are null")
        found = buckets(p, REPORT + "&group_by[]=workspace_id&group_by[]=description", ANTHROPIC)
        equal(sum(Decimal(r["amount"]) for b in found for r in b["results"]), provider_data.total(data, "cost_report") * 100,
              "Anthropic's costs, in cents")
        usage = f"/v1/organization/usage/completions?start_time={OCTOBER}&end_time={OCTOBER + 86400}&group_by=model"
        tokens = buckets(p, usage, OPENAI)[0]["results"]
        equal(sum(r["input_tokens"] for r in tokens), sum(r["input_tokens"] for r in data["usage/completions"]["2026-10-01"]),
              "OpenAI's usage")
        found = buckets(p, REPORT.replace("cost_report", "usage_report/messages") + "&limit=31", ANTHROPIC)
        equal(sum(b["results"][0]["cache_creation"]["ephemeral_5m_input_tokens"] for b in found),
              sum(r["cache_creation"]["ephemeral_5m_input_tokens"] for rows in data["usage_report/messages"].values() for r in rows),
              "Anthropic's usage")
        got = ask(p, "/api/v1/activity?date=2026-10-09", {"Authorization": "Bearer sk-or-v1-management"}).json()["data"]
        equal([r["date"] for r in got], ["2026-10-09"] * 2, "OpenRouter's activity of a day")
        equal(ask(p, "/api/v1/activity?date=2026-09-01", {"Authorization": "Bearer sk-or-v1-management"}).status, 400,
              "which must be one of the last 30")
        before = coarse[2]["results"][0]["amount"]["value"]
        p.restate("costs", "2026-10-03", factor=2)
        equal(Decimal(buckets(p, COSTS, OPENAI)[2]["results"][0]["amount"]["value"]), Decimal(before) * 2, "a restated bucket")


def check_refusals():
    with ProviderServer() as p:
        got = ask(p, COSTS, {"Authorization": "Bearer sk-wrong-key"})
        equal((got.status, got.json()["error"]["code"]), (401, "invalid_api_key"), "OpenAI refuses a wrong key")
        equal(ask(p, COSTS).status, 401, "and a missing one")
        equal(ask(p, COSTS, {"Authorization": "Bearer sk-proj-weak"}).status, 403, "and one without the rights")
        got = ask(p, REPORT, {**ANTHROPIC, "x-api-key": "no"})
        equal((got.status, got.json()["error"]["type"]), (401, "authentication_error"), "Anthropic refuses a wrong key")
        equal(ask(p, REPORT, {"x-api-key": ANTHROPIC["x-api-key"]}).status, 400, "and asks for its version")
        equal(ask(p, "/api/v1/activity", {"Authorization": "Bearer sk-or-v1-weak"}).status, 403, "OpenRouter asks for a management key")
        got = ask(p, COSTS + "&limit=181", OPENAI)
        equal((got.status, got.json()["error"]["param"]), (400, "limit"), "a limit over the maximum of costs")
        equal([ask(p, REPORT + f"&limit={n}", ANTHROPIC).status for n in (31, 32)], [200, 400], "and of Anthropic's report")
        usage = f"/v1/organization/usage/completions?start_time={OCTOBER}&bucket_width=1h&limit="
        equal([ask(p, usage + str(n), OPENAI).status for n in (168, 169)], [200, 400], "and of usage by the hour")
        equal(ask(p, "/v1/organization/costs", OPENAI).status, 400, "a window needs a start")
        equal(ask(p, COSTS + "&page=page_x", OPENAI).status, 400, "a page must be one of the query")
        equal(ask(p, "/v1/organization/usage/nothing?start_time=1", OPENAI).status, 404, "a dataset that is not there")
        p.expire("openai")
        equal(ask(p, COSTS, OPENAI).status, 401, "an expired key")
        equal(p.crashes, [], "nothing went wrong inside")


def check_quirks():
    week = COSTS.replace(str(OCTOBER + 31 * 86400), str(OCTOBER + 7 * 86400))
    with ProviderServer() as p, Sink() as sink:
        def having(*quirks):
            p.quirks = set(quirks)
            return ask(p, week + "&limit=30&group_by=line_item", OPENAI)

        equal(len(having("eight_buckets").json()["data"]), 8, "eight buckets for seven days")
        values = {type(r["amount"]["value"]) for r in having().json()["data"][0]["results"]}
        equal(values, {float, str}, "amounts as numbers and as texts")
        equal(having("zero_amounts").json()["data"][0]["results"][-1]["amount"]["value"], "0E-6176", "0E-6176")
        p.quirks = {"page_loop"}
        found = buckets(p, week + "&limit=3", OPENAI, most=4)
        equal(len({b["start_time"] for b in found}), 3, "pages that lead nowhere")
        got = having("null_next_page").json()
        equal((got["has_more"], got["next_page"]), (True, None), "more to come, but no next page")
        equal(gzip.decompress(having("gzip_always").body)[:1], b"{", "gzip for everybody")
        equal("Content-Encoding" in having("gzip").headers, False, "gzip for none that did not ask")
        equal(having("chunked").headers["Transfer-Encoding"], "chunked", "chunks")
        ok("brand_new_dimension" in having("unknown_fields").json()["data"][0]["results"][0], "unknown fields")
        p.quirks = {"future_end_refused"}
        equal(ask(p, COSTS.replace("1793491200", "1999999999"), OPENAI).status, 400, "an end in the future")
        p.quirks = set()
        p.fault("status", "/costs", status=429, retry_after="Wed, 04 Nov 2026 05:00:10 GMT")
        p.fault("page", "/costs")
        p.fault("redirect", "/costs", location=sink.url + week)
        p.fault("redirect", "/costs", location="/moved" + week)
        got = [ask(p, week, OPENAI) for _ in range(4)]
        equal([g.status for g in got], [429, 200, 302, 302], "429, a web page, redirects")
        equal(got[0].json()["error"]["code"], "rate_limit_exceeded", "429 in OpenAI's words")
        equal(got[1].headers.get_content_type(), "text/html", "the web page is one")
        equal(ask(p, got[3].headers["Location"], OPENAI).json(), ask(p, week, OPENAI).json(), "a redirect within the host leads on")
        ask(sink, week, OPENAI)
        equal(sink.credentials(), ["authorization"], "another host tells whether it was sent credentials")


def check_files():
    with FileServer(auth=bearer("t")) as files:
        files.put("a.csv", "a,b\n")
        files.put("b.csv", "b\n" * 100, auth=basic("me", "pass:word"), gzip_encoding=True)
        files.put("c d.csv.gz", gzip.compress(b"c\n"), auth={"x-api-key": "k"})
        files.put("big", b"x" * 3_000_000, auth={})
        got = ask(files, "/files/a.csv", bearer("t"))
        equal((got.status, got.body), (200, b"a,b\n"), "a file, for a bearer")
        equal(ask(files, "/files/a.csv", {**bearer("t"), "If-None-Match": got.headers["ETag"]}).status, 304, "not modified")
        equal([ask(files, "/files/a.csv", h).status for h in ({}, bearer("x"), basic("me", "x"))], [401] * 3, "refused to others")
        want = "Basic " + base64.b64encode(b"me:pass:word").decode()
        got = ask(files, "/files/b.csv", {"Authorization": want})
        equal((got.headers["Content-Encoding"], gzip.decompress(got.body)), ("gzip", b"b\n" * 100),
              "a file with a password, compressed in transport")
        equal(gzip.decompress(ask(files, "/files/c%20d.csv.gz", {"X-Api-Key": "k"}).body), b"c\n", "a compressed file, for a header")
        equal(len(ask(files, "/files/big", bearer("t")).body), 3_000_000, "a large file")
        equal(ask(files, "/files/none", bearer("t")).status, 404, "a file that is not there")


for check in (check_signatures, check_tokens_and_regions, check_lists, check_ranges, check_faults, check_connections, check_sts,
              check_metadata, check_money, check_refusals, check_quirks, check_files):
    check()
harness.done()
