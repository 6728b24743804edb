#include "centre/machine/machine_import.h"

#include "centre/unit/name.h"
#include "format/csv.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const sentences[N_IMPORT_FAULTS][2] = {
    [IMPORT_KNOWN] = {"Máy này đã có trong sổ",
		      "This machine is in the register already"},
    [IMPORT_COLUMN] = {"Không hiểu tên cột này, cột được bỏ qua",
		       "This name of a column means nothing here; it was left out"},
    [IMPORT_NO_COLUMNS] = {"Dòng đầu phải có cột tên máy, mã tài sản hoặc số sê-ri",
			   "The first line must name a column for the name, the asset "
			   "tag or the serial number"},
    [IMPORT_TABLE] = {"Dòng này không đúng dạng CSV", "This line is not CSV"},
    [IMPORT_TEXT] = {"Nội dung quá dài hoặc có ký tự không đọc được",
		     "The text is too long, or has characters that cannot be read"},
    [IMPORT_EMPTY] = {"Thiếu cả tên máy, mã tài sản và số sê-ri",
		      "Name, asset tag and serial number are all missing"},
    [IMPORT_NO_UNIT] = {"Không tìm thấy đơn vị này", "There is no such unit"},
    [IMPORT_UNITS] = {"Có nhiều đơn vị trùng tên, hãy ghi mã đơn vị",
		      "Several units have that name; write the code of the unit"},
    [IMPORT_CLASS] = {"Không có loại máy này", "There is no such class of machine"},
    [IMPORT_TAG_TAKEN] = {"Một máy khác đã có mã tài sản này",
			  "Another machine has that asset tag"},
    [IMPORT_ROWS] = {"Bảng quá dài, phần còn lại chưa được đọc",
		     "The table is too long; the rest was not read"},
};

const char *import_fault_text(enum import_fault fault, enum import_language language)
{
	return sentences[fault][language];
}

/* ---- words ---- */

enum column { NAME, TAG, SERIAL, UNIT, CLASS, N_COLUMNS };

/* Folded, as name_fold gives them. */
struct word {
	const char *text;
	int meaning;
};

static const struct word column_words[] = {
    {"ten may", NAME},    {"ten may tinh", NAME},
    {"ten", NAME},        {"name", NAME},
    {"host name", NAME},  {"hostname", NAME},
    {"ma tai san", TAG},  {"so tai san", TAG},
    {"ma may", TAG},      {"asset tag", TAG},
    {"so se ri", SERIAL}, {"so seri", SERIAL},
    {"serial", SERIAL},   {"serial number", SERIAL},
    {"don vi", UNIT},     {"ma don vi", UNIT},
    {"unit", UNIT},       {"unit code", UNIT},
    {"loai", CLASS},      {"loai may", CLASS},
    {"class", CLASS},
};

static const struct word class_words[] = {
    {"may tinh", MACHINE_PC},
    {"may tram", MACHINE_PC},
    {"may de ban", MACHINE_PC},
    {"may xach tay", MACHINE_PC},
    {"pc", MACHINE_PC},
    {"laptop", MACHINE_PC},
    {"may chu", MACHINE_SERVER},
    {"server", MACHINE_SERVER},
    {"may ky so", MACHINE_SIGNING},
    {"signing", MACHINE_SIGNING},
    {"signing machine", MACHINE_SIGNING},
    {"may co lap", MACHINE_ISOLATED},
    {"co lap", MACHINE_ISOLATED},
    {"isolated", MACHINE_ISOLATED},
};

/* -1: none of them. */
static enum rq_err mean(struct bytes text, const struct word *words, size_t n,
			int *meaning_out)
{
	struct buffer folded = {0};
	enum rq_err err = name_fold(text, &folded);

	*meaning_out = -1;
	for (size_t i = 0; i < n && err == RQ_OK; i++)
		if (bytes_equal_text(buffer_bytes(&folded), words[i].text))
			*meaning_out = words[i].meaning;
	buffer_free(&folded);
	return err == RQ_ERR_MEMORY ? err : RQ_OK;
}

/* ---- one import ---- */

struct importing {
	struct store *store;
	const struct unit_act *act;
	int64_t unit, day;
	int columns[CAP_CSV_FIELDS]; /* enum column, or -1 */
	void *listener;
	enum rq_err (*told)(void *listener, const struct import_line *line);
	struct import_totals totals;
	size_t line;
	struct buffer tidy[N_COLUMNS]; /* the row's texts as they are stored */
	struct rq_diag *diag;
};

static enum rq_err tell(struct importing *importing, enum import_fault fault,
			struct bytes text)
{
	const struct import_line line = {importing->line, fault, text};

