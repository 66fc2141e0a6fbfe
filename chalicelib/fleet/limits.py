"""Every limit, named once. docs/limits.md lists them for users.

Input from people that exceeds a limit is refused, and the message names the field. Input from machines is cut, so that
a host with a hundred sensors is still shown.
"""

BODY_BYTES = 1024 * 1024
"""The largest request body."""

ANSWER_BYTES = 6 * 1024 * 1024 - 64 * 1024
"""The largest answer body as JSON text. Lambda returns at most 6 MiB, envelope and escapes included."""

REPORTS = 100
"""Reports in one request."""

SERVERS = 20_000
"""Servers in one dashboard. A leaked token with the scope `register` cannot add more."""

SERVERS_EDITED = 50
SERVERS_DELETED = 20
"""Servers that one request may edit, all in one transaction, or delete, each in its own transaction."""

NAME_LENGTH = 128
TAG_LENGTH = 128
NOTE_LENGTH = 1024
"""Characters of a server's name, tag and note."""

PUBLIC_NOTE_LENGTH = 4096
"""Characters of a public note of v0, from which a plan is made."""

HOST_TEXT_LENGTH = 256
HOST_LIST_LENGTH = 64
"""Characters of a string, and entries of a list (CPU, GPU), in a host that an agent reports."""

HOST_BYTES = 4096
"""The largest host as stored. Larger ones are cut, because every answer for the status page contains all hosts."""

HOST_LIST_BYTES = 800
HOST_TEXT_LENGTH_CUT = 64
"""What is left of a list, in bytes, and of a string, in characters, in a host that must be cut. In the worst case of
six strings, two lists and four numbers that is less than HOST_BYTES."""

HOST_CHANGE_SECONDS = 60
"""Seconds at least between two changes of a server's host or address. Each is a transaction, after which readers reload
the server."""

TEMPERATURES = 64
TEMPERATURE_NAME_LENGTH = 64
"""Sensors in one state, and characters of a sensor's name."""

TEMPERATURES_BYTES = 16384
"""The size limit for the temperatures of a state, as JSON. Further sensors are left out: every kB of a state costs a
write unit with each report."""

UINT64 = 2**64 - 1
"""The largest whole number in a host or state report: v0's fields are unsigned 64-bit integers."""

DISPLAY_INDEX = 1_000_000_000
"""How far a display index may be from 0."""

REPORT_INTERVAL_LEAST = 10
REPORT_INTERVAL_MOST = 300
"""Seconds between two reports of an agent, as a deploy option and as a setting."""

LIVE_INTERVAL_LEAST = 2
LIVE_INTERVAL_MOST = 60
"""Seconds between two reports of an agent while somebody watches."""

WATCHED_SECONDS = 60
"""Seconds for which somebody counts as watching after a page has requested states."""

NOTE_SECONDS = 20
"""Seconds at least between two times that the dashboard stores that somebody is watching: each is a write."""

FLUSHES = (300, 600)
"""Seconds between two flushes of minutes and pings, as a setting. 600 costs half as much as 300."""

SLOW_INTERVAL = 90
"""The shortest report interval, in seconds, once a month has reached its cost ceiling. v0's clients show a server as
offline after 180 s."""

SLOW_FLUSH = 600
"""The shortest interval between flushes, in seconds, once a month has reached its cost ceiling."""

REPORT_SECONDS_LEAST = 1
REPORT_SECONDS_MOST = 3600
"""Seconds between two reports, as a sender may state in them. Other values are clamped to this range."""

AGE_MOST = 24 * 3600
"""Seconds since a relay last heard from an agent. Greater values count as this."""

MONITORS = 500
"""Monitors in one dashboard."""

MONITOR_INTERVAL_LEAST = 10
MONITOR_INTERVAL_MOST = 3600
"""Seconds between two probes of a monitor."""

TARGET_LENGTH = 253
"""Characters of a monitor's target: the longest name that DNS allows."""

URL_LENGTH = 2048
"""Characters of an http monitor's target."""

ISSUER_LENGTH = 128
"""Characters of the name of a certificate's issuer."""

CERTIFICATES_A_REQUEST = 100
"""Certificates of monitors that one request of agents can change; the others must be sent again."""

CERTIFICATES_A_RUN = 24
"""Certificates that one run of the scheduled function reads: 500 monitors take 21 of the 144 runs a day."""

CERTIFICATE_KEPT_SECONDS = 35 * 24 * 3600
"""How long a certificate is kept after it was last sent or read."""

LATE_SECONDS = 24 * 3600 + 1800
"""How late minutes and ping points are accepted."""

AHEAD_SECONDS = 60
"""How far a minute or a ping point may be ahead of the dashboard's clock."""

MINUTES_KEPT_SECONDS = 8 * 24 * 3600
"""How long minutes and ping points are kept."""

