#include "centre/machine/neighbour.h"

#include "crypto/mac.h"
#include "sealed/sealed.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum rq_err hash_of(const struct machine_desk *desk, const uint8_t *link,
			   uint8_t *hash_out)
{
	uint8_t code[MAC_SIZE];
	struct mac *mac = NULL;
	enum rq_err err = mac_new(
	    (struct bytes){desk->address_secret, sizeof desk->address_secret}, &mac);

	if (err == RQ_OK)
		err = mac_add(mac, (struct bytes){link, NEIGHBOUR_LINK});
	if (err == RQ_OK)
		err = mac_finish(mac, code);
	mac_free(mac);
	if (err == RQ_OK)
		memcpy(hash_out, code, NEIGHBOUR_HASH);
	return err;
}

/* Of one device: no group, not all zeros (IEEE 802: the lowest bit of the first). */
static bool is_device(const uint8_t *link)
{
	static const uint8_t none[NEIGHBOUR_LINK];

	return (link[0] & 1) == 0 && memcmp(link, none, sizeof none) != 0;
}

static const char note_sql[] =
    "INSERT INTO neighbour (unit, address_hash, by_machine, first_ms, seen_ms)"
    " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (unit, address_hash) DO UPDATE SET"
    " by_machine = excluded.by_machine, seen_ms = excluded.seen_ms";
static const char asked_sql[] =
    "UPDATE identity SET neighbours_ms = $2 WHERE key_hash = $1";

enum rq_err neighbour_note(const struct machine_desk *desk,
			   const struct admission *admission,
			   const struct agent_neighbours *neighbours,
			   struct rq_diag *diag)
{
	const int64_t now = (int64_t)world_utc_ms(desk->world);
	const struct store_value asked[] = {
	    store_bytes((struct bytes){admission->key, KEY_ID}), store_number(now)};
	uint8_t hash[NEIGHBOUR_HASH];
	enum rq_err err;

	if (admission->state != ADMITTED || admission->unit == 0)
		return RQ_OK;
	err = store_run(desk->store, asked_sql, asked, COUNT(asked), NULL, diag);
	for (size_t i = 0; i < neighbours->n_rows && err == RQ_OK; i++) {
		const uint8_t *link = neighbours->rows[i].link;
		const struct store_value values[] = {
		    store_number(admission->unit),
		    store_bytes((struct bytes){hash, sizeof hash}),
		    store_number(admission->machine), store_number(now)};

		if (!is_device(link))
			continue;
		err = hash_of(desk, link, hash);
		if (err == RQ_OK)
			err = store_run(desk->store, note_sql, values, COUNT(values),
					NULL, diag);
	}
	return err;
}

/* ---- its own ---- */

static int digit_of(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "02:00:5e:10:00:01", also with hyphens. */
static bool read_link(struct bytes text, uint8_t *link_out)
{
	if (text.n != 3 * NEIGHBOUR_LINK - 1)
		return false;
	for (size_t i = 0; i < NEIGHBOUR_LINK; i++) {
		int high = digit_of(text.at[3 * i]), low = digit_of(text.at[3 * i + 1]);

		if (high < 0 || low < 0 ||
		    (i > 0 && text.at[3 * i - 1] != ':' && text.at[3 * i - 1] != '-'))
			return false;
		link_out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char own_sql[] =
    "INSERT INTO identity_address (key_hash, address_hash) VALUES ($1, $2)"
    " ON CONFLICT (key_hash, address_hash) DO NOTHING";

enum rq_err neighbour_note_own(const struct machine_desk *desk, const uint8_t *key,
			       struct bytes facts, struct rq_diag *diag)
{
	struct agent_fact list[CAP_SEALED_FACTS];
	uint8_t link[NEIGHBOUR_LINK], hash[NEIGHBOUR_HASH];
	size_t n = 0;
	enum rq_err err = identity_facts_read(facts, list, &n);

	for (size_t i = 0; i < n && err == RQ_OK; i++) {
		const struct store_value values[] = {
		    store_bytes((struct bytes){key, KEY_ID}),
		    store_bytes((struct bytes){hash, sizeof hash})};

		if (list[i].kind != FACT_ADDRESS || !read_link(list[i].text, link) ||
		    !is_device(link))
			continue;
		err = hash_of(desk, link, hash);
		if (err == RQ_OK)
			err = store_run(desk->store, own_sql, values, COUNT(values),
					NULL, diag);
	}
	return err;
}

static const char list_sql[] =
    "SELECT n.unit, count(*), CAST(sum(CASE WHEN EXISTS (SELECT 1"
    " FROM identity_address AS a JOIN identity AS i ON i.key_hash = a.key_hash"
    " WHERE a.address_hash = n.address_hash AND i.state = 2) THEN 0 ELSE 1 END)"
    " AS BIGINT) FROM unit_within AS w JOIN neighbour AS n ON n.unit = w.unit"
    " WHERE w.above = $5 AND w.first_day <= $4 AND w.end_day > $4 AND n.seen_ms >= $6"
    " AND " REACH_COVERS("n.unit") " GROUP BY n.unit ORDER BY n.unit";

enum rq_err neighbour_list(struct store *store, const struct reach *reach,
			   int64_t above, int64_t since_ms, void *listener,
			   enum rq_err (*told)(void *listener,
					       const struct neighbour_tally *tally),
			   struct rq_diag *diag)
{
	struct store_value values[REACH_VALUES + 2];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(above);
	values[REACH_VALUES + 1] = store_number(since_ms);
	err = store_ask(store, list_sql, values, COUNT(values), &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct neighbour_tally tally = {.unit = rows_number(rows, 0),
						      .n_seen = rows_number(rows, 1),
						      .n_unregistered =
							  rows_number(rows, 2)};

		err = told(listener, &tally);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
