#include "centre/store/store_scene.h"

#include "centre/store/migration.h"
#include "centre/store/store_cluster.h"
#include "centre/store/store_driver.h"

#include <ftw.h>
#include <string.h>
#include <unistd.h>

enum { ADDRESSES = 8, CONNECTIONS = 4 };

struct scene {
	enum scene_kind kind;
	char folder[64];
	char where[ADDRESSES][160]; /* the first: of the store */
	size_t n_where;
	struct store *stores[CONNECTIONS];
	size_t n_stores;
};

struct rq_diag scene_diag;
enum scene_kind scene_memory = SCENE_MEMORY, scene_file = SCENE_FILE,
		scene_postgres = SCENE_POSTGRES;

void scene_must(enum rq_err err, const struct rq_diag *diag, const char *expression,
		const char *file, int line)
{
	if (err == RQ_OK)
		return;
	print_error("%s: %s: %s: %s\n", expression, rq_err_text(err), diag->where,
		    diag->what);
	_fail(file, line);
}

static struct scene *scene_of(void **state)
{
	return *state;
}

enum scene_kind scene_kind(void **state)
{
	return scene_of(state)->kind;
}

const char *scene_folder(void **state)
{
	return scene_of(state)->folder;
}

const char *scene_empty(void **state, enum scene_kind kind)
{
	struct scene *scene = scene_of(state);
	char *where = scene->where[scene->n_where];

	if (kind == SCENE_POSTGRES && !cluster_start())
		skip();
	assert_true(scene->n_where < ADDRESSES);
	if (kind == SCENE_MEMORY)
		snprintf(where, sizeof scene->where[0], ":memory:");
	else if (kind == SCENE_POSTGRES)
		cluster_database(scene->n_where, where, sizeof scene->where[0]);
	else
		snprintf(where, sizeof scene->where[0], "%s/%zu.store", scene->folder,
			 scene->n_where);
	scene->n_where++;
	return where;
}

const char *scene_where(void **state)
{
	struct scene *scene = scene_of(state);

	if (scene->n_where == 0)
		(void)scene_empty(state, scene->kind);
	return scene->where[0];
}

static struct store *connect(void **state)
{
	struct scene *scene = scene_of(state);

	assert_true(scene->n_stores < CONNECTIONS);
	SCENE_OK(store_open(scene_where(state), &scene->stores[scene->n_stores],
			    &scene_diag));
	return scene->stores[scene->n_stores++];
}

struct store *scene_store(void **state)
{
	struct scene *scene = scene_of(state);

	if (scene->n_stores == 0)
		SCENE_OK(store_migrate(connect(state), &scene_diag));
	return scene->stores[0];
}

struct store *scene_another(void **state)
{
	(void)scene_store(state);
	assert_int_not_equal(scene_kind(state), SCENE_MEMORY);
	return connect(state);
}

void scene_table(void **state, const char *sql)
{
	struct store *store = scene_store(state);
	struct buffer text = {0};

	migration_text(&text, sql, store->driver);
	assert_true(buffer_ok(&text));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store->driver->execute(store, (char *)text.data, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	buffer_free(&text);
}

int scene_open(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	if (scene == NULL)
		return -1;
	scene->kind = *(enum scene_kind *)*state;
	strcpy(scene->folder, "/tmp/raquet-store-XXXXXX");
	if (mkdtemp(scene->folder) == NULL) {
		free(scene);
		return -1;
	}
	*state = scene;
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind,
		      struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	return remove(path);
}

void scene_remove(const char *folder)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void scene_leave(void **state)
{
	struct scene *scene = scene_of(state);

	for (size_t i = 0; i < scene->n_stores; i++)
		store_close(scene->stores[i]);
	scene->n_stores = 0;
	cluster_empty();
}

int scene_close(void **state)
{
	struct scene *scene = scene_of(state);

	scene_leave(state);
	scene_remove(scene->folder);
	free(scene);
	return 0;
}

int scene_end(void **state)
{
	(void)state;
	cluster_stop();
	return 0;
}