MINUTES_A_REPORT = 1440
"""Minutes in one report."""

SAMPLES_A_MINUTE = 10_000
"""Measurements that one minute may represent."""

PINGS_A_REPORT = 5000
"""Ping points in one report."""

PROBES_A_MINUTE = 10_000
"""Probes that one point may represent."""

DELAY_MOST = 1000.0
"""Milliseconds; a longer delay of an icmp or tcp monitor counts as this much, as in v0."""

HTTP_DELAY_MOST = 30_000.0
"""The same for an http monitor."""

PASSWORD_LENGTH_LEAST = 8
PASSWORD_LENGTH_MOST = 1024
"""Characters of the password."""

SESSION_SECONDS = 30 * 24 * 3600
"""How long a session lives after its last use."""

SESSION_SECONDS_MOST = 180 * 24 * 3600
"""How long a session lives at most, however often it is used."""

BROWSER_LENGTH = 256
"""Characters that are kept of a browser's `User-Agent` header."""

DEVICE_SECONDS = 400 * 24 * 3600
"""How long a device is known after signing in."""

EXPIRES_LAST = 253_402_300_799
"""The last second of the year 9999, the latest that a token may expire."""

ATTEMPTS = 10
ATTEMPTS_WINDOW_SECONDS = 900
"""Wrong passwords from one network, or one known device, in a window; further attempts wait for the window's end."""

CREDENTIAL_LENGTH = 256
"""Longest credential that is looked up. The dashboard's own have at most 32 characters; imported ones may be longer."""

CLOCK_SET_BACK_SECONDS = 300
"""If a state is older than the stored one by more than this, the sender's clock was set back."""

SECRET_CACHE_SECONDS = 15
"""How long a process may still accept an agent's secret after it was deleted or rotated."""

AUTHORIZER_CACHE_SECONDS = 60
"""How long API Gateway may still accept a token after it was deleted or has expired."""

REQUEST_SECONDS = 3.0
"""After this, no further call to the database starts, so that every request is answered within 5 seconds."""

CYCLE_INTERVAL_MOST = 1000
"""Units in one traffic cycle."""

RULES = 200
RULE_CONDITIONS = 10
CHANNELS = 100
"""Rules in one dashboard, conditions in one rule, and notification channels."""

RULE_SECONDS_MOST = 30 * 24 * 3600
"""Longest duration of a condition, and longest time between two reminders."""

RULE_TAGS = 100
RULE_MONITORS = 500
"""Tags that a rule names, and monitors that a condition names."""

CHANNEL_URL_LENGTH = 4096
CHANNEL_BODY_LENGTH = 16 * 1024
CHANNEL_HEADERS = 50
CHANNEL_HEADER_LENGTH = 4096
"""Characters of a channel's URL and body; its headers, and characters of a header's name or value."""

EVENTS_KEPT_SECONDS = 400 * 24 * 3600
"""How long an event is kept after it began."""

EVENTS_OPEN = 5000
"""Open events of one rule; for further servers, one begins when another has ended."""

EVENTS_OWED = 20_000
"""Events in all unsent messages of one rule; if there are more, the oldest messages are given up."""

EVENT_DELIVERIES = 50
"""Deliveries that are shown for one event, the last ones."""

EVENTS_AN_ANSWER = 100
EVENTS_IN_FEED = 50
"""Events in one answer."""

EVENTS_LOOKED_THROUGH = 500
"""How many ended events are searched, at most, for those that a guest may see."""

EVENTS_BESIDE_SERVERS = 500
"""Open events in the summary."""

EVALUATION_SECONDS = 60
"""How often rules are evaluated."""

DELIVERY_SECONDS = 10.0
"""After this, one attempt to deliver a message ends."""

DELIVERY_RUN_SECONDS = 35.0
"""After this, a run of the function that evaluates begins no further attempt: its time limit is 55 seconds."""

HEARTBEAT_SECONDS = 300
"""Seconds between two heartbeats to a channel."""

DELIVERY_TRIED_SECONDS = 24 * 3600
"""How long a message that cannot be delivered is tried again."""

DELIVERIES_AT_ONCE = 8
"""Messages that are sent at the same time."""

MESSAGE_LENGTH = 1900
"""Characters of one message; Discord takes 2,000."""

QUIET_WINDOWS = 21
"""Windows of quiet hours."""

PRICE_MOST = 10**9
CURRENCY_LENGTH = 8
"""Price of a plan, and characters of its currency."""

LOGO_BYTES = 32 * 1024
LOGO_PIXELS = 2048
LOGO_URL_LENGTH = 45_000
"""Bytes of the site's logo, pixels of a side of a PNG, and characters of its data URL."""

CSS_LENGTH = 16 * 1024
FOOTER_LENGTH = 500
"""Characters of the site's own style sheet, and of its footer."""

SITE_URL_LENGTH = 1024
"""Characters of the site's URL."""
