/*
 * ENROL and RENEW: how a machine gets its certificate, and a new one.
 *
 *     a machine's code                     bound at once, when its row has no key yet
 *     a unit's code                        waits for an officer
 *     a machine's code that was used, of a row with another key, facts fit
 *                                          waits: it was probably set up again
 *     RENEW with the same key              a new certificate, also when the old has ended
 *     RENEW with another key               takes the place of the old one
 *     RENEW of a spent key with another    waits: one of several that spoke with it
 *
 * Asking again with the same key is the same question: an answer that was lost costs
 * nothing.  Inside an open change; RQ_ERR_RETRY: the signer does not answer, take the
 * change back.
 */
#ifndef RAQUET_CENTRE_MACHINE_ENROLMENT_H
#define RAQUET_CENTRE_MACHINE_ENROLMENT_H

#include "centre/machine/identity.h"

/* Appends ENROLLED.  RQ_ERR_FORMAT: message is no ENROL. */
RQ_MUST_USE enum rq_err desk_enrol(const struct machine_desk *desk,
				   struct bytes message, struct buffer *answer,
				   struct rq_diag *diag);

RQ_MUST_USE enum rq_err desk_renew(const struct machine_desk *desk,
				   const struct speaker *speaker, struct bytes message,
				   struct buffer *answer, struct rq_diag *diag);

#endif
