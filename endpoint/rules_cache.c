#include "endpoint/rules_cache.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "crypto/mac.h"
#include "crypto/secret.h"
#include "endpoint/rules_notes.h"
#include "os/host.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_SIZE = 32,
	KEY_SIZE = 32,
	SALT_SIZE = 32,
	SIGNED_HEADER = 56 + SALT_SIZE,
	HEADER = SIGNED_HEADER + MAC_ONCE_SIZE,
	VERSION = 3,
	NAME_LENGTH = 2 * NAME_SIZE + 6, /* of a file: hex and ".rules" */
};

#define MAGIC "RQCACHE" /* and a zero */

struct rules_cache {
	char *path; /* of the folder */
	struct folder *folder;
	uint64_t owner; /* of the folder, and so of all that counts in it */
	uint8_t key[KEY_SIZE];
	uint8_t name[NAME_SIZE];
};

bool rules_cache_is_wanted(void)
{
	const char *wish = getenv("RAQUET_CACHE");

	return wish == NULL || strcmp(wish, "off") != 0;
}

bool rules_cache_folder(struct buffer *path_out)
{
	return rules_cache_is_wanted() && file_cache_folder(path_out, NULL) == RQ_OK;
}

/* ---- the folder and its key ---- */

static char *path_in(const struct rules_cache *cache, const char *name)
{
	struct buffer path = {0};

	buffer_format(&path, "%s%c%s", cache->path, file_separator, name);
	buffer_u8(&path, 0);
	if (!buffer_ok(&path))
		buffer_free(&path);
	return (char *)path.data;
}

static enum rq_err read_key(struct rules_cache *cache, struct file file)
{
	size_t n = 0;
	enum rq_err err = file_read_at(file, 0, cache->key, KEY_SIZE, &n);

	return err == RQ_OK && n < KEY_SIZE ? RQ_ERR_FORMAT : err;
}

/* Two processes may meet here: who does not get the lock goes without a cache once. */
static enum rq_err make_key(struct rules_cache *cache, struct file file)
{
	struct file_info info;
	enum rq_err err = file_lock(file);

	if (err == RQ_ERR_ACCESS)
		return RQ_ERR_PEER;
	if (err == RQ_OK)
		err = file_stat(file, &info);
	if (err != RQ_OK || info.size == KEY_SIZE)
		return err;
	err = file_truncate(file, 0);
	if (err == RQ_OK)
		err = secret_fill(cache->key, KEY_SIZE);
	if (err == RQ_OK)
		err = file_append(file, (struct bytes){cache->key, KEY_SIZE});
	return err == RQ_OK ? file_flush(file) : err;
}

static enum rq_err find_key(struct rules_cache *cache)
{
	struct file file = FILE_NONE;
	struct file_info info;
	char *path = NULL;
	enum rq_err err =
	    file_open_in(cache->folder, "rules.key", false, &file, &info, NULL);

	/* only once: where files are made their folder is flushed, for milliseconds
	 * when the disk is busy */
	if (err == RQ_ERR_NOT_FOUND || (err == RQ_OK && info.size != KEY_SIZE)) {
		file_close(&file);
		path = path_in(cache, "rules.key");
		err = path != NULL ? file_open_append(path, &file, &info, NULL)
				   : RQ_ERR_MEMORY;
	}
	if (err == RQ_OK && (info.kind != FILE_REGULAR || info.owner != cache->owner))
		err = RQ_ERR_ACCESS;
	if (err == RQ_OK && info.size != KEY_SIZE)
		err = make_key(cache, file);
	if (err == RQ_OK)
		err = read_key(cache, file);
	file_close(&file);
	alloc_free(path);
	return err;
}

enum rq_err rules_cache_open(const char *folder, struct rules_cache **cache_out)
{
	struct rules_cache *cache = alloc_array(1, sizeof *cache);
	struct buffer path = {0};
	struct file_info info;
	enum rq_err err;

	*cache_out = NULL;
	if (cache == NULL)
		return RQ_ERR_MEMORY;
	buffer_text(&path, folder);
	buffer_u8(&path, 0);
	cache->path = (char *)path.data;
	err = buffer_ok(&path) ? folder_open(folder, &cache->folder, &info, NULL)
			       : RQ_ERR_MEMORY;
	if (err == RQ_OK) {
		cache->owner = info.owner;
		err = find_key(cache);
	}
	if (err != RQ_OK) {
		rules_cache_free(cache);
		return err;
	}
	*cache_out = cache;
	return RQ_OK;
}

