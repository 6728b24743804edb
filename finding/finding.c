#include "finding/finding.h"

#include <string.h>

enum verdict summary_verdict(const struct summary *summary)
{
	if (summary->n_findings > 0 || summary->n_found > 0)
		return VERDICT_FOUND;
	/* an empty folder is clean; objects of which none was examined are not */
	if (summary_gaps(summary) > 0 || summary->stopped ||
	    summary->n_rules_refused > 0 ||
	    (summary->n_scanned == 0 && summary->n_seen > 0))
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

void finding_path_write(struct buffer *out, struct bytes path,
			const struct bytes *chain, size_t n_chain)
{
	buffer_put(out, path.at, path.n);
	for (size_t i = 0; i < n_chain; i++) {
		buffer_u8(out, '!');
		buffer_put(out, chain[i].at, chain[i].n);
	}
}
