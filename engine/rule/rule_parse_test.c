/* What the tree of a good rule looks like. */
#include "engine/rule/rule_test.h"

static const struct expr *condition_of(const struct parsed *p)
{
	assert_int_equal(p->err, RQ_OK);
	return p->set->rules[p->set->n_rules - 1]->condition;
}

static void a_rule_keeps_its_tags_metadata_and_strings(void **state)
{
	struct parsed p =
	    parse("private rule r : x y {\n"
		  "  meta: a = \"t\\x41\" b = -3 c = true\n"
		  "  strings: $t = \"a\\x00\\n\" wide xor(1-2) $h = { 01 } $_r = /x/i\n"
		  "  condition: $t or $h }",
		  NULL);
	const struct rule *r;

	(void)state;
	assert_int_equal(p.err, RQ_OK);
	r = p.set->rules[0];
	assert_true(r->is_private && !r->is_global);
	assert_int_equal(r->n_tags, 2);
	assert_string_equal(r->tags[1], "y");
	assert_true(bytes_equal_text(r->metas[0].text, "tA"));
	assert_int_equal(r->metas[1].integer, -3);
	assert_int_equal(r->metas[2].kind, META_BOOL);
	assert_int_equal(r->strings[0].text.n, 3);
	assert_int_equal(r->strings[0].flags, STRING_WIDE | STRING_XOR);
	assert_int_equal(r->strings[0].xor_max, 2);
	assert_int_equal(r->strings[1].kind, STRING_HEX);
	assert_int_equal(r->strings[1].flags, STRING_ASCII);
	assert_true(r->strings[2].regex->nocase);
	parsed_free(&p);
}

static void constants_are_folded(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
	    {"2 + 3 * 4", 14},   {"(2 + 3) * 4", 20},
	    {"-7 \\ 2", -3},     {"-7 % 3", -1},
	    {"1 << 64", 0},      {"-1 >> 1", -1},
	    {"~0", -1},          {"1 | 2 ^ 3 & 4", 3},
	    {"0x10 + 0o17", 31}, {"1KB + 1MB", 1049600},
	    {"-1 >> 64", 0},     {"10 - 2 - 3", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[128];
		struct parsed p;
		const struct expr *e;

		snprintf(text, sizeof text, "rule r { condition: filesize == %s }",
			 cases[i].text);
		p = parse(text, NULL);
		e = condition_of(&p);
		assert_int_equal(e->op, EXPR_EQ);
		assert_int_equal(e->kids[1]->op, EXPR_CONSTANT);
		assert_int_equal(e->kids[1]->value.integer, cases[i].value);
		parsed_free(&p);
	}
}

static void chains_are_one_node_and_bind_as_in_libyara(void **state)
{
	struct parsed p =
	    parse("rule r { condition: filesize > 1 or not filesize > 2 and "
		  "filesize > 3 or (filesize > 4 or zero) }",
		  NULL);
	const struct expr *e = condition_of(&p);

	(void)state;
	assert_int_equal(e->op, EXPR_OR);
	assert_int_equal(e->n_kids, 4);
	assert_int_equal(e->kids[1]->op, EXPR_AND);
	assert_int_equal(e->kids[1]->kids[0]->op, EXPR_NOT);
	assert_int_equal(e->kids[1]->kids[0]->kids[0]->op, EXPR_GT);
	assert_int_equal(e->kids[3]->op, EXPR_TRUTH);
	assert_int_equal(e->kids[3]->kids[0]->op, EXPR_EXTERNAL);
	parsed_free(&p);
}

static void sets_are_indexes(void **state)
{
	struct parsed p =
	    parse("rule r1 { condition: true } rule r2 { condition: true }\n"
		  "rule r { strings: $a1 = \"abcd\" $a2 = \"efgh\" $b = "
		  "\"ijkl\" condition: 50% of ($b, $a*) and any of (r1, r2) "
		  "and all of them at 5 and 2 of them in (1..9) }",
		  NULL);
	const struct expr *e = condition_of(&p);

	(void)state;
	assert_int_equal(e->kids[0]->quantifier, QUANTIFIER_PERCENT);
	assert_int_equal(e->kids[0]->n_set, 3);
	assert_int_equal(e->kids[0]->set[0], 2);
	assert_int_equal(e->kids[0]->set[1], 0);
	assert_true(e->kids[1]->set_is_rules);
	assert_int_equal(e->kids[1]->set[1], 1);
	assert_int_equal(e->kids[2]->op, EXPR_OF_AT);
	assert_int_equal(e->kids[2]->n_kids, 1);
	assert_int_equal(e->kids[3]->op, EXPR_OF_IN);
	assert_int_equal(e->kids[3]->n_kids, 3);
	parsed_free(&p);
}

