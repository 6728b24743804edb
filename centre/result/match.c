#include "centre/result/match.h"

#include "centre/result/line.h"
#include "centre/unit/name.h"

#include <string.h>

enum { CANDIDATES = 64 };

/* Strongest last: the greatest bit that fits any decides. */
enum strength { BY_NAME = 1, BY_ADDRESS = 2, BY_SERIAL = 4, BY_TAG = 8 };

struct candidate {
	int64_t machine;
	unsigned fits; /* enum strength */
};

struct matching {
	struct store *store;
	int64_t unit, day;
	struct candidate candidates[CANDIDATES];
	size_t n;
	bool is_more; /* a fact that fits so many tells nothing */
	unsigned asked;
	struct rq_diag *diag;
};

#define OF_SCOPE(machine_)                                                             \
	" AND ($2 = 0 OR EXISTS (SELECT 1 FROM machine_unit mu JOIN unit_within w"     \
	" ON w.unit = mu.unit AND w.above = $2 AND w.first_day <= $3"                  \
	" AND $3 < w.end_day WHERE mu.machine = " machine_                             \
	" AND mu.first_day <= $3 AND $3 < mu.end_day))"

static const char by_tag[] =
    "SELECT id FROM machine m WHERE asset_tag = $1" OF_SCOPE("m.id") " LIMIT 65";
/* Clones have one number: who was told apart from them has it as a known fact. */
static const char by_serial[] = "SELECT id FROM machine m WHERE serial = $1" OF_SCOPE(
    "m.id") " UNION SELECT machine FROM known_fact k WHERE kind = 4 AND value = "
	    "$1" OF_SCOPE("k.machine") " LIMIT 65";
static const char by_name[] =
    "SELECT id FROM machine m WHERE folded = $1" OF_SCOPE("m.id") " LIMIT 65";
static const char by_address[] =
    "SELECT machine FROM known_fact k WHERE kind = 6 AND value = $1" OF_SCOPE(
	"k.machine") " LIMIT 65";

/* Written by makers who had nothing to write. */
static const char *const no_serials[] = {"To be filled by O.E.M.",
					 "To Be Filled By O.E.M.",
					 "Default string",
					 "System Serial Number",
					 "Not Specified",
					 "None",
					 "0",
					 "123456789",
					 "Not Applicable"};

static bool says_something(struct bytes text)
{
	for (size_t i = 0; i < sizeof no_serials / sizeof *no_serials; i++)
		if (bytes_equal_text(text, no_serials[i]))
			return false;
	return text.n > 0;
}

static void add(struct matching *matching, int64_t machine, enum strength by)
{
	for (size_t i = 0; i < matching->n; i++)
		if (matching->candidates[i].machine == machine) {
			matching->candidates[i].fits |= by;
			return;
		}
	if (matching->n == CANDIDATES)
		matching->is_more = true;
	else
		matching->candidates[matching->n++] = (struct candidate){machine, by};
}

