#include "centre/machine/identity.h"

#include "bytes/encoding.h"
#include "centre/unit/name.h"
#include "sealed/sealed.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What makers write where a number should be; the last is one SMBIOS UUID of a great many
 * boards. */
static const char *const empty_words[] = {
    "",
    "0",
    "na",
    "none",
    "notspecified",
    "notapplicable",
    "defaultstring",
    "systemserialnumber",
    "tobefilledbyoem",
    "oem",
    "123456789",
    "0123456789",
    "1234567890",
    "03000200040005000006000700080009",
};

struct wanted {
	struct bytes tag, serial;
	struct buffer name; /* folded */
};

/* By its letters and digits. */
static bool says_something(struct bytes text)
{
	char plain[48] = {0};
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80))
			continue;
		if (n == sizeof plain - 1)
			return true;
		plain[n++] = (char)c;
	}
	for (size_t i = 0; i < COUNT(empty_words); i++)
		if (strcmp(plain, empty_words[i]) == 0)
			return false;
	return true;
}

static enum rq_err take_facts(struct bytes raw, struct wanted *wanted)
{
	struct agent_fact facts[CAP_SEALED_FACTS];
	size_t n = 0;
	enum rq_err err = identity_facts_read(raw, facts, &n);

	for (size_t i = 0; i < n && err == RQ_OK; i++) {
		struct bytes text = facts[i].text;

		if (!utf8_valid(text) || !says_something(text))
			continue;
		if (facts[i].kind == FACT_ASSET_TAG ||
		    facts[i].kind == FACT_ASSET_TYPED)
			wanted->tag = text;
		else if (facts[i].kind == FACT_SERIAL)
			wanted->serial = text;
		else if (facts[i].kind == FACT_HOST_NAME && wanted->name.size == 0 &&
			 name_fold(text, &wanted->name) == RQ_ERR_MEMORY)
			err = RQ_ERR_MEMORY;
	}
	return err;
}

static const char fitting[] =
    "SELECT m.id, CASE WHEN m.asset_tag = $3 AND $3 <> '' THEN 1 ELSE 0 END,"
    " CASE WHEN m.serial = $4 AND $4 <> '' THEN 1 ELSE 0 END,"
    " CASE WHEN m.folded = $5 AND $5 <> '' THEN 1 ELSE 0 END,"
    " CASE WHEN EXISTS (SELECT 1 FROM identity AS i WHERE i.machine = m.id"
    " AND i.state = 2) THEN 1 ELSE 0 END"
    " FROM unit_within AS w JOIN machine_unit AS p ON p.unit = w.unit"
    " JOIN machine AS m ON m.id = p.machine"
    " WHERE w.above = $1 AND w.first_day <= $2 AND w.end_day > $2"
    " AND p.first_day <= $2 AND p.end_day > $2 AND ((m.asset_tag = $3 AND $3 <> '')"
    " OR (m.serial = $4 AND $4 <> '') OR (m.folded = $5 AND $5 <> ''))"
    " ORDER BY 2 DESC, 3 DESC, 4 DESC, 5, m.id LIMIT 16";

enum rq_err identity_candidates(struct store *store, int64_t unit, int64_t day,
				struct bytes facts, struct candidate *out,
				size_t *n_out, struct rq_diag *diag)
{
	struct wanted wanted = {0};
	struct store_rows *rows = NULL;
	enum rq_err err = take_facts(facts, &wanted);

	*n_out = 0;
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_number(unit), store_number(day), store_text(wanted.tag),
		    store_text(wanted.serial), store_text(buffer_bytes(&wanted.name))};

		err = store_ask(store, fitting, values, COUNT(values), &rows, diag);
	}
	while (err == RQ_OK && *n_out < CANDIDATES &&
	       (err = rows_next(rows, diag)) == RQ_OK)
		out[(*n_out)++] = (struct candidate){
		    .machine = rows_number(rows, 0),
		    .tag_fits = rows_number(rows, 1) == 1,
		    .serial_fits = rows_number(rows, 2) == 1,
		    .name_fits = rows_number(rows, 3) == 1,
		    .has_key = rows_number(rows, 4) == 1,
		};
	rows_free(rows);
	buffer_free(&wanted.name);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
