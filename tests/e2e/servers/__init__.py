"""Local servers that the end-to-end tests pull from: see web (faults, log), s3, aws_auth, provider, files, tls."""
from . import provider_data, tls
from .aws_auth import ContainerServer, ImdsServer, StsServer
from .files import FileServer, Sink, basic, bearer
from .provider import ProviderServer
from .s3 import S3Server
from .sigv4 import Keyring
from .web import Refusal, Response, Web, http_date

__all__ = ["ContainerServer", "FileServer", "ImdsServer", "Keyring", "ProviderServer", "Refusal", "Response", "S3Server", "Sink",
           "StsServer", "Web", "basic", "bearer", "http_date", "provider_data", "tls"]