	if (fault == IMPORT_KNOWN)
		importing->totals.n_known++;
	else if (fault != IMPORT_COLUMN)
		importing->totals.n_wrong++;
	return importing->told(importing->listener, &line);
}

static enum rq_err read_top(struct importing *importing, const struct csv *csv,
			    bool *has_machine_out)
{
	enum rq_err err = RQ_OK;

	*has_machine_out = false;
	for (size_t i = 0; i < csv->n_fields && err == RQ_OK; i++) {
		err = mean(csv->fields[i], column_words, COUNT(column_words),
			   &importing->columns[i]);
		/* the first of a kind counts */
		for (size_t k = 0; k < i; k++)
			if (importing->columns[k] == importing->columns[i])
				importing->columns[i] = -1;
		if (importing->columns[i] >= NAME && importing->columns[i] <= SERIAL)
			*has_machine_out = true;
		if (err == RQ_OK && importing->columns[i] < 0 && csv->fields[i].n > 0)
			err = tell(importing, IMPORT_COLUMN, csv->fields[i]);
	}
	return err;
}

/* Tidies the texts of a row; *wrong_out is the first that cannot be, or n 0. */
static enum rq_err read_texts(struct importing *importing, const struct csv *csv,
			      bool *wrong_out, struct bytes *text_out)
{
	*wrong_out = false;
	for (size_t i = 0; i < N_COLUMNS; i++)
		buffer_clear(&importing->tidy[i]);
	for (size_t i = 0; i < csv->n_fields && !*wrong_out; i++) {
		const int column = importing->columns[i];
		enum rq_err err;

		if (column < 0 || csv->fields[i].n == 0)
			continue;
		err = name_tidy(csv->fields[i], &importing->tidy[column]);
		if (err == RQ_ERR_MEMORY)
			return err;
		*text_out = csv->fields[i];
		*wrong_out =
		    err != RQ_OK || importing->tidy[column].size > CAP_MACHINE_TEXT;
	}
	return RQ_OK;
}

static enum rq_err find_unit(struct importing *importing, int64_t *unit_out,
			     enum import_fault *fault_out)
{
	struct unit_found found = {.n = 0};
	struct bytes text = buffer_bytes(&importing->tidy[UNIT]);
	enum rq_err err;

	*unit_out = importing->unit;
	*fault_out = IMPORT_NO_UNIT;
	if (text.n == 0)
		return RQ_OK;
	*unit_out = 0;
	err = unit_find(importing->store, importing->act->by, text, &found,
			importing->diag);
	if (err == RQ_OK && found.n == 1 && !found.is_more)
		*unit_out = found.ids[0];
	else if (err == RQ_OK && found.n > 1)
		*fault_out = IMPORT_UNITS;
	return err == RQ_ERR_LIMIT || err == RQ_ERR_FORMAT ? RQ_OK : err;
}

/* A machine of that tag anywhere it may be asked for, or the very same in that unit. */
static const char same_machine[] =
    "SELECT count(*) FROM machine AS m JOIN machine_unit AS p ON p.machine = m.id"
    " WHERE p.unit = $1 AND p.first_day <= $2 AND p.end_day > $2 AND m.name = $3"
    " AND m.asset_tag = $4 AND m.serial = $5";
static const char same_tag[] =
    "SELECT count(*) FROM machine AS m JOIN machine_unit AS p ON p.machine = m.id"
    " WHERE m.asset_tag = $5 AND p.first_day <= $4 AND p.end_day > $4"
    " AND " REACH_COVERS("p.unit");

static enum rq_err look_for_same(struct importing *importing, int64_t unit,
				 bool *is_same_out, bool *is_taken_out)
{
	const struct store_value tag = store_text(buffer_bytes(&importing->tidy[TAG]));
	const struct store_value same[] = {
	    store_number(unit), store_number(importing->day),
	    store_text(buffer_bytes(&importing->tidy[NAME])), tag,
	    store_text(buffer_bytes(&importing->tidy[SERIAL]))};
	struct store_value taken[REACH_VALUES + 1];
	int64_t n_same = 0, n_taken = 0;
	enum rq_err err = store_ask_number(importing->store, same_machine, same,
					   COUNT(same), &n_same, importing->diag);

	reach_values(importing->act->by, taken);
	taken[REACH_VALUES] = tag;
	if (err == RQ_OK && importing->tidy[TAG].size > 0)
		err = store_ask_number(importing->store, same_tag, taken, COUNT(taken),
				       &n_taken, importing->diag);
	*is_same_out = n_same > 0;
	*is_taken_out = n_taken > 0;
	return err;
}