static void loops_have_slots(void **state)
{
	struct parsed p =
	    parse("import \"pe\" rule r { condition: for any s in pe.sections : (\n"
		  "for all i in (1..3) : (s.raw_data_size == i)) and\n"
		  "for 2 k, v in pe.version_info : (k == v) }",
		  NULL);
	const struct expr *e = condition_of(&p), *inner, *equal;

	(void)state;
	assert_int_equal(p.set->rules[0]->n_slots, 2);
	assert_int_equal(e->kids[0]->op, EXPR_FOR_ARRAY);
	assert_string_equal(e->kids[0]->field->name, "sections");
	inner = e->kids[0]->kids[0];
	assert_int_equal(inner->op, EXPR_FOR_RANGE);
	assert_int_equal(inner->index, 1);
	equal = inner->kids[2];
	assert_int_equal(equal->kids[0]->op, EXPR_FIELD);
	assert_int_equal(equal->kids[0]->kids[0]->op, EXPR_VARIABLE);
	assert_int_equal(equal->kids[0]->kids[0]->index, 0);
	assert_int_equal(equal->kids[1]->index, 1);
	assert_int_equal(e->kids[1]->op, EXPR_FOR_DICT);
	assert_int_equal(e->kids[1]->index, 0);
	equal = e->kids[1]->kids[1];
	assert_int_equal(equal->kids[0]->index, 1);
	assert_int_equal(equal->kids[1]->kids[0]->type, VALUE_TEXT);
	assert_int_equal(equal->kids[1]->kids[0]->index, 1);
	parsed_free(&p);
}

static void a_rule_that_names_itself_is_false(void **state)
{
	struct parsed p = parse("rule r { condition: r }", NULL);
	const struct expr *e = condition_of(&p);

	(void)state;
	assert_int_equal(e->op, EXPR_CONSTANT);
	assert_int_equal(e->value.integer, 0);
	parsed_free(&p);
}

/* ---- includes and name spaces ---- */

static enum rq_err reader(void *wanted, const char *path, struct arena *arena,
			  struct bytes *text_out)
{
	(void)arena;
	if (strcmp(path, "rules/loop.yar") == 0)
		*text_out = BYTES_LITERAL("include \"loop.yar\"");
	else if (strcmp(path, wanted) == 0)
		*text_out = BYTES_LITERAL("rule inner { condition: true }");
	else
		return RQ_ERR_NOT_FOUND;
	return RQ_OK;
}

static enum rq_err include_from(const char *file, const char *text, const char *wanted,
				const char *message)
{
	const struct rule_options options = {
	    .include = reader, .include_reader = (void *)(uintptr_t)wanted};
	struct parsed p = parse("", NULL);
	enum rq_err err =
	    rule_parse(p.set, NULL, file, bytes_of(text), &options, &p.report);

	if (message != NULL)
		assert_string_equal(p.report.messages[0].text, message);
	parsed_free(&p);
	return err;
}

static void includes_are_relative_to_their_file(void **state)
{
	static const char text[] = "include \"b/x.yar\" rule r { condition: inner }";

	(void)state;
	assert_int_equal(include_from("rules/a.yar", text, "rules/b/x.yar", NULL),
			 RQ_OK);
	assert_int_equal(include_from("a.yar", text, "b/x.yar", NULL), RQ_OK);
	assert_int_equal(
	    include_from("a.yar", text, "other", "can't open include file: b/x.yar"),
	    RQ_ERR_RULE);
	assert_int_equal(include_from("rules/a.yar", "include \"loop.yar\"", "",
				      "includes circular reference"),
			 RQ_ERR_RULE);
}

static void name_spaces_do_not_see_each_other(void **state)
{
	const struct rule_options options = {0};
	struct parsed p = parse("import \"hash\" rule r { condition: true }", NULL);

	(void)state;
	assert_int_equal(rule_parse(p.set, "b", "b.yar",
				    BYTES_LITERAL("rule r { condition: false }"),
				    &options, &p.report),
			 RQ_OK);
	assert_int_equal(p.set->n_rules, 2);
	assert_int_equal(p.set->rules[1]->name_space, 1);
	assert_int_equal(
	    rule_parse(p.set, "c", "c.yar",
		       BYTES_LITERAL("rule s { condition: r or hash.md5(0, 1) "
				     "== \"\" }"),
		       &options, &p.report),
	    RQ_ERR_RULE);
	parsed_free(&p);
}

TEST_MAIN(cmocka_unit_test(a_rule_keeps_its_tags_metadata_and_strings),
	  cmocka_unit_test(constants_are_folded),
	  cmocka_unit_test(chains_are_one_node_and_bind_as_in_libyara),
	  cmocka_unit_test(sets_are_indexes), cmocka_unit_test(loops_have_slots),
	  cmocka_unit_test(a_rule_that_names_itself_is_false),
	  cmocka_unit_test(includes_are_relative_to_their_file),
	  cmocka_unit_test(name_spaces_do_not_see_each_other))
