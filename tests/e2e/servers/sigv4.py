"""Checks AWS signatures (version 4), with botocore's code as the second opinion.

The request is taken as a server gets it: the path is decoded and encoded anew per RFC 3986, the query decoded, encoded
fully and sorted; so a client that signs something it did not encode that way is refused, as the real services do.
"""
import calendar
import dataclasses
import hashlib
import hmac
import secrets
import threading
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from .web import Refusal

SKEW_S = 15 * 60
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclasses.dataclass
class Key:
    access_key: str
    secret: str
    token: str = None
    expires: float = None  # seconds since 1970; None: never


class Keyring:
    """The access keys that servers know; share one among an S3 server and those that hand out credentials."""

    def __init__(self, **keys):
        """keys: secrets by access key."""
        self.keys, self.lock = {}, threading.Lock()
        for access_key, secret in keys.items():
            self.add(access_key, secret)

    def add(self, access_key, secret, token=None, expires=None):
        key = Key(access_key, secret, token, expires)
        with self.lock:
            self.keys[access_key] = key
        return key

    def issue(self, seconds=3600):
        """New temporary credentials → Key. A negative time: they are expired."""
        return self.add("ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), "IQoJ" + secrets.token_urlsafe(90) + "==",
                        time.time() + seconds)

    def find(self, access_key):
        return self.keys.get(access_key)


def encode(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical_path(path):
    return urllib.parse.quote(urllib.parse.unquote_to_bytes(path), safe="/-_.~")


def canonical_query(query):
    pairs = []
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        pairs.append(tuple(encode(urllib.parse.unquote_to_bytes(t.replace("+", " "))) for t in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


class _Signer:
    """Mixed into botocore's signers: signs exactly the headers that the client said it signed."""

    names = ()

    def headers_to_sign(self, request):
        return _Headers({name: request.headers[name] for name in self.names})


class _Headers(dict):
    def get_all(self, name):
        return [self[name]]


class _S3(_Signer, botocore.auth.S3SigV4Auth):
    pass


class _Other(_Signer, botocore.auth.SigV4Auth):
    pass


def parse_authorization(text):
    """→ (access key, scope as list of date, region, service, end; signed header names; signature)"""
    algorithm, _, rest = text.partition(" ")
    if algorithm != "AWS4-HMAC-SHA256":
        raise Refusal(400, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    credential = fields.get("Credential", "").rsplit("/", 4)
    names = [n for n in fields.get("SignedHeaders", "").split(";") if n]
    if len(credential) != 5 or credential[4] != "aws4_request" or not names or not fields.get("Signature"):
        raise Refusal(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; Credential, SignedHeaders or "
                      "Signature is missing or incorrect.")
    return credential[0], credential[1:], names, fields["Signature"]


def _seconds(request, now):
    """The request's time, checked → as written."""
    stamp = request.header("x-amz-date", "")
    try:
        at = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Refusal(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
    if abs(at - now) > SKEW_S:
        raise Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
                      RequestTime=stamp, ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
                      MaxAllowedSkewMilliseconds=str(SKEW_S * 1000))
    return stamp


def _check_token(request, key, now):
    token = request.header("x-amz-security-token")
    if token != key.token and not (token is None and key.token is None):
        raise Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", **{"Token-0": token or ""})
    if key.expires is not None and key.expires <= now:
        raise Refusal(400, "ExpiredToken", "The provided token has expired.", **{"Token-0": token or ""})


def _check_signed(request, names):
    need = {"host"} | {n for n in request.headers if n.startswith("x-amz-")}
    missing = sorted(need - set(names))
    if missing:
        raise Refusal(403, "AccessDenied", "There were headers present in the request which were not signed",
                      HeadersNotSigned=", ".join(missing))
    absent = [n for n in names if n not in request.headers]
    if absent or names != sorted(names):
        raise Refusal(403, "SignatureDoesNotMatch", f"SignedHeaders are not sorted, or name what was not sent: {';'.join(names)}")


def _check_payload(request, service):
    """What the request says its body's hash is."""
    said = request.header("x-amz-content-sha256")
    if said is None and service == "s3":
        raise Refusal(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if said not in (None, "UNSIGNED-PAYLOAD") and said != hashlib.sha256(request.body).hexdigest():
        raise Refusal(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
                      ClientComputedContentSHA256=said)


def verify(request, keyring, region, service="s3", skew_s=0):
    """Checks a request's signature → the Key; a Refusal when S3 or STS would refuse it.

    region: a name, or a function of the region that was signed for, which raises a Refusal of its own.
    skew_s: seconds by which this server's clock is ahead.
    """
    now = time.time() + skew_s
    if not request.header("authorization"):
        raise Refusal(403, "AccessDenied" if service == "s3" else "MissingAuthenticationToken", "Access Denied")
    access_key, (date, signed_region, signed_service, _), names, signature = parse_authorization(request.header("authorization"))
    stamp = _seconds(request, now)
    if date != stamp[:8]:
        raise Refusal(403, "SignatureDoesNotMatch", f"Date in Credential scope does not match x-amz-date: {date} {stamp}")
    key = keyring.find(access_key)
    if not key:
        raise Refusal(403, "InvalidAccessKeyId" if service == "s3" else "InvalidClientTokenId",
                      "The AWS Access Key Id you provided does not exist in our records.", AWSAccessKeyId=access_key)
    if signed_service != service:
        raise Refusal(400, "AuthorizationHeaderMalformed",
                      f'The authorization header is malformed; incorrect service "{signed_service}". This endpoint belongs to "{service}".')
    if callable(region):
        region(signed_region)
    elif signed_region != region:
        raise Refusal(403, "SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{signed_region}'.")
    _check_payload(request, service)
    _check_signed(request, names)
    canonical, to_sign, want = sign(request, key, stamp, signed_region, service, names)
    if not hmac.compare_digest(want, signature):
        raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "
                      "Check your key and signing method.", AWSAccessKeyId=access_key, StringToSign=to_sign,
                      SignatureProvided=signature, CanonicalRequest=canonical)
    _check_token(request, key, now)
    return key


def sign(request, key, stamp, region, service, names):
    """What botocore signs for this request → (canonical request, string to sign, signature)"""
    query = canonical_query(request.query)
    url = f"http://{request.header('host')}{canonical_path(request.path)}" + (f"?{query}" if query else "")
    credentials = botocore.credentials.Credentials(key.access_key, key.secret, key.token)
    signer = (_S3 if service == "s3" else _Other)(credentials, service, region)
    signer.names = names
    again = botocore.awsrequest.AWSRequest(method=request.method, url=url, headers=request.headers, data=request.body)
    again.context["timestamp"] = stamp
    canonical = signer.canonical_request(again)
    to_sign = signer.string_to_sign(again, canonical)
    return canonical, to_sign, signer.signature(to_sign, again)
