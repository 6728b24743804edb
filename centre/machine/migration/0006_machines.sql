-- The register of machines, what units declared, and the keys with which machines speak.
-- Days are local, counted from 1970-01-01; end_day is the day after the last, 2932897
-- (10000-01-01) where no end is known.

-- Of the unit itself, without those below it; holds until the next one.
CREATE TABLE declared (
	unit BIGINT NOT NULL REFERENCES unit (id),
	day BIGINT NOT NULL,
	number BIGINT NOT NULL CHECK (number >= 0),
	by_person BIGINT NOT NULL,
	noted_ms BIGINT NOT NULL,
	PRIMARY KEY (unit, day)
);

CREATE TABLE machine (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL,
	folded TEXT NOT NULL,
	asset_tag TEXT NOT NULL,
	serial TEXT NOT NULL,
	created_ms BIGINT NOT NULL
);
CREATE INDEX machine_asset_tag ON machine (asset_tag);
CREATE INDEX machine_serial ON machine (serial);
CREATE INDEX machine_folded ON machine (folded);

-- Where a machine is and as what; days of one machine do not overlap.  An exemption is a
-- class with an approver, and ends: the class before it follows.
CREATE TABLE machine_unit (
	machine BIGINT NOT NULL REFERENCES machine (id),
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	unit BIGINT NOT NULL REFERENCES unit (id),
	class BIGINT NOT NULL CHECK (class BETWEEN 1 AND 5),
	approver TEXT,
	by_person BIGINT NOT NULL,
	PRIMARY KEY (machine, first_day),
	CHECK (first_day < end_day),
	CHECK ((class = 5) = (approver IS NOT NULL)),
	CHECK (class <> 5 OR end_day < 2932897)
);
CREATE INDEX machine_unit_unit ON machine_unit (unit);

-- Why it cannot be swept; it stays in the denominator.
CREATE TABLE machine_reason (
	machine BIGINT NOT NULL REFERENCES machine (id),
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	reason BIGINT NOT NULL CHECK (reason BETWEEN 1 AND 5),
	by_person BIGINT NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (machine, first_day),
	CHECK (first_day < end_day AND end_day < 2932897)
);

-- Runs of days on which its agent spoke.
CREATE TABLE machine_seen (
	machine BIGINT NOT NULL REFERENCES machine (id),
	first_day BIGINT NOT NULL,
	end_day BIGINT NOT NULL,
	PRIMARY KEY (machine, first_day)
);

CREATE TABLE enrol_code (
	code_hash BYTEA PRIMARY KEY,
	unit BIGINT NOT NULL REFERENCES unit (id),
	machine BIGINT REFERENCES machine (id),
	uses_left BIGINT NOT NULL CHECK (uses_left >= 0),
	made_ms BIGINT NOT NULL,
	ends_ms BIGINT NOT NULL,
	by_person BIGINT NOT NULL
);

-- A key, which is who a machine is.  state: 1 waits for an officer, 2 bound, 3 revoked,
-- 4 spent: another took its place, or two machines spoke with it.
CREATE TABLE identity (
	key_hash BYTEA PRIMARY KEY,
	public_key BYTEA NOT NULL,
	machine BIGINT REFERENCES machine (id),
	unit BIGINT REFERENCES unit (id),
	state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 4),
	came_from BYTEA REFERENCES identity (key_hash),
	enrolled_ms BIGINT NOT NULL,
	ended_ms BIGINT,
	boot_id BYTEA,
	counter BIGINT NOT NULL,
	monotonic_ms BIGINT NOT NULL,
	n_back BIGINT NOT NULL,
	seen_ms BIGINT NOT NULL,
	neighbours_ms BIGINT NOT NULL,
	program TEXT NOT NULL,
	facts BYTEA NOT NULL,
	CHECK (state <> 2 OR machine IS NOT NULL)
);
CREATE INDEX identity_machine ON identity (machine);
CREATE INDEX identity_unit ON identity (unit);
CREATE INDEX identity_came_from ON identity (came_from);

-- Boots before the present one: whoever comes back to one was alive beside it.
CREATE TABLE identity_boot (
	key_hash BYTEA NOT NULL REFERENCES identity (key_hash),
	boot_id BYTEA NOT NULL,
	monotonic_ms BIGINT NOT NULL,
	seen_ms BIGINT NOT NULL,
	PRIMARY KEY (key_hash, boot_id)
);

CREATE TABLE identity_address (
	key_hash BYTEA NOT NULL REFERENCES identity (key_hash),
	address_hash BYTEA NOT NULL,
	PRIMARY KEY (key_hash, address_hash)
);
CREATE INDEX identity_address_hash ON identity_address (address_hash);

CREATE TABLE certificate (
	serial BYTEA PRIMARY KEY,
	key_hash BYTEA NOT NULL REFERENCES identity (key_hash),
	issued_ms BIGINT NOT NULL,
	not_before_ms BIGINT NOT NULL,
	not_after_ms BIGINT NOT NULL
);
CREATE INDEX certificate_key ON certificate (key_hash);

CREATE TABLE neighbour (
	unit BIGINT NOT NULL REFERENCES unit (id),
	address_hash BYTEA NOT NULL,
	by_machine BIGINT NOT NULL REFERENCES machine (id),
	first_ms BIGINT NOT NULL,
	seen_ms BIGINT NOT NULL,
	PRIMARY KEY (unit, address_hash)
);
