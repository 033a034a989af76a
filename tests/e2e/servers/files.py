"""A plain web server for files: GET /files/NAME, as the `http` source asks for it."""
import base64
import gzip

from . import s3
from .web import Refusal, Response, Web, http_date


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class FileServer(Web):
    """
    auth  headers that a request for a file must have, if the file names none of its own: bearer(token),
          basic(user, password) or {"x-api-key": "…"}; None: nothing is asked
    """

    def __init__(self, auth=None, tls=None):
        self.auth, self.files, self.file_auth = auth, {}, {}
        super().__init__(tls)

    def put(self, name, data=b"", auth=None, gzip_encoding=False, **how):
        """Serves a file at /files/NAME → its URL. how: path, etag, modified, headers (see s3.Object).

        gzip_encoding: sent with Content-Encoding: gzip, for a transport to undo. (A .gz file is just a file of such bytes.)
        """
        data = data.encode() if isinstance(data, str) else data
        if gzip_encoding:
            data, how["headers"] = gzip.compress(data, mtime=0), {"Content-Encoding": "gzip", **how.get("headers", {})}
        self.files[name] = s3.Object(data, **how)
        self.file_auth[name] = auth
        return f"{self.url}/files/{name}"

    def answer(self, request):
        name = request.decoded.removeprefix("/files/")
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405, "MethodNotAllowed", "Method Not Allowed")
        if not request.decoded.startswith("/files/") or name not in self.files:
            raise Refusal(404, "NotFound", "Not Found")
        want = self.file_auth[name] or self.auth or {}
        if any(request.header(header) != value for header, value in want.items()):
            scheme = want.get("authorization", "").split(" ")[0]
            raise Refusal(401, "Unauthorized", "Unauthorized", {"WWW-Authenticate": f'{scheme} realm="files"'} if scheme else None)
        return self._file(request, self.files[name])

    @staticmethod
    def _file(request, thing):
        headers = {"ETag": thing.etag, "Last-Modified": http_date(thing.modified), "Accept-Ranges": "bytes",
                   "Content-Type": "application/octet-stream", **thing.headers}
        if s3.unmodified(request, thing):
            return Response(304, headers={"ETag": thing.etag})
        status, start, end = s3.byte_range(request, thing, thing.size)
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{thing.size}"
        headers["Content-Length"] = end - start
        return Response(status, b"" if request.method == "HEAD" else thing.body(start, end - start), headers)


class Sink(Web):
    """Somebody else's server: answers 200 to everything and keeps what credentials arrived."""

    SECRET = ("authorization", "x-api-key", "cookie", "x-amz-security-token", "proxy-authorization")

    def __init__(self, body=b'{"object":"page","data":[],"has_more":false,"next_page":null}', tls=None):
        self.body = body
        super().__init__(tls)

    def answer(self, request):
        return Response(200, self.body, content_type="application/json")

    def credentials(self):
        """The names of the credential headers that came, one per occurrence."""
        return [name for entry in list(self.log) for name in self.SECRET if name in entry.headers]
