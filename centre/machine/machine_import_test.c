/* A table that somebody kept becomes the register, line by line. */
#include "centre/machine/machine_import.h"
#include "centre/machine/machine_scene.h"

#include <string.h>

/* "LINE:FAULT:TEXT" of each line that was told, and the totals. */
struct said {
	char text[1024];
};

static enum rq_err say(void *listener, const struct import_line *line)
{
	struct said *said = listener;
	size_t n = strlen(said->text);

	snprintf(said->text + n, sizeof said->text - n, "%zu:%d:%.*s ", line->line,
		 (int)line->fault, (int)line->text.n, (const char *)line->text.at);
	return RQ_OK;
}

static struct import_totals import(struct province *p, const struct unit_act *act,
				   const char *table, int64_t unit, struct said *said)
{
	struct import_totals totals;

	said->text[0] = 0;
	SCENE_OK(machine_import_csv(p->store, act, bytes_of(table), unit, act->today,
				    said, say, &totals, &scene_diag));
	return totals;
}

static const char good[] = "Tên máy;Mã tài sản;Số sê-ri;Đơn vị;Loại\r\n"
			   "MAY-01;TS-1;5CD1;Xã Long Ấn;máy ký số\r\n"
			   "MAY-02;;;xa long an;\r\n"
			   "MAY-02;;5CD3;Huyện Tây Mây;Máy chủ\r\n";

static enum rq_err count_classes(void *listener, const struct machine *machine)
{
	((int64_t *)listener)[machine->class]++;
	return RQ_OK;
}

static void a_table_becomes_the_register_once(void **state)
{
	struct province *p = province_open(state);
	int64_t classes[MACHINE_EXEMPT + 1] = {0};
	struct import_totals totals;
	struct said said;

	totals = import(p, &p->act, good, 0, &said);
	assert_string_equal(said.text, "");
	assert_int_equal(totals.n_added, 3);
	SCENE_OK(machine_list(p->store, &p->reach_top, p->top, 0, 10, classes,
			      count_classes, &scene_diag));
	assert_int_equal(classes[MACHINE_PC], 1);
	assert_int_equal(classes[MACHINE_SERVER], 1);
	assert_int_equal(classes[MACHINE_SIGNING], 1);
	/* the same table again */
	totals = import(p, &p->act, good, 0, &said);
	assert_int_equal(totals.n_added, 0);
	assert_int_equal(totals.n_known, 3);
	assert_int_equal(totals.n_wrong, 0);
	province_close(p);
}

static void each_line_says_what_is_wrong_in_it(void **state)
{
	static const char table[] = "name,asset tag,unit,class,phone\n"
				    "A,1,Xã Long Ấn,pc,x\n"
				    ",,Xã Long Ấn,,\n"
				    "B,2,Xã Không Có,,\n"
				    "C,3,Xã Long Ấn,exempt,\n"
				    "D,1,Huyện Tây Mây,,\n"
				    "\"E\"x,5,,,\n"
				    "F\x01,6,Xã Long Ấn,,\n"
				    "G,7,Xã Long Ấn,server,\n";
	struct province *p = province_open(state);
	struct import_totals totals;
	struct said said;
	char wanted[256];

	totals = import(p, &p->act, table, 0, &said);
	snprintf(wanted, sizeof wanted,
		 "1:%d:phone 3:%d:Xã Long Ấn 4:%d:Xã Không Có 5:%d:exempt 6:%d:1 7:%d: "
		 "8:%d:F\x01 ",
		 IMPORT_COLUMN, IMPORT_EMPTY, IMPORT_NO_UNIT, IMPORT_CLASS,
		 IMPORT_TAG_TAKEN, IMPORT_TABLE, IMPORT_TEXT);
	assert_string_equal(said.text, wanted);
	assert_int_equal(totals.n_added, 2);
	assert_int_equal(totals.n_wrong, 6);
	province_close(p);
}

static void a_unit_that_could_be_two_is_asked_for(void **state)
{
	struct province *p = province_open(state);
	const struct unit twin = {.parent = p->west,
				  .first_day = p->act.today,
				  .name = BYTES_LITERAL("Xã Long Ấn"),
				  .kind = UNIT_COMMUNE};
	const struct unit_act centre = {NULL, p->act.time_ms, p->act.today};
	struct import_totals totals;
	struct said said;
	char wanted[64];
	int64_t id;

	SCENE_OK(unit_add(p->store, &centre, &twin, &id, &scene_diag));
	totals = import(p, &p->act, "name,unit\nA,xa long an\n", 0, &said);
	snprintf(wanted, sizeof wanted, "2:%d:xa long an ", IMPORT_UNITS);
	assert_string_equal(said.text, wanted);
	/* I6: for whoever reaches one of them there is one */
	totals = import(p, &p->act_west, "name,unit\nA,xa long an\n", 0, &said);
	assert_int_equal(totals.n_added, 1);
	province_close(p);
}

static void a_table_without_units_is_of_one(void **state)
{
	struct province *p = province_open(state);
	struct import_totals totals;
	struct said said;
	char wanted[64];

	totals = import(p, &p->act_west, "Tên máy\nA\nB\n", p->west, &said);
	assert_int_equal(totals.n_added, 2);
	snprintf(wanted, sizeof wanted, "2:%d: ", IMPORT_NO_UNIT);
	(void)import(p, &p->act, "Tên máy\nC\n", 0, &said);
	assert_string_equal(said.text, wanted);
	snprintf(wanted, sizeof wanted, "1:%d:x 1:%d: ", IMPORT_COLUMN,
		 IMPORT_NO_COLUMNS);
	(void)import(p, &p->act, "x\nC\n", p->west, &said);
	assert_string_equal(said.text, wanted);
	assert_int_equal(
	    machine_import_csv(p->store, &p->act_west, BYTES_LITERAL("name\nC\n"),
			       p->east, p->act.today, &said, say, &totals, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	province_close(p);
}

static void every_fault_has_its_sentences(void **state)
{
	(void)state;
	for (int i = 0; i < N_IMPORT_FAULTS; i++) {
		assert_non_null(
		    import_fault_text((enum import_fault)i, IMPORT_VIETNAMESE));
		assert_non_null(
		    import_fault_text((enum import_fault)i, IMPORT_ENGLISH));
	}
}

STORE_TEST_MAIN(STORE_TESTS(a_table_becomes_the_register_once),
		STORE_TESTS(each_line_says_what_is_wrong_in_it),
		STORE_TESTS(a_unit_that_could_be_two_is_asked_for),
		STORE_TESTS(a_table_without_units_is_of_one),
		cmocka_unit_test(every_fault_has_its_sentences))
