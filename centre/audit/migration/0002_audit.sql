-- One row for each act of a person; hash is over the one before and all of this row.
-- Numbers have no gaps.  The head stands beside them, so that a row taken from the end
-- is missed, and is what a key off the server signs.

CREATE TABLE audit_entry (
	number BIGINT PRIMARY KEY,
	time BIGINT NOT NULL,
	actor BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	event TEXT NOT NULL,
	fields BYTEA NOT NULL,
	hash BYTEA NOT NULL
);

CREATE INDEX audit_entry_unit ON audit_entry (unit, number);

CREATE TABLE audit_head (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	number BIGINT NOT NULL,
	hash BYTEA
);

INSERT INTO audit_head (one, number, hash) VALUES (1, 0, NULL);
