"""The `series` table: minutes of servers and points of monitors, and what is rolled up from them.

See docs/decisions/0013-history.md for the layout and what it costs.
"""
