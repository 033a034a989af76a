"""TLS for any of the servers: a certification authority made with the openssl command.

    authority = tls.Authority()
    with S3Server(tls=authority.context()) as s3:
        …    # s3.url is https://127.0.0.1:PORT; clients trust authority.ca_file

`wrap(server)` turns an already running server into a TLS one and returns the authority's file.
"""
import atexit
import pathlib
import shutil
import ssl
import subprocess
import tempfile

_default = []


class Authority:
    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="closebook-tls-", dir="/tmp"))
        if not folder:
            self.folder.chmod(0o755)
            atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.ca_file = str(self.folder / "ca.pem")
        self._contexts = 0
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key",
                      "-out", "ca.pem", "-days", "3650", "-subj", "/CN=closebook test CA", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.folder, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {args[0]}: {done.stderr.decode()}")

    def context(self, names=("DNS:localhost", "IP:127.0.0.1"), days=3650):
        """A server's ssl.SSLContext for a certificate with these names. Other names: for a certificate that does not fit."""
        self._contexts += 1
        name = f"server{self._contexts}"
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth\n"
                                                 "basicConstraints=CA:FALSE\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-out",
                      f"{name}.csr", "-subj", "/CN=closebook test server")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                      "-days", str(days), "-extfile", f"{name}.ext")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


def wrap(server, authority=None):
    """Makes a server speak TLS from now on → the path of the CA file that clients must trust."""
    if not authority:
        if not _default:
            _default.append(Authority())
        authority = _default[0]
    server.tls = authority.context()
    return authority.ca_file
