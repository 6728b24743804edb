/*
 * What `yara` prints about one object, byte for byte, so that scripts that read its
 * output run unchanged.
 */
#ifndef RAQUET_ENDPOINT_YARA_PRINT_H
#define RAQUET_ENDPOINT_YARA_PRINT_H

#include "endpoint/rules.h"
#include "wire/worker.h"

struct yara_print_options {
	bool count, negate, quiet;       /* -c -n -q */
	bool meta, name_space, tags;     /* -m -e -g */
	bool strings, lengths, xor_keys; /* -s -L -X */
	const char **only_tags;          /* -t */
	size_t n_only_tags;
	const char **only_rules; /* -i */
	size_t n_only_rules;
	int64_t limit; /* -l; 0: none */
	bool visible;  /* to a terminal: paths with nothing hidden */
};

/* Counts over all objects of one run. */
struct yara_counts {
	int64_t n_total;
};

/*
 * Appends the lines of one object to out and returns how many rules count for -c.
 * answer lists the rules that are true, or with negate those that are false.
 */
int64_t yara_print_object(struct buffer *out, const struct yara_print_options *options,
			  const struct rules *rules, struct bytes path,
			  const struct worker_answer *answer,
			  struct yara_counts *counts);

/* path as yara prints it: line ends are spelt out. */
void yara_print_path(struct buffer *out, struct bytes path, bool visible);

/* One message about rules: errors and warnings of the compiler. */
void yara_print_message(struct buffer *out, const struct rule_message *message);

#endif