static enum rq_err ask(struct matching *matching, const char *sql, struct bytes text,
		       enum strength by)
{
	const struct store_value values[] = {store_text(text),
					     store_number(matching->unit),
					     store_number(matching->day)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(matching->store, sql, values, 3, &rows, matching->diag);

	matching->asked |= by;
	while (err == RQ_OK && (err = rows_next(rows, matching->diag)) == RQ_OK)
		add(matching, rows_number(rows, 0), by);
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err ask_name(struct matching *matching, struct bytes text)
{
	struct buffer folded = {0};
	enum rq_err err = name_fold(text, &folded);

	/* what is no name fits none */
	if (err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT)
		err = RQ_OK;
	else if (err == RQ_OK && folded.size > 0)
		err = ask(matching, by_name, buffer_bytes(&folded), BY_NAME);
	buffer_free(&folded);
	return err;
}

static enum rq_err ask_fact(struct matching *matching, const struct sealed_fact *fact)
{
	if (!line_is_text(fact->text))
		return RQ_OK;
	switch (fact->kind) {
	case FACT_ASSET_TAG:
	case FACT_ASSET_TYPED:
		return fact->text.n == 0 ? RQ_OK
					 : ask(matching, by_tag, fact->text, BY_TAG);
	case FACT_SERIAL:
		return says_something(fact->text)
			   ? ask(matching, by_serial, fact->text, BY_SERIAL)
			   : RQ_OK;
	case FACT_ADDRESS: return ask(matching, by_address, fact->text, BY_ADDRESS);
	case FACT_HOST_NAME: return ask_name(matching, fact->text);
	default: return RQ_OK;
	}
}

/* Leaves those that fit by. */
static void narrow(struct matching *matching, enum strength by)
{
	size_t n = 0, n_any = 0;

	for (size_t i = 0; i < matching->n; i++)
		n_any += (matching->candidates[i].fits & by) != 0;
	if (n_any == 0)
		return;
	for (size_t i = 0; i < matching->n; i++)
		if (matching->candidates[i].fits & by)
			matching->candidates[n++] = matching->candidates[i];
	matching->n = n;
}

static bool names_another(const struct matching *matching, int64_t machine,
			  enum strength by)
{
	bool fits = false, other = false;

	for (size_t i = 0; i < matching->n; i++) {
		if ((matching->candidates[i].fits & by) == 0)
			continue;
		fits |= matching->candidates[i].machine == machine;
		other |= matching->candidates[i].machine != machine;
	}
	return other && !fits;
}

static enum rq_err looks_like_a_clone(struct matching *matching,
				      const struct candidate *of, bool *clone_out)
{
	const struct store_value machine = store_number(of->machine);
	int64_t n = 0;
	enum rq_err err = RQ_OK;

	*clone_out = false;
	if ((matching->asked & BY_ADDRESS) == 0 ||
	    (of->fits & (BY_ADDRESS | BY_TAG)) != 0)
		return RQ_OK;
	err = store_ask_number(matching->store,
			       "SELECT count(*) FROM known_fact WHERE machine = $1"
			       " AND kind = 6",
			       &machine, 1, &n, matching->diag);
	*clone_out = n > 0;
	return err;
}

static int64_t confidence_of(unsigned fits)
{
	int64_t best = fits & BY_TAG       ? 90
		       : fits & BY_SERIAL  ? 80
		       : fits & BY_ADDRESS ? 70
					   : 40;

	/* a second fact that says the same */
	return (fits & (fits - 1)) != 0 ? best + 5 : best;
}

static enum rq_err decide(struct matching *matching, struct match *match)
{
	const struct matching all = *matching;
	static const enum strength order[] = {BY_TAG, BY_SERIAL, BY_ADDRESS, BY_NAME};
	bool is_clone = false;
	enum rq_err err;

	for (size_t i = 0; i < 4 && matching->n > 1; i++)
		narrow(matching, order[i]);
	match->n_candidates = (int64_t)matching->n;
	if (matching->n != 1 || matching->is_more)
		return RQ_OK;
	for (size_t i = 0; i < 3; i++)
		if (names_another(&all, matching->candidates[0].machine, order[i])) {
			match->n_candidates = (int64_t)all.n;
			return RQ_OK;
		}
	err = looks_like_a_clone(matching, &matching->candidates[0], &is_clone);
	if (err == RQ_OK && !is_clone) {
		match->machine = matching->candidates[0].machine;
		match->confidence = confidence_of(matching->candidates[0].fits);
	}
	return err;
}

enum rq_err match_facts(struct store *store, int64_t unit, int64_t day,
			const struct sealed_header *header, struct match *match_out,
			struct rq_diag *diag)
{
	struct matching matching = {
	    .store = store, .unit = unit, .day = day, .diag = diag};
	enum rq_err err = RQ_OK;

	_Static_assert(FACT_SERIAL == 4 && FACT_ADDRESS == 6, "as in the statements");
	*match_out = (struct match){0};
	for (size_t i = 0; i < header->n_facts && err == RQ_OK; i++)
		err = ask_fact(&matching, &header->facts[i]);
	return err == RQ_OK ? decide(&matching, match_out) : err;
}

enum rq_err match_learn(struct store *store, int64_t machine,
			const struct sealed_header *header, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < header->n_facts && err == RQ_OK; i++) {
		const struct store_value values[] = {
		    store_number(machine), store_number(header->facts[i].kind),
		    store_text(header->facts[i].text)};

		if ((header->facts[i].kind != FACT_ADDRESS &&
		     header->facts[i].kind != FACT_SERIAL) ||
		    !line_is_text(header->facts[i].text))
			continue;
		err = store_run(store,
				"INSERT INTO known_fact (machine, kind, value)"
				" VALUES ($1, $2, $3)"
				" ON CONFLICT (kind, value, machine) DO NOTHING",
				values, 3, NULL, diag);
	}
	return err;
}
