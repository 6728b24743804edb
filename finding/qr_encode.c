#include "finding/qr.h"

#include <qrencode.h>

enum { QUIET = 4 /* modules around it, ISO/IEC 18004 */ };

static bool is_dark(const QRcode *code, int x, int y)
{
	return (code->data[(size_t)y * (size_t)code->width + (size_t)x] & 1) != 0;
}

/* Runs of dark modules as bars of one path. */
static void draw_row(struct buffer *out, const QRcode *code, int y)
{
	for (int x = 0, n; x < code->width; x += n) {
		for (n = 1; x + n < code->width &&
			    is_dark(code, x + n, y) == is_dark(code, x, y);
		     n++)
			;
		if (is_dark(code, x, y))
			buffer_format(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n,
				      n);
	}
}

bool qr_draw(struct buffer *out, const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	int side;

	if (code == NULL)
		return false;
	side = code->width + 2 * QUIET;
	buffer_format(
	    out,
	    "<svg class=\"qr\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"QR\" shape-rendering=\"crispEdges\">"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/><path d=\"",
	    side, side);
	for (int y = 0; y < code->width; y++)
		draw_row(out, code, y);
	buffer_text(out, "\" fill=\"#000\"/></svg>");
	QRcode_free(code);
	return true;
}
