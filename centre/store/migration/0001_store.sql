-- What the store itself needs: which steps it has seen, and the next id to give.
-- A row more in store_id would be a second next id: the key holds it to one.

CREATE TABLE store_step (
	number BIGINT PRIMARY KEY,
	name TEXT NOT NULL,
	digest BYTEA NOT NULL
);

CREATE TABLE store_id (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	next BIGINT NOT NULL CHECK (next > 0)
);

INSERT INTO store_id (one, next) VALUES (1, 1);
