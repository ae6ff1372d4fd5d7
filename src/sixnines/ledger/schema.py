"""The tables of the ledger, their version, and the statements that add, roll up and read. Values only.

Minutes are kept for the newest hours; older ones are rolled up into hours: the sums, and for each hour which of its
minutes were up and which were down (`domain.availability.Marks`). So nothing is lost that windows or episodes need, and
the size has a bound. What is old is told by the order of the hours that hold something, not by the clock of the moment:
a clock that is wrong for a while removes nothing.
"""

from typing import Final

from sixnines.ledger import pending, spend_tables

APPLICATION_ID: Final = 0x36396C67  # "69lg": tells the file from other databases
VERSION: Final = 3
"""1: what came of requests. 2: what was spent as well. 3: what is not yet in its tables, beside them."""

MINUTE_HOURS: Final = 26
"""So many of the newest hours are kept minute by minute: the window of a day, and the hours that it only touches."""

HOURS: Final = 745
"""So many hours are kept in all: 31 days and one more."""

LIVES: Final = 10_000
"""So many processes are remembered."""

TABLES: Final = (
    "CREATE TABLE series (id INTEGER PRIMARY KEY, scope TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (scope, name))",
    """CREATE TABLE minutes (minute INTEGER NOT NULL, series INTEGER NOT NULL, cause TEXT NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (minute, series, cause)) WITHOUT ROWID""",
    """CREATE TABLE hours (hour INTEGER NOT NULL, series INTEGER NOT NULL, cause TEXT NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (hour, series, cause)) WITHOUT ROWID""",
    """CREATE TABLE marks (hour INTEGER NOT NULL, series INTEGER NOT NULL, up INTEGER NOT NULL,
        down INTEGER NOT NULL, PRIMARY KEY (hour, series)) WITHOUT ROWID""",
    """CREATE TABLE lives (id INTEGER PRIMARY KEY, began REAL NOT NULL, seen REAL NOT NULL, stopped INTEGER NOT NULL,
        jumped INTEGER NOT NULL)""",
    *spend_tables.TABLES,
    pending.TABLE,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

NEWER: Final = {
    1: (*spend_tables.TABLES, "PRAGMA user_version = 2"),
    2: (pending.TABLE, "PRAGMA user_version = 3"),
}
"""What makes a file of a version one of the next."""

# ---- adding

KNOW_SERIES: Final = "INSERT OR IGNORE INTO series (scope, name) VALUES (?, ?)"
SERIES_ID: Final = "SELECT id FROM series WHERE scope = ? AND name = ?"
ADD: Final = """INSERT INTO minutes (minute, series, cause, count) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count"""
LIVE: Final = """INSERT INTO lives (id, began, seen, stopped, jumped) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen), stopped = excluded.stopped"""

# ---- rolling up

# A window's minutes as the marks of their hours: which is also what is kept of them.
_MARKED: Final = """SELECT minute / 60 AS hour, series, sum((bad < good) << (minute % 60)) AS up,
        sum((bad >= good) << (minute % 60)) AS down
    FROM (SELECT minute, series, sum(iif(cause = '', count, 0)) AS good, sum(iif(cause = '', 0, count)) AS bad
        FROM minutes WHERE minute >= :first AND minute < :end GROUP BY minute, series)
    GROUP BY hour, series"""

OLDEST_MINUTE_HOUR: Final = f"""SELECT minute / 60 AS hour FROM minutes GROUP BY hour
    ORDER BY hour DESC LIMIT 1 OFFSET {MINUTE_HOURS - 1}"""
OLDEST_HOUR: Final = f"SELECT hour FROM hours GROUP BY hour ORDER BY hour DESC LIMIT 1 OFFSET {HOURS - 1}"

ROLL_UP: Final = (
    """INSERT INTO hours (hour, series, cause, count)
        SELECT minute / 60 AS hour, series, cause, sum(count) FROM minutes WHERE minute >= :first AND minute < :end
            GROUP BY hour, series, cause
        ON CONFLICT DO UPDATE SET count = count + excluded.count""",
    # `WHERE true` tells the parser that what follows is no join. A minute that was down for one part of it was down.
    f"""INSERT INTO marks (hour, series, up, down) SELECT hour, series, up, down FROM ({_MARKED}) WHERE true
        ON CONFLICT DO UPDATE SET down = down | excluded.down,
            up = (up | excluded.up) & ~(down | excluded.down)""",
    "DELETE FROM minutes WHERE minute >= :first AND minute < :end",
)
PRUNE: Final = (
    "DELETE FROM hours WHERE hour < :oldest",
    "DELETE FROM marks WHERE hour < :oldest",
)
PRUNE_LIVES: Final = f"""DELETE FROM lives WHERE began <
    (SELECT began FROM lives ORDER BY began DESC LIMIT 1 OFFSET {LIVES - 1})"""

# ---- reading: minutes from :first to before :end, and the hours from :hour to before :end_hour that were rolled up

TOTALS: Final = """SELECT scope, name, cause, total FROM
    (SELECT series, cause, sum(count) AS total FROM
        (SELECT series, cause, count FROM minutes WHERE minute >= :first AND minute < :end
        UNION ALL SELECT series, cause, count FROM hours WHERE hour >= :hour AND hour < :end_hour)
    GROUP BY series, cause) JOIN series ON series.id = series"""

# By slots of :hours hours; with a :name, of what bears it, in whatever scope.
SLOTS: Final = """SELECT scope, name, slot, cause, total FROM
    (SELECT series, slot, cause, sum(count) AS total FROM
        (SELECT series, minute / (60 * :hours) AS slot, cause, count FROM minutes
            WHERE minute >= :first AND minute < :end
        UNION ALL SELECT series, hour / :hours, cause, count FROM hours WHERE hour >= :hour AND hour < :end_hour)
    WHERE :name IS NULL OR series IN (SELECT id FROM series WHERE name = :name)
    GROUP BY series, slot, cause) JOIN series ON series.id = series ORDER BY series, slot"""

MINUTES: Final = """SELECT minute, cause, count FROM minutes WHERE minute >= :first AND minute < :end
    AND series = (SELECT id FROM series WHERE scope = :scope AND name = :name) ORDER BY minute"""

# Of those who were down for a minute at least, attempts and probes of a provider taken together: of all others there is
# no downtime to tell.
MARKS: Final = f"""WITH marked AS MATERIALIZED (
        {_MARKED} UNION ALL SELECT hour, series, up, down FROM marks WHERE hour >= :hour AND hour < :end_hour)
    SELECT series, scope, name, hour, up, down FROM marked JOIN series ON series.id = series
        WHERE name IN (SELECT name FROM series WHERE id IN (SELECT series FROM marked WHERE down <> 0))
    ORDER BY series, hour"""
BLAMES: Final = """SELECT scope, name, minute, minute + 1, cause, count FROM minutes JOIN series ON series.id = series
        WHERE minute >= :first AND minute < :end AND cause <> '' AND series IN (SELECT value FROM json_each(:series))
    UNION ALL SELECT scope, name, hour * 60, hour * 60 + 60, cause, count FROM hours JOIN series ON series.id = series
        WHERE hour >= :hour AND hour < :end_hour AND cause <> '' AND series IN (SELECT value FROM json_each(:series))"""
LIVES_OF: Final = """SELECT began, seen, stopped, jumped FROM lives WHERE seen >= :start
    UNION SELECT * FROM (SELECT began, seen, stopped, jumped FROM lives WHERE seen < :start ORDER BY seen DESC LIMIT 1)
    ORDER BY began, seen"""
OLDEST_LIFE: Final = "SELECT min(began) FROM lives"
