"""Local servers that the end-to-end tests pull from."""
from . import tls
from .s3 import S3Server
from .sigv4 import Keyring
from .web import Refusal, Response, Web, http_date

__all__ = ["Keyring", "Refusal", "Response", "S3Server", "Web", "http_date", "tls"]
