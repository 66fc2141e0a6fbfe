"""The sort keys of the `series` table, by kind of item.

The partition key of an item of one server is the server's ID, that of an item of the whole fleet is FLEET. Each kind
has its own range of sort keys, so that one Query reads one kind of one server, in the order of time.

    kind                                    sort key
    minutes and points of ten minutes       Unix time // 600
    late marks                              LATE
    ten-minutes and hours of 12 hours       TEN_MINUTES, … + Unix time // 43,200
    days of a month                         DAYS, POINT_DAYS + months since the year 0
    fleet: spark, one step                  SPARK + Unix time // 300
    fleet: availability of a day            AVAILABILITY + Unix time // 86,400
    fleet: traffic of a period, a slice     TRAFFIC + Unix time // 43,200 * 1,000,000 + slice
    fleet: how far the rollup has come      CURSOR
    fleet: when monitors were reached       REACHED + Unix time // 86,400
    fleet: counters of states               COUNTERS + Unix time // 60
    fleet: traffic of plans' cycles, slice  CYCLES + slice
    fleet: traffic carried over by import   CARRIED + …, as TRAFFIC
    fleet: spark of monitors, one step      MONITOR_SPARKS, … + Unix time // its length
    fleet: certificate of a monitor         CERTIFICATES + its ID
"""

FLEET = 0
"""The partition key of items about the whole fleet; no server has this ID."""

SPAN = 600
"""Seconds in an item of minutes and points."""

LATE = 9_999_999
"""The late marks of a server. Every Query for recent minutes that goes up to this key returns them, too."""

PERIOD = 43_200
"""Seconds in a period, which is rolled up as a whole: half a UTC day."""

KIND = 100_000_000
"""A kind of tier or of the fleet's items has this many sort keys, beginning at a multiple of this number."""

TEN_MINUTES = 100_000_000
POINT_TEN_MINUTES = 200_000_000
HOURS = 300_000_000
POINT_HOURS = 400_000_000
"""Tiers of minutes and of points, by period: the key is one of these + Unix time // PERIOD."""

DAYS = 500_000_000
POINT_DAYS = 600_000_000
"""Tiers by month: the key is one of these + year * 12 + month - 1."""

SPARK = 100_000_000
AVAILABILITY = 200_000_000
CURSOR = 400_000_000
REACHED = 500_000_000
COUNTERS = 600_000_000
CYCLES = 700_000_000
MONITOR_SPARKS = 900_000_000
MONITOR_SPARKS_OF_A_LENGTH = 10_000_000
CERTIFICATES = 1_000_000_000
TRAFFIC = 1_000_000_000_000
CARRIED = 2_000_000_000_000
"""Kinds of the fleet's own items. The last two have more sort keys than KIND; sparks of monitors are divided by the
length of their steps."""
