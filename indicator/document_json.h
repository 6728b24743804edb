/* What the readers of JSON share. */
#ifndef RAQUET_INDICATOR_DOCUMENT_JSON_H
#define RAQUET_INDICATOR_DOCUMENT_JSON_H

#include "indicator/document.h"

#include <jansson.h>

/* The text of a member of an object; empty: there is none. */
struct bytes member_text(const json_t *object, const char *key);
/* A mark may be true, 1 or "1". */
bool member_is_set(const json_t *object, const char *key);
/* A size as number or text; 0: none, or no size. */
uint64_t member_size(const json_t *object, const char *key);

bool is_misp(const json_t *root);
bool is_stix(const json_t *root);
RQ_MUST_USE enum rq_err read_misp(struct indicator_list *list, const json_t *root);
RQ_MUST_USE enum rq_err read_stix(struct indicator_list *list, const json_t *root,
				  int64_t now);

#endif
