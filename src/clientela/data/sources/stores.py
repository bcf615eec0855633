"""The object stores: their file systems, with credentials from the environment, and their errors in one sentence."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from clientela.errors import InvalidData, InvalidInput

CONNECT_SECONDS = 10
ANSWER_SECONDS = 20
ATTEMPTS = 2
# What the libraries say, and what it means. Their own texts have request ids and addresses, and are not repeated.
REFUSED = (
    "ACCESS_DENIED|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|UNRECOGNIZED_CLIENT|EXPIRED_TOKEN",
    "UNAUTHENTICATED|PERMISSION_DENIED|invalid_grant|could not be opened",
    "AuthenticationFailed|AuthorizationFailure|AuthorizationPermissionMismatch|InvalidAuthenticationInfo",
    "NoAuthenticationInformation|PublicAccessNotPermitted|DefaultAzureCredential|Server failed to authenticate",
    "HTTP status 40[13]|40[13] (Forbidden|Unauthorized)",
)
SILENT = (
    "NETWORK_CONNECTION|UNAVAILABLE|DEADLINE_EXCEEDED|curlCode|resolve host|Timeout|timed out",
    "[Cc]ould ?n.t connect|Fail to get a new",
)
CAUSES = {
    "NO_SUCH_BUCKET|NoSuchBucket|ContainerNotFound": "the bucket does not exist",
    "|".join(
        REFUSED
    ): "access is refused. Check the credentials in the environment, and their right to list and to read",
    "PermanentRedirect|HTTP status 301|AuthorizationHeaderMalformed": "the bucket is in another region. Set AWS_REGION",
    "|".join(SILENT): "the server does not answer",
    "NOT_FOUND|NoSuchKey|BlobNotFound|No such file|does not exist": "it does not exist",
}


def open_store(scheme: str) -> Any:
    """The file system of an object store.

    Args:
        scheme: "s3", "gs" or "az".

    Returns:
        A file system of pyarrow. Nothing is asked of the server yet.

    Raises:
        InvalidInput: the environment does not say which account is meant (Azure).
    """
    makers: dict[str, Callable[[Any], Any]] = {"s3": _s3, "gs": _gs, "az": _az}
    try:
        from pyarrow import fs

        return makers[scheme](fs)
    except (ImportError, AttributeError) as error:
        raise InvalidData(f"The installed pyarrow reads no {scheme}:// addresses; pip install -U pyarrow.") from error


def cause_of(error: Exception) -> str:
    """Why an object cannot be read, without the library's text."""
    text = " ".join(str(error).split())
    known = next((cause for pattern, cause in CAUSES.items() if re.search(pattern, text)), None)
    return known or f"the store answers with an error ({_code(text) or type(error).__name__})"


def _code(text: str) -> str | None:
    found = re.search(r"AWS Error ([A-Z_]+)|Status\(([A-Z_]+)|Azure Error: \[?(\w+)|HTTP status (\d{3})", text)
    return next((code for code in found.groups() if code), None) if found else None


def _s3(fs: Any) -> Any:
    """Keys, sessions and profiles are found by the AWS SDK itself (AWS_ACCESS_KEY_ID, AWS_PROFILE, ...)."""
    options: dict[str, Any] = {}
    # The SDK knows the address of another server, but not that such servers have the bucket in the path.
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        options |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        options["region"] = region
    return fs.S3FileSystem(
        **options,
        anonymous=_is_set("AWS_NO_SIGN_REQUEST"),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def _gs(fs: Any) -> Any:
    """Application default credentials (GOOGLE_APPLICATION_CREDENTIALS, or those of the machine)."""
    options: dict[str, Any] = {}
    if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
        parts = urlsplit(emulator if "://" in emulator else f"http://{emulator}")
        options = {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    anonymous = bool(emulator) or _is_set("GS_NO_SIGN_REQUEST")
    return fs.GcsFileSystem(anonymous=anonymous, retry_time_limit=timedelta(seconds=ANSWER_SECONDS), **options)


def _az(fs: Any) -> Any:
    """A connection string, or an account with a key, a token, or Azure's own credentials (AZURE_CLIENT_ID, ...)."""
    given = _connection_string(os.environ.get("AZURE_STORAGE_CONNECTION_STRING", ""))
    account = given.get("AccountName") or _first("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
    if not account:
        raise InvalidInput(
            "The environment variable AZURE_STORAGE_ACCOUNT_NAME must name the account of az:// addresses. It is not "
            "set."
        )
    options: dict[str, Any] = {}
    if endpoint := given.get("BlobEndpoint"):
        parts = urlsplit(endpoint)
        options = {"blob_storage_authority": parts.netloc, "blob_storage_scheme": parts.scheme}
        options |= {"dfs_storage_authority": parts.netloc, "dfs_storage_scheme": parts.scheme}
    elif suffix := given.get("EndpointSuffix"):
        options = {"blob_storage_authority": f".blob.{suffix}", "dfs_storage_authority": f".dfs.{suffix}"}
    if key := given.get("AccountKey") or _first("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"):
        options["account_key"] = key
    elif token := given.get("SharedAccessSignature") or _first("AZURE_STORAGE_SAS_TOKEN"):
        options["sas_token"] = token
    return fs.AzureFileSystem(account, **options)


def _connection_string(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _first(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "yes", "true")
