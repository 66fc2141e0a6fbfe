"""AWS's list prices that what the project says of costs is worked out from, in US dollars.

Region us-east-1, on demand, without any free tier unless a name says so; of the time after DynamoDB's price cut of
November 2024. They were written down without AWS's pages at hand and are to be checked against them,
`https://aws.amazon.com/SERVICE/pricing/` of api-gateway, lambda, dynamodb, cloudfront and cloudwatch, before a decision
hangs on them. Nobody was billed by these figures yet.
"""

PUBLISHED = "2024-11"
REGION = "us-east-1"

MILLION = 1_000_000
GB = 1_000_000_000
MONTH_SECONDS = 30 * 24 * 3600

REST_REQUEST = 3.50 / MILLION
"""A request to API Gateway's REST API; the first 333 million of a month."""

LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND_ARM64 = 0.0000133334
"""Of memory that a function has while it runs, in GB of 1,024 MB."""
LAMBDA_GB_SECOND_X86_64 = 0.0000166667

WRITE_UNIT = 0.625 / MILLION
"""A write request unit: one write of up to 1 KB; a transaction takes two."""
READ_UNIT = 0.125 / MILLION
"""A read request unit: one strongly consistent read of up to 4 KB, or two others."""
TABLE_GB_MONTH = 0.25
"""The first 25 GB of an account and region are free."""
RECOVERY_GB_MONTH = 0.20
"""What point-in-time recovery keeps, by the tables' size."""

LOGS_GB = 0.50
"""Logs that are taken in."""
LOGS_GB_MONTH = 0.03
"""Logs that are kept, compressed."""
ALARM_MONTH = 0.10
"""A standard alarm; an account's first ten are free."""
METRIC_MONTH = 0.30
"""A metric of one's own; an account's first ten are free."""

CDN_REQUEST = 1.00 / MILLION
"""An HTTPS request to CloudFront in North America and Europe; the first 10 million of a month are free."""
CDN_FUNCTION = 0.10 / MILLION
"""A run of a CloudFront function; the first 2 million of a month are free."""
TRANSFER_GB = 0.09
"""Out to the internet from API Gateway; the first 100 GB of a month are free."""
