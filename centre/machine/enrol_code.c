#include "centre/machine/enrol_code.h"

#include "centre/audit/audit.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* A prime below 2^15: powers of BASE are all different for 35 places, and differences of
 * symbols are smaller than it, so that the sum misses no single error and no exchange. */
enum { PRIME = 32749, BASE = 37, GROUP = 5 };

/* ---- the paper ---- */

static uint32_t check_of(const uint8_t *symbols)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < CODE_CHANCE + CODE_PRINT; i++)
		sum = (sum * BASE + symbols[i]) % PRIME;
	return sum;
}

/* The first 100 bits. */
static void spread_print(const uint8_t *fingerprint, uint8_t *symbols)
{
	uint32_t bits = 0, n_bits = 0;

	for (size_t i = 0; i < CODE_PRINT; i++) {
		if (n_bits < 5) {
			bits = bits << 8 | *fingerprint++;
			n_bits += 8;
		}
		n_bits -= 5;
		symbols[i] = bits >> n_bits & 31;
	}
}

void code_write(const uint8_t *chance, const uint8_t *fingerprint, char *text_out)
{
	uint8_t symbols[CODE_SYMBOLS];
	uint32_t check;

	for (size_t i = 0; i < CODE_CHANCE; i++)
		symbols[i] = chance[i] & 31;
	spread_print(fingerprint, symbols + CODE_CHANCE);
	check = check_of(symbols);
	for (size_t i = CODE_SYMBOLS; i-- > CODE_CHANCE + CODE_PRINT; check >>= 5)
		symbols[i] = check & 31;
	for (size_t i = 0; i < CODE_SYMBOLS; i++) {
		if (i > 0 && i % GROUP == 0)
			*text_out++ = '-';
		*text_out++ = alphabet[symbols[i]];
	}
	*text_out = 0;
}

/* 32: none. */
static uint8_t symbol_of(uint8_t c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	at = c == 0 ? NULL : strchr(alphabet, c);
	return at == NULL ? 32 : (uint8_t)(at - alphabet);
}

static bool take_symbols(struct bytes text, uint8_t *symbols)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t symbol;

		if (text.at[i] == '-' || text.at[i] == ' ')
			continue;
		symbol = symbol_of(text.at[i]);
		if (symbol == 32 || n == CODE_SYMBOLS)
			return false;
		symbols[n++] = symbol;
	}
	return n == CODE_SYMBOLS;
}

static enum rq_err hash_of(const uint8_t *symbols, uint8_t *hash_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err =
	    digest_of(DIGEST_SHA256, (struct bytes){symbols, CODE_CHANCE}, digest);

	memcpy(hash_out, digest, CODE_HASH);
	return err;
}

enum rq_err code_read(struct bytes text, const uint8_t *fingerprint, uint8_t *hash_out,
		      enum code_refusal *refusal_out)
{
	uint8_t symbols[CODE_SYMBOLS], print[CODE_PRINT];
	uint32_t check = 0;

	*refusal_out = CODE_MISTYPED;
	if (!take_symbols(text, symbols))
		return RQ_OK;
	for (size_t i = CODE_CHANCE + CODE_PRINT; i < CODE_SYMBOLS; i++)
		check = check << 5 | symbols[i];
	if (check != check_of(symbols))
		return RQ_OK;
	spread_print(fingerprint, print);
	*refusal_out = memcmp(print, symbols + CODE_CHANCE, sizeof print) == 0
			   ? CODE_GOOD
			   : CODE_OTHER;
	return hash_of(symbols, hash_out);
}

/* ---- the store ---- */

static const char add_code[] =
    "INSERT INTO enrol_code (code_hash, unit, machine, uses_left, made_ms, ends_ms,"
    " by_person) VALUES ($1, $2, $3, $4, $5, $6, $7)";

