"""The `alerts` table: rules, channels, events, and unsent messages.

items     the table's model and keys
ledgers   the item of a rule: packed text, written as a whole
records   archived events
alerts    `fleet.alerts.store.AlertStore` in DynamoDB
"""
