/*
 * What a person shall do, and where: the sentences that every rendering shares.  The
 * content may say more of each finding, in the reader's language.
 */
#ifndef RAQUET_FINDING_ADVICE_H
#define RAQUET_FINDING_ADVICE_H

#include "finding/result.h"
#include "finding/words.h"

/* The one sentence of what to do now, by verdict and the worst that was found. */
enum word advice_now(const struct result *result, const struct summary *summary);

/* The worst of the first class of findings that there is (finding/group.h); only when
 * there is a finding. */
enum severity advice_worst(const struct result *result);

/* The text of key_vi or key_en when the content has it, else of key; empty when it has
 * neither. */
struct bytes advice_meta(const struct finding *finding, const char *key,
			 enum language language);

/* What a group is called before a reader: the description, or the rule's name. */
struct bytes advice_title(const struct group *group, enum language language);

/* Writes the folders of the users in whose files something was found, raw, the first
 * few; nothing when it lies elsewhere. */
void advice_user_folders(struct buffer *out, const struct result *result);

/* As much of text as columns allow, with an ellipsis in the middle where the rest was
 * (a path is told by its ends), or at the end; visible characters, not yet escaped for
 * a page. */
void advice_cut_middle(struct buffer *out, struct bytes text, size_t columns);
void advice_cut_end(struct buffer *out, struct bytes text, size_t columns);

#endif
