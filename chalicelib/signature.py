"""AWS's Signature Version 4 for the only kind of request that DynamoDB accepts: JSON that is posted to one path.

It takes 6 microseconds; botocore's signer takes 63. A test checks that both produce the same signature.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

SERVICE = "dynamodb"
ALGORITHM = "AWS4-HMAC-SHA256"


def authorization(
    access_key: str, secret_key: str, region: str, path: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The Authorization header. headers: those to sign, with lower-case names, including `x-amz-date` and `host`."""
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    request = f"POST\n{path}\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"
    at = headers["x-amz-date"]
    scope = f"{at[:8]}/{region}/{SERVICE}/aws4_request"
    text = f"{ALGORITHM}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_key(secret_key, at[:8], region), text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"


@lru_cache(maxsize=8)
def _key(secret_key: str, day: str, region: str) -> bytes:
    key = b"AWS4" + secret_key.encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
