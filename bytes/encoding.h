/*
 * Bytes as text: UTF-8, hex, base64, JSON strings, and what a terminal may see.
 *
 * Nothing that came from outside is printed but through one of these.  All of them
 * append to a buffer, so that a failed allocation shows once, in buffer_ok.
 */
#ifndef RAQUET_BYTES_ENCODING_H
#define RAQUET_BYTES_ENCODING_H

#include "bytes/buffer.h"
#include "bytes/reader.h"

/*
 * Length (1 to 4) of the UTF-8 sequence that text starts with and its code point; 0
 * when text is empty or starts with none (overlong forms, surrogates and values above
 * U+10FFFF are none, RFC 3629).  code_point_out may be NULL.
 */
size_t utf8_sequence(struct bytes text, uint32_t *code_point_out);

bool utf8_valid(struct bytes text);

/* Terminal columns that text takes once written by encode_visible: one for each code
 * point, none for combining marks. */
size_t utf8_columns(struct bytes text);

/* Whether a person would see something else than what is there: control characters,
 * separators of lines, marks that turn the direction of writing, invisible ones. */
bool code_point_is_hidden(uint32_t code_point);

/* Lower-case hex digits. */
void encode_hex(struct buffer *out, struct bytes from);

/* RFC 4648 section 4, with padding. */
void encode_base64(struct buffer *out, struct bytes from);

/*
 * A JSON string with its quotes (RFC 8259).  Bytes that are not UTF-8 come out as the
 * four characters \xNN (the backslash itself escaped, as JSON wants).  Hidden
 * characters come out as \uNNNN, so that a line of JSON is safe on a terminal too.
 * Returns whether from was UTF-8, that is, whether nothing was lost.
 */
bool encode_json(struct buffer *out, struct bytes from);

/*
 * For terminals and pages: UTF-8 as it is, bytes that are none as \xNN, hidden
 * characters as \n, \r, \t, \xNN or \u{NNNN}.  A backslash stays a backslash: paths on
 * Windows must stay readable, and nobody parses this.
 */
void encode_visible(struct buffer *out, struct bytes from);

/* As encode_visible, and safe as text and as attribute of HTML. */
void encode_html(struct buffer *out, struct bytes from);

#endif
