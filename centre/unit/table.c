#include "centre/unit/table.h"

#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "centre/unit/day.h"
#include "centre/unit/name.h"
#include "centre/unit/unit_internal.h"
#include "format/csv.h"

#include <stdlib.h>
#include <string.h>

/* ---- complaints ---- */

enum rq_err unit_complain(struct unit_table *table, struct arena *arena, size_t line,
			  enum unit_wrong wrong, struct bytes text)
{
	const size_t shown = text.n < 80 ? text.n : 80;
	struct buffer visible = {0};
	const char *kept = NULL;

	table->n_wrong++;
	if (table->n_complaints >= CAP_UNIT_COMPLAINTS)
		return RQ_OK;
	encode_visible(&visible, (struct bytes){text.at, shown});
	if (buffer_ok(&visible))
		kept = arena_copy(arena, visible.data, visible.size);
	buffer_free(&visible);
	if (kept == NULL ||
	    !arena_grow(arena, (void **)&table->complaints, &table->complaint_capacity,
			table->n_complaints + 1, sizeof *table->complaints))
		return RQ_ERR_MEMORY;
	table->complaints[table->n_complaints++] =
	    (struct unit_complaint){line, wrong, kept};
	return RQ_OK;
}

const char *unit_wrong_text(enum unit_wrong wrong, bool in_english)
{
	static const char *const texts[N_UNIT_WRONGS][2] = {
	    [UNIT_WRONG_QUOTE] = {"dấu ngoặc kép không khớp", "a quote does not match"},
	    [UNIT_WRONG_FIELDS] = {"quá nhiều cột", "too many fields"},
	    [UNIT_WRONG_LONG] = {"ô quá dài", "a field is too long"},
	    [UNIT_WRONG_HEADER] = {"thiếu dòng tiêu đề có cột tên đơn vị",
				   "there is no header with a column of names"},
	    [UNIT_WRONG_COLUMN] = {"cột không nhận biết được hoặc bị lặp",
				   "a column that is not known, or is there twice"},
	    [UNIT_WRONG_TEXT] = {"không phải UTF-8 hoặc có ký tự ẩn",
				 "not UTF-8, or with hidden characters"},
	    [UNIT_WRONG_NAME] = {"thiếu tên đơn vị hoặc tên không hợp lệ",
				 "the name is missing or is none"},
	    [UNIT_WRONG_CODE] = {"mã không có dạng 000.00.16.H41 hoặc H41.16",
				 "the code is not like 000.00.16.H41 or H41.16"},
	    [UNIT_WRONG_KIND] = {"loại đơn vị không nhận biết được",
				 "the kind of unit is not known"},
	    [UNIT_WRONG_RANK] = {"số thứ tự không phải là số",
				 "the order is no number"},
	    [UNIT_WRONG_ANSWER] = {"cần ghi có hoặc không", "neither yes nor no"},
	    [UNIT_WRONG_DAY] = {"ngày không có dạng 20/12/2020",
				"the day is not like 20/12/2020"},
	    [UNIT_WRONG_ROWS] = {"bảng quá lớn", "the table is too large"},
	    [UNIT_WRONG_TWICE] =
		{"đơn vị hoặc mã này có ở dòng khác",
		 "the unit or its code stands on another line as well"},
	    [UNIT_WRONG_PARENT] = {"không tìm thấy đơn vị cấp trên",
				   "the unit above is not found"},
	    [UNIT_WRONG_SEVERAL] =
		{"có nhiều đơn vị cấp trên trùng tên: hãy ghi mã",
		 "the unit above may be one of several: give its code"},
	    [UNIT_WRONG_CHANGE] = {"không ghi nhận được thay đổi này",
				   "the units that are there do not allow it"},
	};

	return texts[wrong][in_english];
}

/* ---- columns ---- */

enum column {
	COLUMN_NAME,
	COLUMN_CODE,
	COLUMN_OTHER_CODE,
	COLUMN_PARENT,
	COLUMN_KIND,
	COLUMN_RANK,
	COLUMN_COUNTS_ONLY,
	COLUMN_FIRST_DAY,
	N_COLUMNS,
};

struct word {
	const char *folded;
	int meaning;
};

static const struct word columns[] = {
    {"ten", COLUMN_NAME},
    {"ten don vi", COLUMN_NAME},
    {"name", COLUMN_NAME},
    {"ma", COLUMN_CODE},
    {"ma don vi", COLUMN_CODE},
    {"ma dinh danh", COLUMN_CODE},
    {"code", COLUMN_CODE},
    {"ma khac", COLUMN_OTHER_CODE},
    {"ma cu", COLUMN_OTHER_CODE},
    {"other code", COLUMN_OTHER_CODE},
    {"cap tren", COLUMN_PARENT},
    {"don vi cap tren", COLUMN_PARENT},
    {"parent", COLUMN_PARENT},
    {"loai", COLUMN_KIND},
    {"kind", COLUMN_KIND},
    {"thu tu", COLUMN_RANK},
    {"rank", COLUMN_RANK},
    {"chi so lieu", COLUMN_COUNTS_ONLY},
    {"counts only", COLUMN_COUNTS_ONLY},
    {"tu ngay", COLUMN_FIRST_DAY},
    {"first day", COLUMN_FIRST_DAY},
};