void rules_cache_free(struct rules_cache *cache)
{
	if (cache == NULL)
		return;
	folder_close(cache->folder);
	alloc_free(cache->path);
	secret_wipe(cache->key, KEY_SIZE);
	alloc_free(cache);
}

/* ---- what an entry is found by ---- */

static void put_text(struct buffer *to, const char *text)
{
	buffer_u32le(to, (uint32_t)strlen(text));
	buffer_text(to, text);
}

/* A program that was built anew is another file, or has another size or time. */
static enum rq_err put_program(struct buffer *to)
{
	struct buffer path = {0};
	struct file_info info;
	enum rq_err err = host_program_path(&path);

	if (err == RQ_OK)
		err = file_stat_path((const char *)path.data, true, &info, NULL);
	buffer_free(&path);
	if (err != RQ_OK)
		return err;
	put_text(to, RAQUET_VERSION);
	buffer_u64le(to, info.size);
	buffer_u64le(to, (uint64_t)info.modified_ns);
	buffer_u64le(to, info.identity.device);
	buffer_u64le(to, info.identity.number);
	buffer_u32le(to, IMAGE_VERSION);
	return RQ_OK;
}

static void put_options(struct buffer *to, const struct rules_options *options)
{
	buffer_u8(to, options->keep_going);
	buffer_u8(to, options->strict_escape);
	buffer_u8(to, options->libyara_limits);
	buffer_u8(to, options->common_externals);
	buffer_u32le(to, options->max_strings);
	buffer_u32le(to, (uint32_t)options->n_externals);
	for (size_t i = 0; i < options->n_externals; i++) {
		const struct value *value = &options->externals[i].value;

		put_text(to, options->externals[i].name);
		buffer_u8(to, (uint8_t)value->type);
		if (value->type == VALUE_TEXT) {
			buffer_u32le(to, (uint32_t)value->text.n);
			buffer_put(to, value->text.at, value->text.n);
		} else if (value->type == VALUE_FLOAT) {
			buffer_put(to, &value->real, sizeof value->real);
		} else {
			buffer_u64le(to, (uint64_t)value->integer);
		}
	}
}

/* MAC_SIZE bytes, under the key of the cache. */
static enum rq_err sign(const struct rules_cache *cache, struct bytes text,
			uint8_t *out)
{
	struct mac *mac = NULL;
	enum rq_err err = mac_new((struct bytes){cache->key, KEY_SIZE}, &mac);

	if (err == RQ_OK)
		err = mac_add(mac, text);
	if (err == RQ_OK)
		err = mac_finish(mac, out);
	mac_free(mac);
	return err;
}

/* What stands in a file now, whatever size it tells; *n_out is its length. */
static enum rq_err add_file(struct mac *mac, const char *path, uint64_t *n_out)
{
	uint8_t chunk[64 * 1024];
	struct file file;
	size_t n = sizeof chunk;
	enum rq_err err = file_open(path, &file, NULL, NULL);

	*n_out = 0;
	while (err == RQ_OK && n == sizeof chunk) {
		err = file_read_at(file, *n_out, chunk, sizeof chunk, &n);
		if (err == RQ_OK)
			err = mac_add(mac, (struct bytes){chunk, n});
		*n_out += n;
	}
	file_close(&file);
	return err;
}

/* A text counts with its length behind it: no byte can move from one to the next. */
static enum rq_err add_source(struct mac *mac, const struct rules_source *source)
{
	uint64_t n = source->text.n;
	uint8_t length[8];
	enum rq_err err = source->text.at != NULL ? mac_add(mac, source->text)
						  : add_file(mac, source->file, &n);

	for (size_t i = 0; i < sizeof length; i++)
		length[i] = (uint8_t)(n >> 8 * i);
	return err == RQ_OK ? mac_add(mac, (struct bytes){length, sizeof length}) : err;
}

/*
 * The name of the entry from what stands beside the texts, and the texts.  These are
 * read at each start, and SHA-256 would be a tenth of it; without the key nobody can
 * find two that have the same code, and no code ever leaves this process.
 */
static enum rq_err name_entry(struct rules_cache *cache, struct bytes facts,
			      const struct rules_source *sources, size_t n)
{
	uint8_t both[MAC_SIZE + MAC_ONCE_SIZE];
	struct mac *mac = NULL;
	enum rq_err err = sign(cache, facts, both);

	if (err == RQ_OK)
		err = mac_once_new(both, &mac);
	for (size_t i = 0; i < n && err == RQ_OK; i++)
		err = add_source(mac, &sources[i]);
	if (err == RQ_OK)
		err = mac_finish(mac, both + MAC_SIZE);
	mac_free(mac);
	if (err == RQ_OK)
		err = sign(cache, (struct bytes){both, sizeof both}, cache->name);
	secret_wipe(both, sizeof both);
	return err;
}

