"""Where AWS credentials come from: STS, the instance metadata service, the container endpoint.

Each hands out temporary keys that it puts on the keyring, so an S3Server with the same keyring accepts them, with their
token, until they expire:

    ring = Keyring(AKIAUSER="secret")
    with S3Server(keyring=ring) as s3, StsServer(ring, roles={"arn:aws:iam::111122223333:role/reader"}) as sts:

`lifetime_s` is how long the keys last: a short one (or a negative) for keys that expire soon (or have). `issued` lists
them. `env()` is what a client needs in its environment to find the server.
"""
import json
import secrets
import time
import urllib.parse
import xml.sax.saxutils

from . import sigv4
from .web import Refusal, Response, Web

STS_XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class _Source(Web):
    def __init__(self, keyring, lifetime_s, tls):
        self.keyring, self.lifetime_s, self.issued = keyring, lifetime_s, []
        super().__init__(tls)

    def issue(self, seconds=None):
        self.issued.append(self.keyring.issue(self.lifetime_s if seconds is None else seconds))
        return self.issued[-1]

    def current(self):
        """The same keys as last time, until they are about to expire: as metadata services do."""
        with self.lock:
            if self.issued and self.issued[-1].expires - time.time() > min(300, self.lifetime_s / 2):
                return self.issued[-1]
            return self.issue()

    def credentials(self, **more):
        key = self.current()
        fields = {**more, "AccessKeyId": key.access_key, "SecretAccessKey": key.secret, "Token": key.token, "Expiration": iso(key.expires)}
        return Response(200, json.dumps(fields, indent=2).encode(), content_type="application/json")


