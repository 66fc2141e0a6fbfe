"""The AWS configuration file of the embedded DynamoDB: its address and the key of this start, in the data folder.

`python -m ops --stage local`, `chalice local --stage local`, the AWS CLI and every AWS SDK read it; see
.chalice/config.json.
"""

from pathlib import Path

from local import private_file

FILE = "aws-config"
PROFILE = "nezha-local"

_TEMPLATE = """\
# Written by python -m local at each start and removed when it stops.
[profile {profile}]
region = us-east-1
aws_access_key_id = {key}
aws_secret_access_key = {key}
endpoint_url = {url}
"""


def write(folder: Path, url: str, key: str) -> None:
    """Raises OSError."""
    private_file.write(folder / FILE, _TEMPLATE.format(profile=PROFILE, key=key, url=url))


def remove(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)