enum rq_err rules_cache_choose(struct rules_cache *cache,
			       const struct rules_options *options,
			       const struct rules_source *sources, size_t n)
{
	struct buffer facts = {0};
	enum rq_err err = put_program(&facts);

	put_options(&facts, options);
	buffer_u64le(&facts, n);
	for (size_t i = 0; i < n; i++) {
		put_text(&facts, sources[i].name_space);
		put_text(&facts, sources[i].file);
	}
	if (err == RQ_OK && !buffer_ok(&facts))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = name_entry(cache, buffer_bytes(&facts), sources, n);
	buffer_free(&facts);
	return err;
}

static void put_file_name(const struct rules_cache *cache, struct buffer *to)
{
	encode_hex(to, (struct bytes){cache->name, NAME_SIZE});
	buffer_text(to, ".rules");
	buffer_u8(to, 0);
}

/* ---- loading ---- */

/* One entry on its way in; of the file only. */
struct entry {
	struct file file;
	uint64_t size;
	uint8_t header[HEADER];
	uint32_t n_notes;
	size_t n_image;
};

static enum rq_err open_entry(struct rules_cache *cache, struct entry *entry)
{
	struct buffer name = {0};
	struct file_info info;
	size_t n = 0;
	enum rq_err err = RQ_ERR_MEMORY;

	put_file_name(cache, &name);
	if (buffer_ok(&name))
		err = file_open_in(cache->folder, (const char *)name.data, false,
				   &entry->file, &info, NULL);
	buffer_free(&name);
	if (err == RQ_OK && (info.kind != FILE_REGULAR || info.owner != cache->owner))
		err = RQ_ERR_ACCESS;
	if (err == RQ_OK)
		err = file_read_at(entry->file, 0, entry->header, HEADER, &n);
	if (err == RQ_OK && n < HEADER)
		err = RQ_ERR_FORMAT;
	if (err == RQ_OK)
		entry->size = info.size;
	return err;
}

static enum rq_err read_header(const struct rules_cache *cache, struct entry *entry)
{
	struct reader r = reader_over(entry->header, HEADER);
	bool is_ours =
	    bytes_equal(reader_bytes(&r, 8), (struct bytes){(const uint8_t *)MAGIC, 8});
	uint64_t raw_notes, raw_image;

	is_ours &= reader_u32le(&r) == VERSION;
	raw_notes = reader_u32le(&r);
	raw_image = reader_u64le(&r);
	is_ours &= bytes_equal(reader_bytes(&r, NAME_SIZE),
			       (struct bytes){cache->name, NAME_SIZE});
	if (!is_ours || raw_notes > CAP_CACHE_NOTES || raw_image > CAP_CACHE_BYTES ||
	    HEADER + raw_notes + raw_image != entry->size)
		return RQ_ERR_FORMAT;
	entry->n_notes = (uint32_t)raw_notes;
	entry->n_image = (size_t)raw_image;
	return RQ_OK;
}

/* Begins the code of an entry: the salt in the header makes a key that no other entry
 * has.  Then come the notes and the image. */
static enum rq_err begin_code(const struct rules_cache *cache, struct bytes header,
			      struct mac **mac_out)
{
	uint8_t key[MAC_SIZE];
	enum rq_err err = sign(cache, header, key);

	if (err == RQ_OK)
		err = mac_once_new(key, mac_out);
	secret_wipe(key, sizeof key);
	return err;
}

/*
 * Takes the mask of an entry off, or puts it on: the bytes of the salt over and over.  It
 * keeps nothing secret.  Scanners, ours among them, would find in the folder of the cache
 * what the rules look for.
 */
static void mask(uint8_t *at, size_t n, const uint8_t *salt)
{
	size_t whole = n - n % SALT_SIZE;
	uint64_t words[SALT_SIZE / 8];

	/* by words: bytes one by one took as long as all else of a start */
	memcpy(words, salt, SALT_SIZE);
	for (size_t i = 0; i < whole; i += SALT_SIZE) {
		uint64_t piece[SALT_SIZE / 8];

		memcpy(piece, at + i, SALT_SIZE);
		for (size_t k = 0; k < SALT_SIZE / 8; k++)
			piece[k] ^= words[k];
		memcpy(at + i, piece, SALT_SIZE);
	}
	for (size_t i = whole; i < n; i++)
		at[i] ^= salt[i % SALT_SIZE];
}

_Static_assert(MAP_PIECE % SALT_SIZE == 0, "a piece begins where the mask does");

struct along {
	struct mac *mac;
	const uint8_t *salt;
};

