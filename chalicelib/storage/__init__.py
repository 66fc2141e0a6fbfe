"""Where everything is kept: DynamoDB, through PynamoDB. One file a table; docs/decisions/ says why they are so."""

from chalicelib.storage.store import DynamoStore

__all__ = ["DynamoStore"]
