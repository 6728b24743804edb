#include "finding/finding.h"

#include <stdio.h>
#include <string.h>

/*
 * An empty folder is clean; objects or folders of which none was examined are not,
 * whatever the scope tolerates.  An archive with encrypted members was read but for these.
 */
static bool examined_nothing(const struct summary *summary)
{
	if (summary->n_processes_seen > 0 && summary->n_processes_scanned == 0)
		return true;
	return summary->n_scanned + summary->n_processes_scanned == 0 &&
	       (summary->n_seen > 0 || summary_gaps(summary) > 0) &&
	       summary->n_tolerated[GAP_ENCRYPTED] == 0;
}

enum verdict summary_verdict(const struct summary *summary)
{
	if (summary->n_findings > summary->n_look ||
	    summary->n_found > summary->n_only_look)
		return VERDICT_FOUND;
	if (summary_gaps(summary) > summary_tolerated(summary) || summary->stopped ||
	    summary->n_rules_refused > 0 || examined_nothing(summary))
		return VERDICT_UNKNOWN;
	return VERDICT_CLEAN;
}

uint64_t summary_gaps(const struct summary *summary)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_GAP_REASONS; i++)
		n += summary->n_gaps[i];
	return n;
}

uint64_t summary_tolerated(const struct summary *summary)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_GAP_REASONS; i++)
		n += summary->n_tolerated[i] < summary->n_gaps[i]
			 ? summary->n_tolerated[i]
			 : summary->n_gaps[i];
	return n;
}

int64_t days_of_date(int year, int month, int day)
{
	/* years that begin in March have their odd day at the end */
	int64_t y = year - (month <= 2), m = month + (month <= 2 ? 9 : -3);

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 -
	       719468;
}

/* The number of n digits; below zero when one of them is none. */
static int number_of(const char *digits, size_t n)
{
	int number = 0;

	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		number = number * 10 + digits[i] - '0';
	}
	return number;
}

bool summary_content_age(const struct summary *summary, int64_t *days_out)
{
	const char *date = summary->content_date;
	int year, month, day;

	*days_out = 0;
	if (date == NULL || strlen(date) != 10 || date[4] != '-' || date[7] != '-')
		return false;
	year = number_of(date, 4);
	month = number_of(&date[5], 2);
	day = number_of(&date[8], 2);
	if (year < 0 || month < 0 || day < 0)
		return false;
	*days_out =
	    (int64_t)(summary->started_ms / 86400000) - days_of_date(year, month, day);
	return true;
}

bool summary_content_is_old(const struct summary *summary)
{
	int64_t days, most = summary->max_content_age != 0 ? summary->max_content_age
							   : CONTENT_AGE_DAYS;

	return summary_content_age(summary, &days) && days > most;
}

/* One day is forgiven: the date has no zone. */
bool summary_clock_is_wrong(const struct summary *summary)
{
	int64_t days;

	return summary_content_age(summary, &days) && days < -1;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FOUND: return "found";
	case VERDICT_CLEAN: return "clean";
	case VERDICT_UNKNOWN: break;
	}
	return "unknown";
}

const char *finding_kind_name(enum finding_kind kind)
{
	static const char *const names[] = {
	    [FINDING_RULE] = "rule",         [FINDING_HASH] = "hash",
	    [FINDING_NAME] = "name",         [FINDING_HOST] = "host",
	    [FINDING_ARTEFACT] = "artefact", [FINDING_SIGNATURE] = "signature",
	    [FINDING_CLAMAV] = "clamav",
	};

	return names[kind];
}

const struct finding_meta *finding_meta(const struct finding *finding, const char *key)
{
	for (size_t i = 0; i < finding->n_metas; i++)
		if (bytes_equal_text(finding->metas[i].key, key))
			return &finding->metas[i];
	return NULL;
}

bool finding_has_tag(const struct finding *finding, const char *tag)
{
	for (size_t i = 0; i < finding->n_tags; i++)
		if (bytes_equal_text(finding->tags[i], tag))
			return true;
	return false;
}

/* Public rule sets count up to 100 and alert from there on. */
static enum severity severity_of_score(int64_t score)
{
	if (score >= 100)
		return SEVERITY_CRITICAL;
	if (score >= 80)
		return SEVERITY_HIGH;
	return score >= 60 ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

enum severity finding_severity(const struct finding *finding)
{
	static const char *const names[] = {"low", "medium", "high", "critical"};
	const struct finding_meta *meta = finding_meta(finding, "severity");

	for (size_t i = 0; meta != NULL && i < 4; i++)
		if (meta->kind == FINDING_META_TEXT &&
		    bytes_equal_text(meta->text, names[i]))
			return (enum severity)i;
	meta = finding_meta(finding, "score");
	if (meta != NULL && meta->kind == FINDING_META_INT)
		return severity_of_score(meta->integer);
	return SEVERITY_MEDIUM;
}

/* Whether it has a score, and none that counts: keys may repeat. */
static bool scores_are_low(const struct finding *finding)
{
	bool has_score = false;

	for (size_t i = 0; i < finding->n_metas; i++) {
		const struct finding_meta *meta = &finding->metas[i];

		if (!bytes_equal_text(meta->key, "score"))
			continue;
		if (meta->kind != FINDING_META_INT || meta->integer >= SCORE_COUNTS)
			return false;
		has_score = true;
	}
	return has_score;
}

enum finding_class finding_class(const struct finding *finding)
{
	if (scores_are_low(finding) && finding_severity(finding) == SEVERITY_LOW)
		return FINDING_LOOK;
	return finding_has_tag(finding, "unwanted") ? FINDING_UNWANTED : FINDING_COUNTS;
}

void finding_path_write(struct buffer *out, struct bytes path,
			const struct bytes *chain, size_t n_chain)
{
	buffer_put(out, path.at, path.n);
	for (size_t i = 0; i < n_chain; i++) {
		buffer_u8(out, '!');
		buffer_put(out, chain[i].at, chain[i].n);
	}
}
