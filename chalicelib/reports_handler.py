"""What Lambda loads for the function behind the function URL for reports."""

from chalicelib.config import Config
from chalicelib.reports_function import ReportsFunction
from chalicelib.storage import DynamoStore, connect

config = Config.from_environment()
handler = ReportsFunction(config, DynamoStore(config.table_prefix, connect.for_requests(config)))
