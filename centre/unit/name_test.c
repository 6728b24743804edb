#include "bytes/test.h"

#include "bytes/cap.h"
#include "centre/unit/name.h"

#include <string.h>

static void folds_to(struct bytes text, const char *wanted)
{
	struct buffer out = {0};

	assert_int_equal(name_fold(text, &out), RQ_OK);
	if (!bytes_equal_text(buffer_bytes(&out), wanted))
		fail_msg("%.*s folds to '%.*s', not '%s'", (int)text.n, (char *)text.at,
			 (int)out.size, (char *)out.data, wanted);
	buffer_free(&out);
}

static const struct {
	const char *name, *text, *folded;
} folded[] = {
    {"diacritics", "Xã Tân Mỹ Đông", "xa tan my dong"},
    {"decomposed", "Xa\xcc\x83 Ta\xcc\x82n My\xcc\x83 Đo\xcc\x82ng", "xa tan my dong"},
    {"d with a stroke, both cases", "ĐăK đoa", "dak doa"},
    {"the tone on either vowel", "Hoà Bình, Hòa Bình", "hoa binh hoa binh"},
    {"a mark in front of a shape", "U\xcc\x89y ban", "uy ban"},
    {"horn and tone in any order", "tru\xcc\x9bo\xcc\x9b\xcc\x80ng trươ\xcc\x80ng",
     "truong truong"},
    {"case", "SỞ NỘI VỤ", "so noi vu"},
    {"punctuation", "  Sở -- Nội; \"Vụ\" (1).", "so noi vu 1"},
    {"full-width letters", "\xef\xbc\xb3\xef\xbd\x8f", "so"},
    {"zero-width joiner", "S\xe2\x80\x8dở", "so"},
    {"people's committee", "UBND xã Tân Mỹ", "uy ban nhan dan xa tan my"},
    {"people's committee written out", "Ủy ban nhân dân xã Tân Mỹ",
     "uy ban nhan dan xa tan my"},
    {"the other spelling", "Uỷ ban Nhân dân", "uy ban nhan dan"},
    {"council", "HĐND tỉnh", "hoi dong nhan dan tinh"},
    {"department, glued", "STTTT", "so thong tin truyen thong"},
    {"department, ampersand", "Sở TT&TT", "so thong tin truyen thong"},
    {"department, written out", "Sở Thông tin và Truyền thông",
     "so thong tin truyen thong"},
    {"department, ampersand and glued", "SGD&ĐT", "so giao duc dao tao"},
    {"department, dash", "Sở GD-ĐT", "so giao duc dao tao"},
    {"three parts", "Sở LĐ-TB&XH", "so lao dong thuong binh xa hoi"},
    {"three parts, glued", "sở LĐTBXH", "so lao dong thuong binh xa hoi"},
    {"two glued, one apart", "Sở VHTT&DL", "so van hoa the thao du lich"},
    {"blanks around the ampersand", "Sở NN & PTNT",
     "so nong nghiep phat trien nong thon"},
    {"ward", "P. Tân Mỹ", "phuong tan my"},
    {"ward, without a blank", "P.5", "phuong 5"},
    {"ward 01", "Phường 01", "phuong 1"},
    {"a letter without a dot is a name", "Khu P 5", "khu p 5"},
    {"town", "TX Tân Mỹ", "thi xa tan my"},
    {"city", "Tp. Tân Mỹ", "thanh pho tan my"},
    {"office of the committee", "VP UBND", "van phong uy ban nhan dan"},
    {"part of a word is nothing", "Ubndx", "ubndx"},
    {"number with letters", "Đội 01a", "doi 01a"},
    {"zero", "Tổ 0", "to 0"},
    {"nothing", " -- ", ""},
    {"empty", "", ""},
};

static void names_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof folded / sizeof folded[0]; i++)
		folds_to(bytes_of(folded[i].text), folded[i].folded);
}

static void what_is_folded_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof folded / sizeof folded[0]; i++)
		folds_to(bytes_of(folded[i].folded), folded[i].folded);
}

