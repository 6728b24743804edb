#include "endpoint/sweep_link.h"

#include "bytes/alloc.h"

#include <stdio.h>

struct kept {
	bool is_gap;
	enum gap_reason reason;
	char detail[sizeof((struct sweep_task *)0)->detail];
	struct buffer answer;
};

struct entry {
	struct file_identity identity;
	/* numbers are used again: what was met is the file with these */
	uint64_t size;
	int64_t modified_ns;
	bool is_used;
	struct kept *kept; /* NULL: nothing was found */
};

/* Open addressing; never more than half full, nothing is taken out. */
struct link_table {
	struct entry *entries;
	size_t n_entries, capacity;
};

enum { FIRST_CAPACITY = 1024 };

enum rq_err link_table_new(struct link_table **table_out)
{
	struct link_table *table = alloc_array(1, sizeof *table);

	*table_out = NULL;
	if (table == NULL)
		return RQ_ERR_MEMORY;
	table->capacity = FIRST_CAPACITY;
	table->entries = alloc_array(table->capacity, sizeof *table->entries);
	if (table->entries == NULL) {
		alloc_free(table);
		return RQ_ERR_MEMORY;
	}
	*table_out = table;
	return RQ_OK;
}

void link_table_free(struct link_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->entries[i].kept != NULL) {
			buffer_free(&table->entries[i].kept->answer);
			alloc_free(table->entries[i].kept);
		}
	alloc_free(table->entries);
	alloc_free(table);
}

/* Where identity stands, or would. */
static struct entry *find(struct entry *entries, size_t capacity,
			  const struct file_identity *identity)
{
	uint64_t hash = (identity->number ^ identity->device << 32 ^ identity->device) *
			UINT64_C(0x9E3779B97F4A7C15);
	size_t i = (size_t)(hash >> 20) & (capacity - 1);

	while (entries[i].is_used && (entries[i].identity.device != identity->device ||
				      entries[i].identity.number != identity->number))
		i = (i + 1) & (capacity - 1);
	return &entries[i];
}

static enum rq_err grow(struct link_table *table)
{
	size_t capacity = table->capacity * 2;
	struct entry *entries = alloc_array(capacity, sizeof *entries);

	if (entries == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->entries[i].is_used)
			*find(entries, capacity, &table->entries[i].identity) =
			    table->entries[i];
	alloc_free(table->entries);
	table->entries = entries;
	table->capacity = capacity;
	return RQ_OK;
}

static bool is_same(const struct entry *entry, const struct file_info *info)
{
	return entry->is_used && entry->size == info->size &&
	       entry->modified_ns == info->modified_ns;
}

enum rq_err link_table_meet(struct link_table *table, const struct file_info *info,
			    bool *is_known_out)
{
	struct entry *entry = find(table->entries, table->capacity, &info->identity);

	*is_known_out = is_same(entry, info);
	if (entry->is_used)
		return RQ_OK;
	if (table->n_entries >= table->capacity / 2) {
		if (grow(table) != RQ_OK)
			return RQ_ERR_MEMORY;
		entry = find(table->entries, table->capacity, &info->identity);
	}
	*entry = (struct entry){.identity = info->identity,
				.size = info->size,
				.modified_ns = info->modified_ns,
				.is_used = true};
	table->n_entries++;
	return RQ_OK;
}

static bool keep(struct entry *entry, const struct kept *from, struct bytes answer)
{
	struct kept *kept = alloc_array(1, sizeof *kept);

	if (kept == NULL)
		return false;
	*kept = *from;
	kept->answer = (struct buffer){0};
	buffer_put(&kept->answer, answer.at, answer.n);
	entry->kept = kept;
	return buffer_ok(&kept->answer);
}

bool link_table_keep(struct link_table *table, const struct sweep_task *task)
{
	struct entry *entry =
	    find(table->entries, table->capacity, &task->info.identity);
	struct kept kept = {.is_gap = task->is_gap, .reason = task->reason};

	if (!is_same(entry, &task->info) || entry->kept != NULL ||
	    (!task->is_gap && task->answer.size == 0))
		return true;
	snprintf(kept.detail, sizeof kept.detail, "%s", task->detail);
	return keep(entry, &kept, buffer_bytes(&task->answer));
}

enum rq_err link_table_restore(struct link_table *table,
			       const struct journal_name *name)
{
	const struct file_info info = {.identity = name->identity,
				       .size = name->size,
				       .modified_ns = name->modified_ns};
	const struct journal_result *result = name->result;
	struct kept kept = {0};
	bool is_known;
	enum rq_err err = link_table_meet(table, &info, &is_known);
	struct entry *entry;

	if (err != RQ_OK || is_known || result == NULL)
		return err;
	entry = find(table->entries, table->capacity, &info.identity);
	if (!is_same(entry, &info))
		return RQ_OK; /* another file had the number before */
	if (result->gap != NULL) {
		kept.is_gap = true;
		kept.reason = result->gap->reason;
		if (result->gap->detail != NULL)
			snprintf(kept.detail, sizeof kept.detail, "%s",
				 result->gap->detail);
	}
	return keep(entry, &kept, result->answer) ? RQ_OK : RQ_ERR_MEMORY;
}

bool link_table_copy(struct link_table *table, struct sweep_task *task)
{
	struct entry *entry =
	    find(table->entries, table->capacity, &task->info.identity);

	if (entry->kept == NULL)
		return true;
	task->is_gap = entry->kept->is_gap;
	task->reason = entry->kept->reason;
	snprintf(task->detail, sizeof task->detail, "%s", entry->kept->detail);
	buffer_clear(&task->answer);
	buffer_put(&task->answer, entry->kept->answer.data, entry->kept->answer.size);
	return buffer_ok(&task->answer);
}