/* Also the first words of names, the longer before those that they begin with. */
static const struct word kinds[] = {
    {"tinh", UNIT_PROVINCE},        {"province", UNIT_PROVINCE},
    {"so", UNIT_DEPARTMENT},        {"ban", UNIT_DEPARTMENT},
    {"thanh tra", UNIT_DEPARTMENT}, {"department", UNIT_DEPARTMENT},
    {"huyen", UNIT_DISTRICT},       {"quan", UNIT_DISTRICT},
    {"thi xa", UNIT_DISTRICT},      {"thanh pho", UNIT_DISTRICT},
    {"district", UNIT_DISTRICT},    {"xa", UNIT_COMMUNE},
    {"phuong", UNIT_COMMUNE},       {"thi tran", UNIT_COMMUNE},
    {"commune", UNIT_COMMUNE},      {"khac", UNIT_OTHER},
    {"other", UNIT_OTHER},
};

static const struct word answers[] = {
    {"co", 1}, {"x", 1}, {"yes", 1}, {"1", 1}, {"khong", 0}, {"no", 0}, {"0", 0},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What a folded text means; -1: nothing. */
static int meaning_of(const struct word *words, size_t n, struct bytes folded)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_equal_text(folded, words[i].folded))
			return words[i].meaning;
	return -1;
}

/* ---- reading ---- */

struct table_reader {
	struct csv csv;
	struct arena *arena;
	struct unit_table *table;
	size_t places[N_COLUMNS]; /* of each column, CAP_CSV_FIELDS: none */
	struct buffer folded, tidy;
	enum rq_err err;
};

static void complain(struct table_reader *r, enum unit_wrong wrong, struct bytes text)
{
	if (r->err == RQ_OK)
		r->err = unit_complain(r->table, r->arena, r->csv.line, wrong, text);
}

static void fold(struct table_reader *r, struct bytes text)
{
	enum rq_err err;

	buffer_clear(&r->folded);
	err = name_fold(text, &r->folded);
	if (err == RQ_ERR_MEMORY)
		r->err = err;
	if (err != RQ_OK)
		buffer_clear(&r->folded);
}

static void read_header(struct table_reader *r)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		r->places[i] = CAP_CSV_FIELDS;
	if (r->csv.fault != CSV_FINE)
		return;
	for (size_t i = 0; i < r->csv.n_fields; i++) {
		int column;

		if (r->csv.fields[i].n == 0)
			continue;
		fold(r, r->csv.fields[i]);
		column = meaning_of(columns, COUNT(columns), buffer_bytes(&r->folded));
		if (column < 0 || r->places[column] != CAP_CSV_FIELDS)
			complain(r, UNIT_WRONG_COLUMN, r->csv.fields[i]);
		else
			r->places[column] = i;
	}
}

static struct bytes cell(const struct table_reader *r, enum column column)
{
	return r->places[column] < r->csv.n_fields ? r->csv.fields[r->places[column]]
						   : (struct bytes){NULL, 0};
}

static const char *keep(struct table_reader *r, struct bytes text)
{
	const char *kept = arena_copy(r->arena, text.at, text.n);

	if (kept == NULL)
		r->err = RQ_ERR_MEMORY;
	return kept;
}

/* The tidy form of a text, or a complaint. */
static const char *read_text(struct table_reader *r, struct bytes text)
{
	enum rq_err err;

	buffer_clear(&r->tidy);
	err = name_tidy(text, &r->tidy);
	if (err == RQ_ERR_MEMORY)
		r->err = err;
	else if (err != RQ_OK)
		complain(r, err == RQ_ERR_LIMIT ? UNIT_WRONG_LONG : UNIT_WRONG_TEXT,
			 text);
	return err == RQ_OK ? keep(r, buffer_bytes(&r->tidy)) : "";
}

static const char *read_code(struct table_reader *r, struct bytes text)
{
	char tidy[CAP_UNIT_CODE + 1] = "";

	if (text.n > 0 && unit_code_form(text, tidy) == 0)
		complain(r, UNIT_WRONG_CODE, text);
	return keep(r, bytes_of(tidy));
}

static bool begins_with(struct bytes text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && memcmp(text.at, word, n) == 0 &&
	       (text.n == n || text.at[n] == ' ');
}

/* What the name begins with, when no kind is given. */
static enum unit_kind guess_kind(const char *folded)
{
	struct bytes name = bytes_of(folded);

	if (begins_with(name, "uy ban nhan dan") && name.n > 16)
		name = (struct bytes){name.at + 16, name.n - 16};
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (begins_with(name, kinds[i].folded))
			return (enum unit_kind)kinds[i].meaning;
	return UNIT_OTHER;
}

