-- Units in a tree of every day, who reaches which part of it, and since when.  Days are
-- counted from 1970-01-01, local; end_day is the day after the last, 2932897 (10000-01-01)
-- where no end is known.

CREATE TABLE unit (
	id BIGINT PRIMARY KEY,
	created_ms BIGINT NOT NULL
);

-- What holds of a unit from a day on; days of one unit do not overlap and have no gap.
CREATE TABLE unit_version (
	unit BIGINT NOT NULL REFERENCES unit (id),
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	parent BIGINT REFERENCES unit (id),
	name TEXT NOT NULL,
	folded TEXT NOT NULL,
	kind BIGINT NOT NULL CHECK (kind BETWEEN 1 AND 5),
	rank BIGINT NOT NULL,
	counts_only BIGINT NOT NULL CHECK (counts_only IN (0, 1)),
	PRIMARY KEY (unit, first_day),
	CHECK (first_day < end_day),
	CHECK (parent <> unit)
);
CREATE INDEX unit_version_parent ON unit_version (parent);
CREATE INDEX unit_version_folded ON unit_version (folded);

CREATE TABLE unit_code (
	code TEXT NOT NULL,
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	unit BIGINT NOT NULL REFERENCES unit (id),
	form BIGINT NOT NULL CHECK (form IN (1, 2)),
	PRIMARY KEY (code, first_day),
	CHECK (first_day < end_day)
);
CREATE INDEX unit_code_unit ON unit_code (unit);

CREATE TABLE unit_successor (
	unit BIGINT NOT NULL REFERENCES unit (id),
	successor BIGINT NOT NULL REFERENCES unit (id),
	day BIGINT NOT NULL,
	how BIGINT NOT NULL CHECK (how BETWEEN 1 AND 3),
	PRIMARY KEY (unit, successor, day)
);

-- Derived from unit_version: each unit with itself (depth 0) and all above it.
CREATE TABLE unit_within (
	unit BIGINT NOT NULL REFERENCES unit (id),
	above BIGINT NOT NULL REFERENCES unit (id),
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	depth BIGINT NOT NULL,
	PRIMARY KEY (unit, above, first_day),
	CHECK (first_day < end_day)
);
CREATE INDEX unit_within_above ON unit_within (above, unit);

-- What a person may do, in a unit and all below it.  kind is one bit of enum role_kind.
CREATE TABLE role (
	id BIGINT PRIMARY KEY,
	person BIGINT NOT NULL,
	kind BIGINT NOT NULL CHECK (kind IN (1, 2, 4, 8, 16)),
	unit BIGINT NOT NULL REFERENCES unit (id),
	first_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	CHECK (first_ms < end_ms)
);
CREATE INDEX role_person ON role (person);
