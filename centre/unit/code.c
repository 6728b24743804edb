#include "bytes/cap.h"
#include "centre/unit/unit_internal.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* A for a letter, 0 for a digit, else itself; text goes on behind it. */
static bool fits(const char *text, const char *form)
{
	for (; *form != 0; text++, form++)
		if (*form == '0'   ? !is_digit(*text)
		    : *form == 'A' ? !is_letter(*text)
				   : *text != *form)
			return false;
	return true;
}

/* Circular 10/2016: V1V2V3.Z1Z2.Y1Y2.MX1X2. */
static bool is_old(const char *code)
{
	static const char form[] = "000.00.00.A00";

	return strlen(code) == sizeof form - 1 && fits(code, form);
}

/* Decision 20/2020: the code of level 1, then groups of letters and digits. */
static bool is_new(const char *code)
{
	if (!fits(code, "A00"))
		return false;
	for (code += 3; *code != 0;) {
		if (*code++ != '.' || !(is_digit(*code) || is_letter(*code)))
			return false;
		while (is_digit(*code) || is_letter(*code))
			code++;
	}
	return true;
}

enum code_form unit_code_form(struct bytes code, char *out)
{
	code = bytes_trim(code, BYTES_LITERAL(" \t"));
	out[0] = 0;
	if (code.n > CAP_UNIT_CODE)
		return 0;
	for (size_t i = 0; i < code.n; i++) {
		char c = (char)code.at[i];

		out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	out[code.n] = 0;
	if (strlen(out) != code.n)
		return 0;
	return is_old(out) ? CODE_OLD : is_new(out) ? CODE_NEW : 0;
}

static enum rq_err is_free(struct store *store, struct store_value code, int64_t unit,
			   int64_t day, struct rq_diag *diag)
{
	static const char sql[] = "SELECT count(*) FROM unit_code"
				  " WHERE code = $1 AND unit <> $2 AND end_day > $3";
	const struct store_value values[] = {code, store_number(unit),
					     store_number(day)};
	int64_t n = 0;
	enum rq_err err = store_ask_number(store, sql, values, 3, &n, diag);

	if (err == RQ_OK && n > 0)
		err =
		    rq_fail(diag, RQ_ERR_CONFLICT, NULL, "another unit has that code");
	return err;
}

/* The code of that form ends on day; one that began no earlier was never there. */
static enum rq_err end_form(struct store *store, int64_t unit, enum code_form form,
			    int64_t day, struct rq_diag *diag)
{
	static const char drop[] = "DELETE FROM unit_code WHERE unit = $1"
				   " AND form = $2 AND first_day >= $3";
	static const char end[] = "UPDATE unit_code SET end_day = $3 WHERE unit = $1"
				  " AND form = $2 AND end_day > $3";
	const struct store_value values[] = {store_number(unit), store_number(form),
					     store_number(day)};
	enum rq_err err = store_run(store, drop, values, 3, NULL, diag);

	return err == RQ_OK ? store_run(store, end, values, 3, NULL, diag) : err;
}

enum rq_err unit_give_code(struct store *store, const struct unit_act *act,
			   int64_t unit, struct bytes code, int64_t day,
			   struct rq_diag *diag)
{
	static const char sql[] =
	    "INSERT INTO unit_code (code, first_day, end_day, unit, form)"
	    " VALUES ($1, $2, $3, $4, $5)";
	char tidy[CAP_UNIT_CODE + 1];
	enum code_form form = unit_code_form(code, tidy);
	const struct store_value values[] = {
	    store_text(bytes_of(tidy)), store_number(day), store_number(DAY_FOREVER),
	    store_number(unit), store_number(form)};
	const struct audit_field fields[] = {{BYTES_LITERAL("day"), store_number(day)},
					     {BYTES_LITERAL("code"), values[0]}};
	enum rq_err err;

	if (form == 0)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a code is like 000.00.16.H41 or H41.16");
	err = unit_day_is_open(act, day, diag);
	if (err == RQ_OK)
		err = unit_stays(store, act, unit, day, diag);
	if (err == RQ_OK)
		err = is_free(store, values[0], unit, day, diag);
	if (err == RQ_OK)
		err = end_form(store, unit, form, day, diag);
	if (err == RQ_OK)
		err = store_run(store, sql, values, 5, NULL, diag);
	return err == RQ_OK
		   ? unit_note(store, act, unit, "unit.give_code", fields, 2, diag)
		   : err;
}