static void short_for_several_is_read_as_each(void **state)
{
	static const char *const wanted[NAME_READINGS] = {
	    "tt tan my", "thi tran tan my", "trung tam tan my"};

	(void)state;
	for (unsigned i = 0; i < NAME_READINGS; i++) {
		struct buffer out = {0};

		assert_int_equal(name_fold_reading(bytes_of("TT. Tân Mỹ"), i, &out),
				 RQ_OK);
		assert_true(bytes_equal_text(buffer_bytes(&out), wanted[i]));
		buffer_free(&out);
	}
}

static bool same_marked(const char *a, const char *b)
{
	struct buffer x = {0}, y = {0};
	bool is_same;

	assert_int_equal(name_marked(bytes_of(a), &x), RQ_OK);
	assert_int_equal(name_marked(bytes_of(b), &y), RQ_OK);
	is_same = bytes_equal(buffer_bytes(&x), buffer_bytes(&y));
	buffer_free(&x);
	buffer_free(&y);
	return is_same;
}

static void marks_tell_apart_what_they_mean(void **state)
{
	(void)state;
	assert_true(same_marked("Xã Hoà Thủy", "xã hòa thuỷ"));
	assert_true(same_marked("Tâ\xcc\xa3n", "Tậ"
					       "n"));
	assert_false(same_marked("Xã Tân Tiến", "Xã Tấn Tiến"));
	assert_false(same_marked("Xã Đa", "Xã Da"));
	assert_false(same_marked("Xã Tân", "Xã Tăn"));
}

static const struct {
	const char *name, *text, *tidy; /* NULL: refused */
} tidied[] = {
    {"composed stays", "Sở Nội vụ", "Sở Nội vụ"},
    {"decomposed is composed", "So\xcc\x9b\xcc\x89", "Sở"},
    {"marks in the other order", "a\xcc\xa3\xcc\x82 a\xcc\x82\xcc\xa3", "ậ ậ"},
    {"blanks", "\t Sở  Nội\xc2\xa0vụ ", "Sở Nội vụ"},
    {"only blanks", "  ", ""},
    {"a line end", "Sở\nNội vụ", NULL},
    {"the direction turned", "Sở\xe2\x80\xaeNội vụ", NULL},
    {"not UTF-8", "S\xff", NULL},
};

static void names_are_tidied(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tidied / sizeof tidied[0]; i++) {
		struct buffer out = {0};
		enum rq_err err = name_tidy(bytes_of(tidied[i].text), &out);

		assert_int_equal(err, tidied[i].tidy != NULL ? RQ_OK : RQ_ERR_FORMAT);
		if (tidied[i].tidy != NULL &&
		    !bytes_equal_text(buffer_bytes(&out), tidied[i].tidy))
			fail_msg("%s", tidied[i].name);
		buffer_free(&out);
	}
}

static void what_is_no_name_is_refused(void **state)
{
	uint8_t longest[CAP_UNIT_NAME + 1];
	struct buffer out = {0};

	(void)state;
	memset(longest, 'a', sizeof longest);
	assert_int_equal(name_fold((struct bytes){longest, CAP_UNIT_NAME}, &out),
			 RQ_OK);
	assert_int_equal(name_fold((struct bytes){longest, CAP_UNIT_NAME + 1}, &out),
			 RQ_ERR_LIMIT);
	assert_int_equal(name_tidy((struct bytes){longest, CAP_UNIT_NAME + 1}, &out),
			 RQ_ERR_LIMIT);
	assert_int_equal(name_fold(bytes_of("Xã \xc3"), &out), RQ_ERR_FORMAT);
	buffer_free(&out);
}

TEST_MAIN(cmocka_unit_test(names_fold), cmocka_unit_test(what_is_folded_stays),
	  cmocka_unit_test(short_for_several_is_read_as_each),
	  cmocka_unit_test(marks_tell_apart_what_they_mean),
	  cmocka_unit_test(names_are_tidied),
	  cmocka_unit_test(what_is_no_name_is_refused))