static enum rq_err add(struct importing *importing, int64_t unit,
		       enum machine_class class)
{
	const struct machine wanted = {.name = buffer_bytes(&importing->tidy[NAME]),
				       .asset_tag = buffer_bytes(&importing->tidy[TAG]),
				       .serial = buffer_bytes(&importing->tidy[SERIAL]),
				       .unit = unit,
				       .class = class,
				       .first_day = importing->day,
				       .end_day = DAY_FOREVER};
	int64_t id;
	enum rq_err err = machine_add(importing->store, importing->act, &wanted, &id,
				      importing->diag);

	importing->totals.n_added += err == RQ_OK;
	return err;
}

static enum rq_err import_row(struct importing *importing, const struct csv *csv)
{
	struct bytes text = {NULL, 0};
	enum import_fault fault;
	bool is_wrong, is_same, is_taken;
	int class = MACHINE_PC;
	int64_t unit;
	enum rq_err err;

	if (csv->fault != CSV_FINE)
		return tell(importing, IMPORT_TABLE, text);
	err = read_texts(importing, csv, &is_wrong, &text);
	if (err != RQ_OK)
		return err;
	if (is_wrong)
		return tell(importing, IMPORT_TEXT, text);
	if (importing->tidy[NAME].size + importing->tidy[TAG].size +
		importing->tidy[SERIAL].size ==
	    0)
		return tell(importing, IMPORT_EMPTY, text);
	if (importing->tidy[CLASS].size > 0)
		err = mean(buffer_bytes(&importing->tidy[CLASS]), class_words,
			   COUNT(class_words), &class);
	if (err == RQ_OK && class < 0)
		return tell(importing, IMPORT_CLASS,
			    buffer_bytes(&importing->tidy[CLASS]));
	if (err == RQ_OK)
		err = find_unit(importing, &unit, &fault);
	if (err == RQ_OK && unit == 0)
		return tell(importing, fault, buffer_bytes(&importing->tidy[UNIT]));
	if (err == RQ_OK)
		err = look_for_same(importing, unit, &is_same, &is_taken);
	if (err == RQ_OK && (is_same || is_taken))
		return tell(importing, is_same ? IMPORT_KNOWN : IMPORT_TAG_TAKEN,
			    buffer_bytes(&importing->tidy[is_same ? NAME : TAG]));
	return err == RQ_OK ? add(importing, unit, (enum machine_class) class) : err;
}

static enum rq_err import_rows(struct importing *importing, struct csv *csv)
{
	enum rq_err err = RQ_OK;

	for (size_t n = 0; err == RQ_OK && csv_next(csv); n++) {
		importing->line = csv->line;
		if (n == CAP_IMPORT_ROWS)
			return tell(importing, IMPORT_ROWS, (struct bytes){NULL, 0});
		err = import_row(importing, csv);
	}
	return err;
}

enum rq_err machine_import_csv(struct store *store, const struct unit_act *act,
			       struct bytes text, int64_t unit, int64_t day,
			       void *listener,
			       enum rq_err (*told)(void *listener,
						   const struct import_line *line),
			       struct import_totals *totals_out, struct rq_diag *diag)
{
	struct importing importing = {.store = store,
				      .act = act,
				      .unit = unit,
				      .day = day,
				      .listener = listener,
				      .told = told,
				      .line = 1,
				      .diag = diag};
	struct csv csv;
	bool has_machine = false;
	enum rq_err err = RQ_OK;

	*totals_out = (struct import_totals){0};
	if (act->by == NULL)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a table is imported by a person");
	if (text.n > CAP_IMPORT_FILE)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL,
			       "a table of machines has at most %u bytes",
			       CAP_IMPORT_FILE);
	if (unit != 0)
		err = machine_reach_unit(store, act->by, unit, diag);
	if (err != RQ_OK)
		return err;
	csv_open(&csv, text);
	if (csv_next(&csv) && csv.fault == CSV_FINE)
		err = read_top(&importing, &csv, &has_machine);
	if (err == RQ_OK && csv_ok(&csv))
		err = has_machine ? import_rows(&importing, &csv)
				  : tell(&importing, IMPORT_NO_COLUMNS,
					 (struct bytes){NULL, 0});
	if (err == RQ_OK && !csv_ok(&csv))
		err = RQ_ERR_MEMORY;
	csv_close(&csv);
	for (size_t i = 0; i < N_COLUMNS; i++)
		buffer_free(&importing.tidy[i]);
	*totals_out = importing.totals;
	return err;
}
