/*
 * Names of units as people type them.  Two names are the same when their folded forms
 * are: composed or not (NFC, NFD), with or without diacritics, dd with a stroke or d, the
 * tone on this vowel or that, any case and punctuation, "UBND" or written out.  What
 * names differ by only in diacritics folds to one form as well: whoever looks a name up
 * is told all units that fit, and asks.  docs/units.md has the rules.
 *
 * Text is at most CAP_UNIT_NAME bytes of UTF-8 (RQ_ERR_LIMIT, RQ_ERR_FORMAT).  Forms are
 * appended to out; what folds to nothing has no letter and no digit.
 */
#ifndef RAQUET_CENTRE_UNIT_NAME_H
#define RAQUET_CENTRE_UNIT_NAME_H

#include "bytes/buffer.h"

/* Words of lower-case letters without marks and of digits, one blank between them. */
RQ_MUST_USE enum rq_err name_fold(struct bytes text, struct buffer *out);

/*
 * What was typed may be short for several things (TT: town, centre): name_fold takes the
 * one that is stored, this one each in turn, of NAME_READINGS.
 */
enum { NAME_READINGS = 3 };
RQ_MUST_USE enum rq_err name_fold_reading(struct bytes text, unsigned reading,
					  struct buffer *out);

/* With all marks, but each tone behind its word; nothing is written out.  Tells apart
 * what only diacritics do, when someone typed them. */
RQ_MUST_USE enum rq_err name_marked(struct bytes text, struct buffer *out);

/* As it is stored and shown: composed (NFC), one blank between words, none around them.
 * RQ_ERR_FORMAT also for what a person could not see. */
RQ_MUST_USE enum rq_err name_tidy(struct bytes text, struct buffer *out);

#endif
