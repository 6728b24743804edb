/* Hosts, addresses and ranges: one a line, [;score], the comment above describes. */
#include "indicator/host.h"
#include "indicator/lines.h"

#include <string.h>

enum { SCORE_OF_HOST = 75, SHORTEST_HOST = 4 };

enum rq_err indicator_add_place(struct indicator_list *list, struct bytes text,
				uint32_t detail, bool *is_one_out)
{
	struct indicator_address address = {.text = text_trim(text), .detail = detail};
	struct indicator_host host = {.detail = detail};
	struct host_form form;

	*is_one_out = text_trim(text).n >= SHORTEST_HOST && host_read(text, &form);
	if (!*is_one_out)
		return RQ_OK;
	if (form.is_address) {
		memcpy(address.first, form.first, 16);
		memcpy(address.last, form.last, 16);
		return indicator_add_address(list, &address);
	}
	host.name = (struct bytes){(const uint8_t *)form.name, form.n_name};
	return indicator_add_host(list, &host);
}

static enum rq_err read_line(struct indicator_list *list, const struct lines *lines)
{
	struct bytes rest = lines->line, place = text_field(&rest, ';');
	int32_t score = SCORE_OF_HOST;
	uint32_t detail;
	bool is_one;
	enum rq_err err;

	if (rest.n > 0 && !text_score(text_field(&rest, ';'), &score))
		return indicator_refuse(list, lines->number, "no score behind the host",
					lines->line);
	/* host  # what it is */
	rest = place;
	place = text_field(&rest, '#');
	err = indicator_list_detail(list, score,
				    rest.n > 0 ? text_trim(rest) : lines->comment,
				    (struct bytes){NULL, 0}, &detail);
	if (err == RQ_OK)
		err = indicator_add_place(list, place, detail, &is_one);
	if (err == RQ_OK && !is_one)
		err = indicator_refuse(list, lines->number,
				       "no host name, address or range", lines->line);
	return err;
}

enum rq_err read_hosts(struct indicator_list *list, struct bytes text)
{
	struct lines lines = lines_of(text);
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && lines_next(&lines))
		err = read_line(list, &lines);
	return err;
}
