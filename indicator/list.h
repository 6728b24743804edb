/*
 * What readers of lists append to: indicators as people exchange them, before they
 * become a table (indicator/table.h).
 *
 * A line that cannot be used is refused with its number and a reason, never passed
 * over: whoever sweeps with the list is told that objects were examined without it.
 */
#ifndef RAQUET_INDICATOR_LIST_H
#define RAQUET_INDICATOR_LIST_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"

enum indicator_kind {
	INDICATOR_MD5,
	INDICATOR_SHA1,
	INDICATOR_SHA256,
	INDICATOR_NAME,    /* an expression that is looked for in paths */
	INDICATOR_HOST,    /* a name of the DNS, and all below it */
	INDICATOR_ADDRESS, /* a range of addresses */
	N_INDICATOR_KINDS,
};
enum { N_INDICATOR_DIGESTS = INDICATOR_SHA256 + 1 };

/* "md5", "sha1", "sha256", "name", "host", "address"; stable. */
const char *indicator_kind_name(enum indicator_kind kind);

/* Bytes of a digest of that kind. */
size_t indicator_digest_size(enum indicator_kind kind);

/* What is said of an indicator; many share one. */
struct indicator_detail {
	uint32_t list; /* in the order of indicator_list_begin */
	int32_t score;
	struct bytes description, reference; /* may be empty */
};

struct indicator_name {
	struct bytes text;                  /* as it stands in the list */
	struct bytes expression, exclusion; /* bodies of regular expressions of rules */
	bool ignores_case, exclusion_ignores_case;
	uint32_t detail;
	uint64_t line;
};

struct indicator_host {
	struct bytes name; /* lower case, no dot at its end */
	uint32_t detail;
};

/* IPv4 stands as ::ffff:a.b.c.d. */
struct indicator_address {
	uint8_t first[16], last[16];
	struct bytes text;
	uint32_t detail;
};

/* What of a list is not looked for. */
struct indicator_remark {
	uint32_t list;
	uint64_t line; /* from 1; 0: the list as a whole, or a part without a line */
	const char *reason;
	struct bytes text; /* its start */
};
struct indicator_remarks {
	struct indicator_remark *at; /* up to CAP_INDICATOR_REFUSALS */
	size_t n, capacity;
	uint64_t n_all;
};

/* Rows of a digest and the u32 of its detail, one behind the other. */
struct indicator_digests {
	uint8_t *rows;
	size_t n, capacity;
	uint64_t *sizes; /* of the files that they are of, where these are told */
	size_t n_sizes, sizes_capacity;
};

struct indicator_list {
	struct arena *arena; /* of all texts */
	struct indicator_digests digests[N_INDICATOR_DIGESTS];
	struct indicator_name *names;
	size_t n_names, names_capacity;
	struct indicator_host *hosts;
	size_t n_hosts, hosts_capacity;
	struct indicator_address *addresses;
	size_t n_addresses, addresses_capacity;
	struct indicator_detail *details;
	size_t n_details, details_capacity;
	struct bytes *lists; /* their names */
	size_t n_lists, lists_capacity;
	struct indicator_remarks refused;  /* cannot be looked for */
	struct indicator_remarks left_out; /* its author does not want it looked for */
};

RQ_MUST_USE enum rq_err indicator_list_new(struct indicator_list **list_out);
void indicator_list_free(struct indicator_list *list);

/* What follows stands in the list called name. */
RQ_MUST_USE enum rq_err indicator_list_begin(struct indicator_list *list,
					     struct bytes name);

/* The number of a detail of the current list; texts are copied, a reference is taken
 * out of the description when none is given. */
RQ_MUST_USE enum rq_err indicator_list_detail(struct indicator_list *list,
					      int32_t score, struct bytes description,
					      struct bytes reference,
					      uint32_t *detail_out);

/* The kind of digest that text has the form of (hex digits of one of the lengths). */
bool indicator_is_digest(struct bytes text, enum indicator_kind *kind_out);

/* text as indicator_is_digest took it; size of the file, 0: not told.  RQ_ERR_LIMIT:
 * above CAP_INDICATORS. */
RQ_MUST_USE enum rq_err indicator_add_digest(struct indicator_list *list,
					     enum indicator_kind kind,
					     struct bytes text, uint64_t size,
					     uint32_t detail);

/* Texts are copied. */
RQ_MUST_USE enum rq_err indicator_add_name(struct indicator_list *list,
					   const struct indicator_name *name);
RQ_MUST_USE enum rq_err indicator_add_host(struct indicator_list *list,
					   const struct indicator_host *host);
RQ_MUST_USE enum rq_err indicator_add_address(struct indicator_list *list,
					      const struct indicator_address *address);

/* reason: static storage, English. */
RQ_MUST_USE enum rq_err indicator_refuse(struct indicator_list *list, uint64_t line,
					 const char *reason, struct bytes text);

RQ_MUST_USE enum rq_err indicator_leave_out(struct indicator_list *list, uint64_t line,
					    const char *reason, struct bytes text);

/* How many of a kind. */
size_t indicator_list_count(const struct indicator_list *list,
			    enum indicator_kind kind);

#endif
