-- What came back: streams and how far they are known, sweeps, what they found, and what
-- became of it.

CREATE TABLE stream (
	machine BIGINT NOT NULL,
	stream BIGINT NOT NULL,
	class BIGINT NOT NULL,
	next_sequence BIGINT NOT NULL,
	chain BIGINT NOT NULL,
	n_missing BIGINT NOT NULL,
	n_dropped BIGINT NOT NULL,
	PRIMARY KEY (machine, stream)
);

-- The last ordinal of each job and class: the second filter.
CREATE TABLE job_told (
	machine BIGINT NOT NULL,
	job BIGINT NOT NULL,
	class BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	PRIMARY KEY (machine, job, class)
);

-- received_ms, end_ms and completed_ms are when the centre heard of it, so that a report
-- of a moment is the same for ever; started_ms and ended_ms are what the machine says.
CREATE TABLE sweep (
	id BIGINT PRIMARY KEY,
	campaign BIGINT,
	machine BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	evidence BIGINT NOT NULL CHECK (evidence BETWEEN 1 AND 3),
	job BIGINT,
	sweep_id BYTEA UNIQUE,
	received_ms BIGINT NOT NULL,
	end_ms BIGINT,
	completed_ms BIGINT,
	given_ms BIGINT,
	started_ms BIGINT NOT NULL,
	ended_ms BIGINT NOT NULL,
	time_unsure BIGINT NOT NULL,
	verdict BIGINT,
	n_seen BIGINT NOT NULL,
	n_scanned BIGINT NOT NULL,
	n_found BIGINT NOT NULL,
	n_findings BIGINT NOT NULL,
	n_come BIGINT NOT NULL,
	n_gaps BIGINT NOT NULL,
	cpu_ms BIGINT NOT NULL,
	content TEXT NOT NULL,
	kit BYTEA,
	summary BYTEA,
	tool TEXT NOT NULL,
	tool_version TEXT NOT NULL,
	file_hash BYTEA,
	confidence BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	UNIQUE (machine, job)
);

CREATE INDEX sweep_campaign ON sweep (campaign, machine);

-- What a sweep without a campaign of ours says it looked at; place 0 and no path: all.
CREATE TABLE sweep_path (
	sweep BIGINT NOT NULL,
	place BIGINT NOT NULL,
	path BYTEA NOT NULL,
	PRIMARY KEY (sweep, place)
);

CREATE TABLE gap_count (
	sweep BIGINT NOT NULL,
	reason BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (sweep, reason)
);

CREATE TABLE finding (
	id BIGINT PRIMARY KEY,
	sweep BIGINT NOT NULL,
	machine BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	digest BYTEA NOT NULL,
	kind BIGINT NOT NULL,
	class BIGINT NOT NULL,
	severity BIGINT NOT NULL,
	rule TEXT NOT NULL,
	name_space TEXT NOT NULL,
	path BYTEA NOT NULL,
	sha256 BYTEA,
	group_key BYTEA NOT NULL,
	at_ms BIGINT NOT NULL,
	received_ms BIGINT NOT NULL,
	line BYTEA NOT NULL
);

CREATE INDEX finding_sweep ON finding (sweep, ordinal);
CREATE INDEX finding_group_key ON finding (group_key, machine);

-- One content (or one name, where there is no content) over all machines.
CREATE TABLE finding_group (
	group_key BYTEA PRIMARY KEY,
	state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 7),
	kind BIGINT NOT NULL,
	rule TEXT NOT NULL,
	name_space TEXT NOT NULL,
	first_ms BIGINT NOT NULL,
	judged_by BIGINT,
	judged_ms BIGINT,
	reach BIGINT
);

CREATE INDEX finding_group_state ON finding_group (state, first_ms);

-- The same on one machine: where it stands now, and since when.
CREATE TABLE finding_case (
	group_key BYTEA NOT NULL,
	machine BIGINT NOT NULL,
	state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 6),
	since_ms BIGINT NOT NULL,
	PRIMARY KEY (group_key, machine)
);

CREATE INDEX finding_case_machine ON finding_case (machine, state);

-- How it came there; machine 0: a judgement of the whole group, state 0: a comment.
CREATE TABLE finding_state (
	id BIGINT PRIMARY KEY,
	group_key BYTEA NOT NULL,
	machine BIGINT NOT NULL,
	state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 7),
	at_ms BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	note TEXT NOT NULL
);

CREATE INDEX finding_state_group ON finding_state (group_key, machine, at_ms);

-- Receipts and inventories as they came, for whoever reads them.
CREATE TABLE told_record (
	id BIGINT PRIMARY KEY,
	machine BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	at_ms BIGINT NOT NULL,
	received_ms BIGINT NOT NULL,
	body BYTEA NOT NULL
);

CREATE INDEX told_record_machine ON told_record (machine, kind, received_ms);

-- Sealed results of which nobody knows yet whose they are.
CREATE TABLE waiting_result (
	id BIGINT PRIMARY KEY,
	campaign BIGINT,
	sweep_id BYTEA NOT NULL UNIQUE,
	digest BYTEA NOT NULL,
	facts BYTEA NOT NULL,
	content BYTEA NOT NULL,
	received_ms BIGINT NOT NULL,
	candidates BIGINT NOT NULL
);

-- What earlier results said of a machine, beside what the register has.
CREATE TABLE known_fact (
	machine BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (kind, value, machine)
);

-- What a unit declares on one page: the newest of each campaign and unit holds.
CREATE TABLE declared_sweep (
	id BIGINT PRIMARY KEY,
	campaign BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	done BIGINT NOT NULL CHECK (done >= 0),
	not_done BIGINT NOT NULL CHECK (not_done >= 0),
	found BIGINT NOT NULL CHECK (found >= 0),
	file_hash BYTEA,
	day BIGINT NOT NULL,
	received_ms BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	replaced_ms BIGINT
);

CREATE INDEX declared_sweep_campaign ON declared_sweep (campaign, unit);

-- The figures of a closed campaign, as they were.
CREATE TABLE campaign_figure (
	campaign BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	depth BIGINT NOT NULL,
	figure BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (campaign, unit, figure)
);