static enum rq_err read_along(void *reader, uint8_t *piece, size_t n)
{
	const struct along *along = reader;
	enum rq_err err = mac_add(along->mac, (struct bytes){piece, n});

	mask(piece, n, along->salt);
	return err;
}

/* The code of what was read, from where on nobody can change it. */
static enum rq_err take_bytes(struct entry *entry, struct mac *mac, uint8_t *notes,
			      struct rules *rules)
{
	struct along along = {mac, entry->header + SIGNED_HEADER - SALT_SIZE};
	const struct map_reader reader = {read_along, &along};
	size_t n = 0;
	enum rq_err err = file_read_at(entry->file, HEADER, notes, entry->n_notes, &n);

	if (err == RQ_OK && n < entry->n_notes)
		err = RQ_ERR_FORMAT;
	if (err == RQ_OK)
		err = read_along(&along, notes, n);
	if (err == RQ_OK)
		err = map_seal_file(entry->file, HEADER + (uint64_t)entry->n_notes,
				    entry->n_image, &reader, &rules->sealed, NULL);
	return err;
}

/* Takes the entry when its code is right. */
static enum rq_err take_entry(const struct rules_cache *cache, struct entry *entry,
			      uint8_t *notes, struct rules *rules)
{
	uint8_t code[MAC_ONCE_SIZE];
	struct mac *mac = NULL;
	enum rq_err err =
	    begin_code(cache, (struct bytes){entry->header, SIGNED_HEADER}, &mac);

	if (err == RQ_OK)
		err = take_bytes(entry, mac, notes, rules);
	if (err == RQ_OK)
		err = mac_finish(mac, code);
	mac_free(mac);
	if (err == RQ_OK &&
	    !secret_equal(code, entry->header + SIGNED_HEADER, sizeof code))
		err = RQ_ERR_FORMAT;
	return err == RQ_OK ? map_sealed(rules->sealed, &rules->image) : err;
}

static enum rq_err load(struct rules_cache *cache, struct entry *entry,
			struct rules *rules)
{
	struct bytes notes = {0};
	uint8_t *room = NULL;
	enum rq_err err = open_entry(cache, entry);

	if (err == RQ_OK)
		err = read_header(cache, entry);
	if (err == RQ_OK) {
		room = alloc_array((size_t)entry->n_notes + 1, 1);
		notes = (struct bytes){room, entry->n_notes};
		err = room != NULL ? take_entry(cache, entry, room, rules)
				   : RQ_ERR_MEMORY;
	}
	if (err == RQ_OK)
		err = ruleset_open(rules->image.data, rules->image.size,
				   RULESET_CHECK_INDEXES, &rules->ruleset, NULL);
	if (err == RQ_OK)
		err = rules_notes_read(notes, rules);
	alloc_free(room);
	return err;
}

/* What loading may have filled of *rules. */
static void forget(struct rules *rules)
{
	ruleset_unref(rules->ruleset);
	rules->ruleset = NULL;
	map_free(&rules->image);
	file_close(&rules->sealed);
	rule_report_clear(&rules->report);
	rules->includes = (struct rules_includes){0};
	rules->n_refused = 0;
	rules->wants_owner = false;
}

enum rq_err rules_cache_load(struct rules_cache *cache, struct rules *rules)
{
	struct entry entry = {.file = FILE_NONE};
	enum rq_err err = load(cache, &entry, rules);

	file_close(&entry.file);
	if (err == RQ_OK)
		return RQ_OK;
	forget(rules);
	return RQ_ERR_NOT_FOUND;
}

/* ---- keeping ---- */

struct kept {
	char *name;
	int64_t modified_ns;
	uint64_t size;
};

static int newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->modified_ns < y->modified_ns) - (x->modified_ns > y->modified_ns);
}

/* Entries, and what a crash left of one. */
static bool is_entry(const char *name)
{
	return strlen(name) >= NAME_LENGTH &&
	       strncmp(name + NAME_LENGTH - 6, ".rules", 6) == 0;
}

static enum rq_err list_kept(struct rules_cache *cache, struct arena *arena,
			     struct kept **kept_out, size_t *n_out)
{
	struct folder *folder = NULL;
	struct folder_entry entry;
	struct file_info info;
	enum rq_err err = folder_open(cache->path, &folder, NULL, NULL);
	size_t n = 0;

