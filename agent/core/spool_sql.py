"""The tables of the spool's file, and the statements on them."""

VERSION = 1
"""The version of the tables below. A file of another version is set aside."""

# `size` counts points and minutes. The triggers delete a source, and so its secret, with its last record.
TABLES = """
CREATE TABLE sources (
    source INTEGER PRIMARY KEY, secret TEXT NOT NULL, records INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE records (
    block INTEGER NOT NULL CHECK (typeof(block) = 'integer'),
    source INTEGER NOT NULL CHECK (typeof(source) = 'integer'),
    at INTEGER NOT NULL CHECK (typeof(at) = 'integer' AND at >= 0),
    kind INTEGER NOT NULL CHECK (typeof(kind) = 'integer'),
    size INTEGER NOT NULL CHECK (typeof(size) = 'integer'),
    packed BLOB NOT NULL CHECK (typeof(packed) = 'blob'),
    PRIMARY KEY (block, source, at, kind)
) WITHOUT ROWID;
CREATE TRIGGER added AFTER INSERT ON records BEGIN
    UPDATE sources SET records = records + 1, size = size + new.size WHERE source = new.source;
END;
CREATE TRIGGER changed AFTER UPDATE ON records BEGIN
    UPDATE sources SET size = size + new.size - old.size WHERE source = new.source;
END;
CREATE TRIGGER removed AFTER DELETE ON records BEGIN
    UPDATE sources SET records = records - 1, size = size - old.size WHERE source = old.source;
    DELETE FROM sources WHERE source = old.source AND records <= 0;
END;
"""

REMEMBER = """INSERT INTO sources (source, secret, records, size) VALUES (?, ?, 0, 0)
    ON CONFLICT (source) DO UPDATE SET secret = excluded.secret"""

FIND = "SELECT packed FROM records WHERE block = ? AND source = ? AND at = ? AND kind = ?"

PUT = """INSERT INTO records (block, source, at, kind, size, packed) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (block, source, at, kind) DO UPDATE SET size = excluded.size, packed = excluded.packed"""

# Compared with its content, as a record may have gained points since it was sent.
REMOVE = "DELETE FROM records WHERE block = ? AND source = ? AND at = ? AND kind = ? AND packed = ?"

NEXT = """SELECT source, at, kind, packed FROM records
    WHERE (block, source, at, kind) > (?, ?, ?, ?) AND block <= ? AND at < ? AND {sources} AND {kinds}
    ORDER BY block, source, at, kind"""
