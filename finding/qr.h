/*
 * The verdict as a QR code: what a person would otherwise copy by hand from paper into
 * the register of machines.  It holds no path and no name of a document or user.
 */
#ifndef RAQUET_FINDING_QR_H
#define RAQUET_FINDING_QR_H

#include "bytes/buffer.h"
#include "finding/finding.h"

/* The text of the code (docs/result-format.md), printable ASCII without markup. */
void qr_text(struct buffer *out, const struct summary *summary);

/* Draws text as inline SVG.  False: this build has no code to draw it, or it failed;
 * then nothing was written. */
bool qr_draw(struct buffer *out, const char *text);

#endif
