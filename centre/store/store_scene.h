/*
 * For tests of whatever stands on the store: each case is run on every kind of store, of
 * its own, empty but for the tables.
 *
 *     static void a_unit_is_found_again(void **state)
 *     {
 *             struct store *store = scene_store(state);
 *             ...
 *     }
 *
 *     STORE_TEST_MAIN(STORE_TESTS(a_unit_is_found_again), ...)
 */
#ifndef RAQUET_CENTRE_STORE_STORE_SCENE_H
#define RAQUET_CENTRE_STORE_STORE_SCENE_H

#include "bytes/test.h"

#include "centre/store/store.h"

#include <stdbool.h>

enum scene_kind { SCENE_MEMORY, SCENE_FILE, SCENE_POSTGRES };

/* The store of this case, migrated; a kind that this machine lacks skips the case. */
struct store *scene_store(void **state);
enum scene_kind scene_kind(void **state);
/* Where it is: for store_open.  A store in memory has no second connection. */
const char *scene_where(void **state);
/* One more connection to the same store, closed after the case; not for memory. */
struct store *scene_another(void **state);
/* Where one more, empty store of that kind would be; removed after the case. */
const char *scene_empty(void **state, enum scene_kind kind);
/* Makes tables that only a test needs, as a migration would. */
void scene_table(void **state, const char *sql);
/* A folder of this case, removed after it. */
const char *scene_folder(void **state);

#define SCENE_OK(expression)                                                           \
	scene_must(expression, &scene_diag, #expression, __FILE__, __LINE__)
extern struct rq_diag scene_diag;
/* Fails the case with what diag says. */
void scene_must(enum rq_err err, const struct rq_diag *diag, const char *expression,
		const char *file, int line);

/* Closes the connections of this case before its end. */
void scene_leave(void **state);
/* A folder with all that is in it. */
void scene_remove(const char *folder);

int scene_open(void **state);
int scene_close(void **state);
int scene_end(void **state);
extern enum scene_kind scene_memory, scene_file, scene_postgres;

#define STORE_TEST_IN(kind, name, test)                                                \
	{                                                                              \
#test " (" name ")", test, scene_open, scene_close, &scene_##kind      \
	}
#define STORE_TESTS(test)                                                              \
	STORE_TEST_IN(memory, "SQLite in memory", test), STORE_TESTS_SHARED(test)
/* For cases of two connections, which a store in memory does not have. */
#define STORE_TESTS_SHARED(test)                                                       \
	STORE_TEST_IN(file, "SQLite", test), STORE_TEST_IN(postgres, "PostgreSQL", test)

#define STORE_TEST_MAIN(...)                                                           \
	int main(void)                                                                 \
	{                                                                              \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
		return cmocka_run_group_tests(tests, NULL, scene_end);                 \
	}

#endif
