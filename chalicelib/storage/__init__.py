"""Storage in DynamoDB, with PynamoDB's models: one module for each table. docs/decisions/ explains their layout."""

from chalicelib.storage.store import DynamoStore

__all__ = ["DynamoStore"]
