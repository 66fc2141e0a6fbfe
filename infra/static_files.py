"""The static files of the pages in S3, from where CloudFront serves them without running a function."""

from typing import Any

from chalicelib.api.pages import static_files
from chalicelib.api.route import FOREVER

FOLDER = "static/"
"""Of the bucket; it is the files' path on the dashboard, too."""


def upload(s3: Any, bucket: str) -> None:
    """Puts those that the bucket lacks into it. Their names have the hash of their content, so none ever changes.

    Files of earlier versions stay, for pages that were opened before and for a rollback.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=FOLDER)
    there = {item["Key"] for page in pages for item in page.get("Contents", [])}
    for name, file in static_files().items():
        if FOLDER + name not in there:
            s3.put_object(
                Bucket=bucket,
                Key=FOLDER + name,
                Body=file.body if isinstance(file.body, bytes) else file.body.encode(),
                ContentType=file.content_type,
                CacheControl=FOREVER.control,
            )
