-- Campaigns: who is to be swept with what until when, and who was given a job of it.
-- A slot is a row of campaign_job whose lease has not run out and that has not ended:
-- nothing else is counted, so a lease that runs out gives its slot back by itself.

CREATE TABLE kit (
	id BIGINT PRIMARY KEY,
	digest BYTEA NOT NULL UNIQUE,
	name TEXT NOT NULL,
	version TEXT NOT NULL,
	manifest BYTEA NOT NULL,
	signed_ms BIGINT NOT NULL
);

-- One number that rises whenever a machine may have something to fetch: a check-in
-- compares it and looks no further.
CREATE TABLE campaign_epoch (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	epoch BIGINT NOT NULL
);

INSERT INTO campaign_epoch (one, epoch) VALUES (1, 1);

CREATE TABLE campaign (
	id BIGINT PRIMARY KEY,
	title TEXT NOT NULL,
	letter TEXT NOT NULL,
	unit BIGINT NOT NULL,
	classes BIGINT NOT NULL,
	kit BYTEA NOT NULL,
	options BIGINT NOT NULL,
	scope BYTEA NOT NULL,
	start_ms BIGINT NOT NULL,
	deadline_ms BIGINT NOT NULL,
	state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 5),
	halted BIGINT NOT NULL,
	live BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	site_concurrency BIGINT NOT NULL,
	rate BIGINT NOT NULL,
	lease_ms BIGINT NOT NULL,
	time_budget_ms BIGINT NOT NULL,
	cpu_percent BIGINT NOT NULL,
	memory_bytes BIGINT NOT NULL,
	breaker_cpu_ms BIGINT NOT NULL,
	cloned_from BIGINT,
	schedule BIGINT,
	created_by BIGINT NOT NULL,
	created_ms BIGINT NOT NULL,
	closed_ms BIGINT
);

CREATE INDEX campaign_state ON campaign (state, deadline_ms);
CREATE INDEX campaign_unit ON campaign (unit);

CREATE TABLE campaign_path (
	campaign BIGINT NOT NULL,
	place BIGINT NOT NULL,
	path BYTEA NOT NULL,
	PRIMARY KEY (campaign, place)
);

-- unit: where the machine was when it became a member.
CREATE TABLE member (
	campaign BIGINT NOT NULL,
	machine BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 5),
	lease_job BIGINT,
	lease_until_ms BIGINT NOT NULL,
	attempts BIGINT NOT NULL,
	added_ms BIGINT NOT NULL,
	left_ms BIGINT,
	PRIMARY KEY (campaign, machine)
);

CREATE INDEX member_machine ON member (machine, state);

CREATE TABLE campaign_job (
	id BIGINT PRIMARY KEY,
	campaign BIGINT NOT NULL,
	machine BIGINT NOT NULL,
	site BIGINT NOT NULL,
	given_ms BIGINT NOT NULL,
	until_ms BIGINT NOT NULL,
	ended_ms BIGINT,
	refused BIGINT,
	cpu_ms BIGINT
);

CREATE INDEX campaign_job_site ON campaign_job (site, until_ms);
CREATE INDEX campaign_job_machine ON campaign_job (machine, campaign);
CREATE INDEX campaign_job_given ON campaign_job (campaign, given_ms);

-- A campaign that is made again every so many days; what it is made of is a campaign.
CREATE TABLE schedule (
	id BIGINT PRIMARY KEY,
	model BIGINT NOT NULL,
	unit BIGINT NOT NULL,
	classes BIGINT NOT NULL,
	every_days BIGINT NOT NULL CHECK (every_days > 0),
	open_days BIGINT NOT NULL CHECK (open_days > 0),
	next_ms BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	ended_ms BIGINT
);
