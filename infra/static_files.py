"""Uploads the pages' static files to S3, from where CloudFront serves them without running a function."""

from typing import Any

from chalicelib.api.pages import static_files
from chalicelib.api.route import FOREVER

FOLDER = "static/"
"""The folder in the bucket. It is also the files' path on the dashboard."""


def upload(s3: Any, bucket: str) -> None:
    """Uploads the files that the bucket lacks. File names contain a hash of the content, so a file never changes.

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
