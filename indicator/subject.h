/* Values of documents as indicators, with what is said of them. */
#ifndef RAQUET_INDICATOR_SUBJECT_H
#define RAQUET_INDICATOR_SUBJECT_H

#include "indicator/list.h"

/* One thing of a document. */
struct subject {
	struct bytes id; /* how its author calls it */
	struct bytes description, reference;
	uint64_t size; /* of the file that a digest is of; 0: not known */
};

/* reason: static storage, English. */
RQ_MUST_USE enum rq_err subject_refuse(struct indicator_list *list,
				       const struct subject *subject,
				       const char *reason, struct bytes text);
RQ_MUST_USE enum rq_err subject_leave_out(struct indicator_list *list,
					  const struct subject *subject,
					  const char *reason, struct bytes text);

/* One value; what it is not (no digest, no host) is refused. */
RQ_MUST_USE enum rq_err subject_digest(struct indicator_list *list,
				       const struct subject *subject,
				       enum indicator_kind kind, struct bytes value);
RQ_MUST_USE enum rq_err subject_place(struct indicator_list *list,
				      const struct subject *subject,
				      struct bytes value);
/* The name of a file or the end of its path, or a folder on its way; exact but for the
 * case of ASCII and for [.], which may stand for a dot. */
RQ_MUST_USE enum rq_err subject_file(struct indicator_list *list,
				     const struct subject *subject, struct bytes value);
RQ_MUST_USE enum rq_err subject_folder(struct indicator_list *list,
				       const struct subject *subject,
				       struct bytes value);

/* A pattern of STIX 2.1: all of it is added, or it is refused. */
RQ_MUST_USE enum rq_err read_stix_pattern(struct indicator_list *list,
					  const struct subject *subject,
					  struct bytes pattern);

#endif
