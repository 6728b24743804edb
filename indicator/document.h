/*
 * JSON in which people exchange indicators: events of MISP, bundles of STIX 2.1.
 * What its author marks as not to be looked for is left out; what cannot be looked for
 * is refused.  Both are told, each with its identifier.
 */
#ifndef RAQUET_INDICATOR_DOCUMENT_H
#define RAQUET_INDICATOR_DOCUMENT_H

#include "indicator/list.h"

/* Whether text begins as a JSON object, or a list of them, does. */
bool document_is_one(struct bytes text);

/* now: seconds since 1970; what was valid until before is left out. */
RQ_MUST_USE enum rq_err read_document(struct indicator_list *list, struct bytes text,
				      int64_t now);

#endif