class StsServer(_Source):
    """
    roles       ARNs that may be assumed; a dict gives each the external id it asks for (or None)
    web_tokens  what AssumeRoleWithWebIdentity accepts; expired_tokens: what it calls expired
    region      for which AssumeRole must be signed
    """

    def __init__(self, keyring, roles=(), web_tokens=(), expired_tokens=(), region="us-east-1", lifetime_s=None, tls=None):
        self.roles = dict(roles) if isinstance(roles, dict) else {role: None for role in roles}
        self.web_tokens, self.expired_tokens, self.region = set(web_tokens), set(expired_tokens), region
        super().__init__(keyring, lifetime_s, tls)

    def env(self):
        return {"AWS_ENDPOINT_URL_STS": self.url, "AWS_REGION": self.region}

    def answer(self, request):
        if request.method not in ("GET", "POST") or request.path != "/":
            raise Refusal(404, "UnknownOperationException", "There is no such operation")
        args = dict(request.args)
        if request.method == "POST" and request.body:
            if not request.header("content-type", "").startswith("application/x-www-form-urlencoded"):
                raise Refusal(415, "UnsupportedMediaType", "The Content-Type must be application/x-www-form-urlencoded")
            args.update(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True))
        action = args.get("Action")
        if args.get("Version") != "2011-06-15" or action not in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            version = args.get("Version", "NO_VERSION_SPECIFIED")
            raise Refusal(400, "InvalidAction", f"Could not find operation {action} for version {version}")
        if action == "AssumeRole":
            self._verify(request)
        return self._assume(action, args)

    def _verify(self, request):
        """STS says some things otherwise than S3 does."""
        try:
            sigv4.verify(request, self.keyring, self.region, "sts")
        except Refusal as e:
            if e.code in ("ExpiredToken", "InvalidToken"):
                e.status, e.code = 403, {"InvalidToken": "InvalidClientTokenId"}.get(e.code, e.code)
            raise

    def _assume(self, action, args):
        need = ["RoleArn", "RoleSessionName"] + (["WebIdentityToken"] if action != "AssumeRole" else [])
        for name in need:
            if not args.get(name):
                raise Refusal(400, "ValidationError", f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' failed to "
                              "satisfy constraint: Member must not be null")
        seconds = args.get("DurationSeconds", "3600")
        if not seconds.isdigit() or not 900 <= int(seconds) <= 43200:
            raise Refusal(400, "ValidationError", f"Value '{seconds}' at 'durationSeconds' failed to satisfy constraint")
        if action != "AssumeRole":
            if args["WebIdentityToken"] in self.expired_tokens:
                raise Refusal(400, "ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time")
            if args["WebIdentityToken"] not in self.web_tokens:
                raise Refusal(400, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
        arn = args["RoleArn"]
        if arn not in self.roles or (self.roles[arn] is not None and self.roles[arn] != args.get("ExternalId")):
            raise Refusal(403, "AccessDenied", f"User is not authorized to perform: sts:{action} on resource: {arn}")
        return self._assumed(action, arn, args["RoleSessionName"], int(seconds))

    def _assumed(self, action, arn, session, seconds):
        with self.lock:
            key = self.issue(seconds if self.lifetime_s is None else self.lifetime_s)
        subject = "<SubjectFromWebIdentityToken>system:serviceaccount:billing:closebook</SubjectFromWebIdentityToken>" \
            "<Audience>sts.amazonaws.com</Audience><Provider>arn:aws:iam::111122223333:oidc-provider/example</Provider>"
        role = arn.rsplit("/", 1)[-1]
        assumed = f"{arn.replace(':iam:', ':sts:').split(':role/')[0]}:assumed-role/{role}/{session}"
        inner = f"""<{action}Response xmlns="{STS_XMLNS}">
  <{action}Result>
    {subject if action != "AssumeRole" else ""}
    <AssumedRoleUser>
      <AssumedRoleId>AROA3XFRBF535PLBIFPI4:{session}</AssumedRoleId>
      <Arn>{assumed}</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{key.access_key}</AccessKeyId>
      <SecretAccessKey>{key.secret}</SecretAccessKey>
      <SessionToken>{key.token}</SessionToken>
      <Expiration>{iso(key.expires)}</Expiration>
    </Credentials>
  </{action}Result>
  <ResponseMetadata>
    <RequestId>{secrets.token_hex(16)}</RequestId>
  </ResponseMetadata>
</{action}Response>
"""
        return Response(200, inner.encode(), content_type="text/xml")

    def error(self, refusal, request):
        kind = "Sender" if refusal.status < 500 else "Receiver"
        text = f"""<ErrorResponse xmlns="{STS_XMLNS}">
  <Error>
    <Type>{kind}</Type>
    <Code>{refusal.code}</Code>
    <Message>{xml.sax.saxutils.escape(refusal.message)}</Message>
  </Error>
  <RequestId>{secrets.token_hex(16)}</RequestId>
</ErrorResponse>
"""
        return Response(refusal.status, text.encode(), refusal.headers, "text/xml")


class ImdsServer(_Source):
    """
    The metadata service of an instance.

    mode  "v2" a token is required; "v1" it may be missing; "old" tokens are not known at all (404);
          "no_role" the instance has none; "absent" 404 to everything; "disabled" 403 to everything
    """

    ROOT = "/latest/meta-data/iam/security-credentials"

    def __init__(self, keyring, role="closebook-reader", mode="v2", region="us-east-1", lifetime_s=21600, tls=None):
        if mode not in ("v2", "v1", "old", "no_role", "absent", "disabled"):
            raise ValueError(mode)
        self.role, self.mode, self.region, self.tokens = role, mode, region, {}
        super().__init__(keyring, lifetime_s, tls)

    def env(self):
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url}

    def answer(self, request):
        if self.mode == "disabled":
            raise Refusal(403, "Forbidden", "Forbidden")
        if self.mode == "absent" or (self.mode == "old" and request.path == "/latest/api/token"):
            raise Refusal(404, "NotFound", "Not Found")
        if request.path == "/latest/api/token":
            return self._token(request)
        if request.method != "GET":
            raise Refusal(405, "MethodNotAllowed", "Not allowed")
        token = request.header("x-aws-ec2-metadata-token")
        if self.tokens.get(token, 0) <= time.time() and (token is not None or self.mode in ("v2", "no_role")):
            raise Refusal(401, "Unauthorized", "Unauthorized")
        return self._data(request.path)

    def _token(self, request):
        if request.method != "PUT":
            raise Refusal(405, "MethodNotAllowed", "Not allowed")
        if request.header("x-forwarded-for"):
            raise Refusal(403, "Forbidden", "Forbidden")
        seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds", "")
        if not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            raise Refusal(400, "BadRequest", "Bad Request")
        token = "AQAEA" + secrets.token_urlsafe(36) + "=="
        self.tokens[token] = time.time() + int(seconds)
        return Response(200, token.encode(), {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds}, "text/plain")

    def _data(self, path):
        if path == "/latest/meta-data/placement/region":
            return Response(200, self.region.encode(), content_type="text/plain")
        if path.rstrip("/") == self.ROOT and self.mode != "no_role":
            return Response(200, self.role.encode(), content_type="text/plain")
        if path == f"{self.ROOT}/{self.role}" and self.mode != "no_role":
            return self.credentials(Code="Success", LastUpdated=iso(time.time()), Type="AWS-HMAC")
        raise Refusal(404, "NotFound", "Not Found")

    def error(self, refusal, request):
        text = f"<html><head><title>{refusal.status} - {refusal.message}</title></head><body><h1>{refusal.message}</h1></body></html>\n"
        return Response(refusal.status, text.encode(), refusal.headers, "text/html")


class ContainerServer(_Source):
    """
    The credentials endpoint of ECS and EKS.

    token  what must come in the Authorization header; None: nothing must (ECS with a relative URI)
    """

    def __init__(self, keyring, token="pod-identity-token", path="/v1/credentials", lifetime_s=21600, tls=None):
        self.token, self.path = token, path
        super().__init__(keyring, lifetime_s, tls)

    def env(self, token_file=None):
        """token_file: a path into which the token is written, instead of the environment."""
        found = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + self.path}
        if token_file:
            with open(token_file, "w", encoding="utf-8") as file:
                file.write(self.token)
            found["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token_file)
        elif self.token:
            found["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = self.token
        return found

    def answer(self, request):
        if request.method != "GET" or request.path != self.path:
            raise Refusal(404, "NotFoundException", "Not found")
        if self.token and not request.header("authorization"):
            raise Refusal(400, "InvalidRequestException", "Service Account token cannot be empty")
        if self.token and request.header("authorization") != self.token:
            raise Refusal(403, "AccessDeniedException", "The token is not valid")
        return self.credentials(AccountId="111122223333", RoleArn="arn:aws:iam::111122223333:role/closebook-reader")

    def error(self, refusal, request):
        return Response(refusal.status, json.dumps({"code": refusal.code, "message": refusal.message}).encode(), refusal.headers,
                        "application/json")