static enum unit_kind read_kind(struct table_reader *r, const char *folded_name)
{
	struct bytes text = cell(r, COLUMN_KIND);
	int kind;

	if (text.n == 0)
		return guess_kind(folded_name);
	fold(r, text);
	kind = meaning_of(kinds, COUNT(kinds), buffer_bytes(&r->folded));
	if (kind < 0)
		complain(r, UNIT_WRONG_KIND, text);
	return kind < 0 ? UNIT_OTHER : (enum unit_kind)kind;
}

static int64_t read_rank(struct table_reader *r)
{
	struct bytes text = cell(r, COLUMN_RANK);
	int64_t rank = (int64_t)r->table->n_rows + 1; /* as they stand */

	if (text.n > 0 && !unit_number_read(text, 9, &rank))
		complain(r, UNIT_WRONG_RANK, text);
	return rank;
}

static bool read_answer(struct table_reader *r)
{
	struct bytes text = cell(r, COLUMN_COUNTS_ONLY);
	int answer;

	if (text.n == 0)
		return false;
	fold(r, text);
	answer = meaning_of(answers, COUNT(answers), buffer_bytes(&r->folded));
	if (answer < 0)
		complain(r, UNIT_WRONG_ANSWER, text);
	return answer == 1;
}

static int64_t read_day(struct table_reader *r)
{
	struct bytes text = cell(r, COLUMN_FIRST_DAY);
	int64_t day = UNIT_DAY_OPEN;

	if (text.n > 0 && !unit_day_read(text, &day))
		complain(r, UNIT_WRONG_DAY, text);
	return day;
}

static void add_row(struct table_reader *r, const struct unit_row *row)
{
	struct unit_table *table = r->table;

	if (!arena_grow(r->arena, (void **)&table->rows, &table->row_capacity,
			table->n_rows + 1, sizeof *table->rows))
		r->err = RQ_ERR_MEMORY;
	else
		table->rows[table->n_rows++] = *row;
}

static void read_row(struct table_reader *r)
{
	const uint64_t n_wrong = r->table->n_wrong;
	struct unit_row row = {.line = r->csv.line};

	row.name = read_text(r, cell(r, COLUMN_NAME));
	row.parent = read_text(r, cell(r, COLUMN_PARENT));
	row.codes[0] = read_code(r, cell(r, COLUMN_CODE));
	row.codes[1] = read_code(r, cell(r, COLUMN_OTHER_CODE));
	if (r->err != RQ_OK)
		return;
	fold(r, bytes_of(row.name));
	if (r->folded.size == 0 && r->table->n_wrong == n_wrong)
		complain(r, UNIT_WRONG_NAME, bytes_of(row.name));
	row.folded = keep(r, buffer_bytes(&r->folded));
	if (r->err != RQ_OK)
		return;
	row.kind = read_kind(r, row.folded);
	row.rank = read_rank(r);
	row.counts_only = read_answer(r);
	row.first_day = read_day(r);
	if (r->err == RQ_OK && r->table->n_wrong == n_wrong)
		add_row(r, &row);
}

static void read_rows(struct table_reader *r)
{
	static const enum unit_wrong wrongs[] = {
	    [CSV_QUOTE] = UNIT_WRONG_QUOTE,
	    [CSV_FIELDS] = UNIT_WRONG_FIELDS,
	    [CSV_LONG] = UNIT_WRONG_LONG,
	};

	while (r->err == RQ_OK && csv_next(&r->csv)) {
		if (r->table->n_rows >= CAP_UNIT_ROWS) {
			complain(r, UNIT_WRONG_ROWS, (struct bytes){NULL, 0});
			return;
		}
		if (r->csv.fault != CSV_FINE)
			complain(r, wrongs[r->csv.fault], (struct bytes){NULL, 0});
		else
			read_row(r);
	}
}

enum rq_err unit_table_read(struct bytes text, struct arena *arena,
			    struct unit_table *table)
{
	struct table_reader r = {.arena = arena, .table = table};

	*table = (struct unit_table){0};
	if (text.n > CAP_UNIT_TABLE)
		return unit_complain(table, arena, 1, UNIT_WRONG_ROWS,
				     (struct bytes){NULL, 0});
	csv_open(&r.csv, text);
	if (csv_next(&r.csv))
		read_header(&r);
	else
		r.csv.line = 1; /* that is not there */
	if (r.csv.n_fields == 0 || r.places[COLUMN_NAME] >= CAP_CSV_FIELDS)
		complain(&r, UNIT_WRONG_HEADER, (struct bytes){NULL, 0});
	else
		read_rows(&r);
	if (r.err == RQ_OK && !csv_ok(&r.csv))
		r.err = RQ_ERR_MEMORY;
	csv_close(&r.csv);
	buffer_free(&r.folded);
	buffer_free(&r.tidy);
	return r.err;
}
