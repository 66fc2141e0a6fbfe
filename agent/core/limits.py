"""Limits that the reporter and the relay share. Times are in seconds."""

MINUTE = 60

KEPT_SECONDS = 24 * 3600 + 1800
"""How long a record waits to be sent. The dashboard accepts nothing older."""

SHORTEST_REPORT_INTERVAL, LONGEST_REPORT_INTERVAL = 1, 3600
SHORTEST_MONITOR_INTERVAL, LONGEST_MONITOR_INTERVAL = 10, 3600

SHORTEST_FLUSH, LONGEST_FLUSH = 1, 3600
"""Seconds between two sends of minutes and points."""

LONGEST_TARGET = 2048
"""Characters of a monitor's target."""

LARGEST_ID = 2**63 - 1
"""The largest number that fits in the spool."""

CONNECT_SECONDS, READ_SECONDS = 5, 15
"""How long a connection to the dashboard, and each read from it, may take."""

EXCHANGE_SECONDS = 30
"""How long a whole request and its answer may take: otherwise, a server that answers byte by byte could hold up a
sender forever. API Gateway gives up after 29 seconds.
"""

FOLLOW_AGAIN_SECONDS, FOLLOW_BUSY_SECONDS = 600, 60
"""How long reports go to the dashboard's own URL after the URL that it named failed, or was only busy."""

LONGEST_URL = 300
"""Characters of a URL for reports."""

ANSWER_BYTES = 8 * 1024 * 1024
"""The longest answer that is read."""

LONGEST_RETRY_AFTER = 600
"""How long a `Retry-After` can keep an agent silent."""

LONGEST_BACK_OFF = 60.0

LONGEST_MESSAGE = 300
"""Characters of a text in an answer that are shown."""

SEND_AGAIN_SECONDS = 24 * 3600
"""How often an unchanged host is sent again, in case the dashboard lost it."""

NOT_KEPT_SECONDS = 60
"""How long to wait before a host that the dashboard did not store is sent again."""

BOOT_TIME_JITTER_SECONDS = 5
"""Boot times are derived from the clock. When the clock is adjusted, they move by a second now and then."""

LATE_SECONDS = 5
"""A probe that is later than this had to wait, for a free worker or because the process stood still."""

CATCH_UP_SECONDS = 60
"""The time over which late probes are spread, to avoid a burst."""

MAKE_UP_SECONDS = 10
"""The time over which probes are spread that did not happen because the agent was away for a moment."""

SPOOL_MB = 500
"""The default maximum size of a spool."""

CLOCK_SET_BACK_SECONDS = 5
"""A minute that starts more than this far in the future was begun before the clock was set back."""

HOTTEST = 200.0
"""Degrees Celsius. No running machine is hotter, so a higher reading means that there is no sensor."""

SAMPLE_SECONDS = 4.0
"""Between two samples of a host: 15 a minute, and at least 12 on a busy host."""

JOURNAL_SECONDS = 4.0
"""How often the running minute is written to disk. Later data is lost if the process is killed."""

MINUTES_A_REPORT = 1440
"""The most minutes that the dashboard accepts in one report."""
