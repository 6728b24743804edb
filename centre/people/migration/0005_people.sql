-- Accounts, and how they prove who they are.  Roles are in 0003_unit.

CREATE TABLE person (
	id BIGINT PRIMARY KEY,
	login TEXT NOT NULL,
	folded_login TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	phone TEXT NOT NULL,
	unit BIGINT NOT NULL REFERENCES unit (id),
	password TEXT,
	must_change BIGINT NOT NULL CHECK (must_change IN (0, 1)),
	totp BYTEA,
	totp_step BIGINT NOT NULL,
	created_ms BIGINT NOT NULL,
	ended_ms BIGINT,
	failures BIGINT NOT NULL,
	locked_until_ms BIGINT NOT NULL
);
CREATE INDEX person_unit ON person (unit);

-- SHA-256 of the certificate; whose it was stays known.
CREATE TABLE person_certificate (
	fingerprint BYTEA PRIMARY KEY,
	person BIGINT NOT NULL REFERENCES person (id),
	first_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	CHECK (first_ms < end_ms)
);
CREATE INDEX person_certificate_person ON person_certificate (person);

CREATE TABLE session (
	token_hash BYTEA PRIMARY KEY,
	person BIGINT NOT NULL REFERENCES person (id),
	begun_ms BIGINT NOT NULL,
	seen_ms BIGINT NOT NULL,
	ends_ms BIGINT NOT NULL,
	factor BIGINT NOT NULL CHECK (factor BETWEEN 1 AND 3)
);
CREATE INDEX session_person ON session (person);

CREATE TABLE api_token (
	id BIGINT PRIMARY KEY,
	hash BYTEA NOT NULL UNIQUE,
	person BIGINT NOT NULL REFERENCES person (id),
	scopes BIGINT NOT NULL,
	name TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	ends_ms BIGINT NOT NULL,
	used_ms BIGINT NOT NULL
);
CREATE INDEX api_token_person ON api_token (person);