	*kept_out = arena_array(arena, CAP_CACHE_LISTED, sizeof **kept_out);
	if (*kept_out == NULL && err == RQ_OK)
		err = RQ_ERR_MEMORY;
	while (err == RQ_OK && n < CAP_CACHE_LISTED) {
		err = folder_next(folder, &entry);
		if (err != RQ_OK || !is_entry(entry.name) ||
		    file_stat_in(folder, entry.name, false, &info) != RQ_OK)
			continue;
		(*kept_out)[n++] =
		    (struct kept){arena_copy(arena, entry.name, strlen(entry.name)),
				  info.modified_ns, info.size};
		if ((*kept_out)[n - 1].name == NULL)
			err = RQ_ERR_MEMORY;
	}
	folder_close(folder);
	*n_out = n;
	return err == RQ_ERR_NOT_FOUND && folder != NULL ? RQ_OK : err;
}

static enum rq_err trim(struct rules_cache *cache)
{
	struct arena *arena = NULL;
	struct kept *kept = NULL;
	uint64_t size = 0;
	size_t n = 0;
	enum rq_err err = arena_new(CAP_CACHE_NOTES, &arena);

	if (err == RQ_OK)
		err = list_kept(cache, arena, &kept, &n);
	if (err == RQ_OK && n > 0)
		qsort(kept, n, sizeof *kept, newest_first);
	for (size_t i = 0; err == RQ_OK && i < n; i++) {
		char *path;

		size += kept[i].size;
		if (i < CAP_CACHE_ENTRIES && size <= CAP_CACHE_BYTES)
			continue;
		path = path_in(cache, kept[i].name);
		if (path != NULL)
			(void)!file_remove(path); /* somebody else may have */
		alloc_free(path);
	}
	arena_free(arena);
	return err;
}

static void put_entry(const struct rules_cache *cache, const uint8_t *salt,
		      struct bytes notes, struct bytes image, struct buffer *to)
{
	buffer_put(to, MAGIC, 8);
	buffer_u32le(to, VERSION);
	buffer_u32le(to, (uint32_t)notes.n);
	buffer_u64le(to, image.n);
	buffer_put(to, cache->name, NAME_SIZE);
	buffer_put(to, salt, SALT_SIZE);
	buffer_zeros(to, MAC_ONCE_SIZE);
	buffer_put(to, notes.at, notes.n);
	buffer_put(to, image.at, image.n);
	if (buffer_ok(to)) {
		mask(to->data + HEADER, notes.n, salt);
		mask(to->data + HEADER + notes.n, image.n, salt);
	}
}

static enum rq_err write_entry(struct rules_cache *cache, const struct buffer *entry)
{
	struct buffer name = {0};
	struct file_info info;
	char *path = NULL;
	enum rq_err err = RQ_ERR_MEMORY;

	put_file_name(cache, &name);
	if (buffer_ok(&name))
		path = path_in(cache, (const char *)name.data);
	/* a link in our own folder is damage, and would stay for good */
	if (path != NULL && file_stat_path(path, false, &info, NULL) == RQ_OK &&
	    info.kind != FILE_REGULAR)
		(void)!file_remove(path);
	if (path != NULL)
		err = file_write_atomic(path, buffer_bytes(entry), NULL);
	alloc_free(path);
	buffer_free(&name);
	return err;
}

/* Over all of an entry that stands in memory, but for its place in the header. */
static enum rq_err put_code(const struct rules_cache *cache, struct buffer *entry)
{
	struct reader r = reader_over(entry->data, entry->size);
	struct bytes header = reader_bytes(&r, SIGNED_HEADER);
	struct mac *mac = NULL;
	enum rq_err err = begin_code(cache, header, &mac);

	reader_seek(&r, HEADER);
	if (err == RQ_OK)
		err = mac_add(mac, reader_bytes(&r, reader_left(&r)));
	if (err == RQ_OK)
		err = mac_finish(mac, entry->data + SIGNED_HEADER);
	mac_free(mac);
	return err;
}

enum rq_err rules_cache_store(struct rules_cache *cache, const struct rules *rules)
{
	struct bytes image = {rules->image.data, rules->image.size};
	struct buffer notes = {.max = CAP_CACHE_NOTES}, entry = {0};
	uint8_t salt[SALT_SIZE] = {0};
	enum rq_err err = RQ_ERR_LIMIT;

	rules_notes_write(rules, &notes);
	if (buffer_ok(&notes) && image.n <= CAP_CACHE_BYTES / 2)
		err = secret_fill(salt, sizeof salt);
	put_entry(cache, salt, buffer_bytes(&notes), image, &entry);
	if (err == RQ_OK && !buffer_ok(&entry))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = put_code(cache, &entry);
	if (err == RQ_OK)
		err = write_entry(cache, &entry);
	if (err == RQ_OK)
		err = trim(cache);
	buffer_free(&entry);
	buffer_free(&notes);
	return err;
}
