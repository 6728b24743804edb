#include "bytes/test.h"

#include "format/csv.h"

#include <string.h>

/* Rows as "line:field|field", one behind the other; a wrong one as "line!fault". */
static const struct {
	const char *name, *text, *rows;
} cases[] = {
    {"commas", "a,b\nc,d\n", "1:a|b 2:c|d "},
    {"semicolons", "a;b,c\nd;e\n", "1:a|b,c 2:d|e "},
    {"tabs", "a\tb\nc\t d\n", "1:a|b 2:c|d "},
    {"CRLF", "a,b\r\nc,d\r\n", "1:a|b 2:c|d "},
    {"a CR inside is kept", "a,b\rc\n", "1:a|b\rc "},
    {"no end of the last line", "a,b\nc,d", "1:a|b 2:c|d "},
    {"mark",
     "\xef\xbb\xbf"
     "a,b\n",
     "1:a|b "},
    {"quoted", "\"a,b\";\"c\"\"d\"\n", "1:a,b|c\"d "},
    {"quoted over lines", "\"a\nb\",c\nd,e\n", "1:a\nb|c 3:d|e "},
    {"blanks around quotes", " \"a\" , b \n", "1:a|b "},
    {"empty lines", "a\n\n , \r\n,,\nb\n", "1:a 5:b "},
    {"empty fields", "a,,\n,b,\n", "1:a|| 2:|b| "},
    {"a quote without its end", "\"a,b\nc,d\n", "1!1 2:c|d "},
    {"text behind a quote", "\"a\"b,c\nd,e\n", "1!1 2:d|e "},
    {"nothing", "", ""},
};

static void rows_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer out = {0};
		struct csv csv;

		csv_open(&csv, bytes_of(cases[i].text));
		while (csv_next(&csv)) {
			buffer_format(&out, "%zu%c", csv.line,
				      csv.fault == CSV_FINE ? ':' : '!');
			if (csv.fault != CSV_FINE)
				buffer_format(&out, "%d", csv.fault);
			for (size_t k = 0; k < csv.n_fields; k++) {
				buffer_text(&out, k > 0 ? "|" : "");
				buffer_put(&out, csv.fields[k].at, csv.fields[k].n);
			}
			buffer_text(&out, " ");
		}
		assert_true(csv_ok(&csv));
		csv_close(&csv);
		buffer_u8(&out, 0);
		if (strcmp((char *)out.data, cases[i].rows) != 0)
			fail_msg("%s: %s", cases[i].name, (char *)out.data);
		buffer_free(&out);
	}
}

static void too_much_is_told(void **state)
{
	struct buffer text = {0};
	struct csv csv;

	(void)state;
	for (size_t i = 0; i <= CAP_CSV_FIELDS; i++)
		buffer_text(&text, "a,");
	buffer_text(&text, "\n");
	for (size_t i = 0; i <= CAP_CSV_FIELD; i++)
		buffer_text(&text, "a");
	buffer_text(&text, ",b\nc,d\n");
	csv_open(&csv, buffer_bytes(&text));
	assert_true(csv_next(&csv));
	assert_int_equal(csv.fault, CSV_FIELDS);
	assert_true(csv_next(&csv));
	assert_int_equal(csv.fault, CSV_LONG);
	assert_true(csv_next(&csv));
	assert_int_equal(csv.fault, CSV_FINE);
	assert_int_equal(csv.line, 3);
	assert_false(csv_next(&csv));
	csv_close(&csv);
	buffer_free(&text);
}

TEST_MAIN(cmocka_unit_test(rows_are_read), cmocka_unit_test(too_much_is_told))