static enum rq_err check_order(struct store *store, const struct unit_act *act,
			       const struct code_order *order, struct rq_diag *diag)
{
	const int64_t longest = act->time_ms + CAP_CODE_DAYS * (int64_t)86400000;
	int64_t unit = order->unit;
	enum rq_err err = machine_reach_unit(store, act->by, order->unit, diag);

	if (err == RQ_OK && order->machine != 0)
		err = machine_reach(store, act->by, order->machine, act->today, &unit,
				    diag);
	if (err == RQ_OK && (unit != order->unit || order->n_uses < 1 ||
			     order->n_uses > CAP_CODE_USES ||
			     (order->machine != 0 && order->n_uses != 1)))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "a code is for 1 to %d machines of its unit, or for one "
			      "row of the register once",
			      CAP_CODE_USES);
	if (err == RQ_OK &&
	    (order->ends_ms <= act->time_ms || order->ends_ms > longest))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "a code ends, within %d days from now", CAP_CODE_DAYS);
	return err;
}

static enum rq_err note_code(struct store *store, const struct unit_act *act,
			     const struct code_order *order, const char *event,
			     struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("machine"), store_number(order->machine)},
	    {BYTES_LITERAL("uses"), store_number(order->n_uses)},
	    {BYTES_LITERAL("ends_ms"), store_number(order->ends_ms)}};
	const struct audit_event entry = {.time = act->time_ms,
					  .actor =
					      act->by == NULL ? 0 : act->by->person,
					  .unit = order->unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = COUNT(fields)};

	return audit_append(store, &entry, diag);
}

enum rq_err code_make(struct store *store, const struct unit_act *act,
		      const struct world *world, const uint8_t *fingerprint,
		      const struct code_order *order, char *text_out,
		      struct rq_diag *diag)
{
	uint8_t chance[CODE_CHANCE], hash[CODE_HASH];
	enum rq_err err = check_order(store, act, order, diag);

	text_out[0] = 0;
	if (err == RQ_OK)
		err = world_fill(world, chance, sizeof chance);
	for (size_t i = 0; i < sizeof chance; i++)
		chance[i] &= 31;
	if (err == RQ_OK)
		err = hash_of(chance, hash);
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_bytes((struct bytes){hash, sizeof hash}),
		    store_number(order->unit),
		    order->machine == 0 ? store_null() : store_number(order->machine),
		    store_number(order->n_uses),
		    store_number(act->time_ms),
		    store_number(order->ends_ms),
		    store_number(act->by == NULL ? 0 : act->by->person)};

		err = store_run(store, add_code, values, COUNT(values), NULL, diag);
	}
	if (err == RQ_OK)
		err = note_code(store, act, order, "machine.code", diag);
	if (err == RQ_OK)
		code_write(chance, fingerprint, text_out);
	secret_wipe(chance, sizeof chance);
	return err;
}

static const char find_code[] =
    "SELECT unit, machine, uses_left, ends_ms FROM enrol_code WHERE code_hash = $1";
static const char use_code[] =
    "UPDATE enrol_code SET uses_left = uses_left - 1 WHERE code_hash = $1";
static const char end_codes[] =
    "UPDATE enrol_code SET ends_ms = $2 WHERE unit = $1 AND ends_ms > $2";

enum rq_err code_find(struct store *store, const uint8_t *hash,
		      struct code_row *row_out, struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_bytes((struct bytes){hash, CODE_HASH})};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, find_code, values, COUNT(values), &rows, diag);

	*row_out = (struct code_row){0};
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*row_out =
		    (struct code_row){rows_number(rows, 0), rows_number(rows, 1),
				      rows_number(rows, 2), rows_number(rows, 3)};
	rows_free(rows);
	return err;
}

enum rq_err code_use(struct store *store, const uint8_t *hash, struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_bytes((struct bytes){hash, CODE_HASH})};

	return store_run(store, use_code, values, COUNT(values), NULL, diag);
}

enum rq_err code_end_all(struct store *store, const struct unit_act *act, int64_t unit,
			 struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(unit),
					     store_number(act->time_ms)};
	const struct code_order all = {.unit = unit, .ends_ms = act->time_ms};
	enum rq_err err = machine_reach_unit(store, act->by, unit, diag);

	if (err == RQ_OK)
		err = store_run(store, end_codes, values, COUNT(values), NULL, diag);
	return err == RQ_OK ? note_code(store, act, &all, "machine.code_end", diag)
			    : err;
}
