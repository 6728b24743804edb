/*
 * The module "math": statistics over a range of the object or over a text.
 *
 * Sums are made in libyara's order, so that results are equal to the last bit.  What it
 * takes from its host is kept as on its usual one: bytes of a *text* count as signed in
 * mean, deviation, serial_correlation and monte_carlo_pi; bytes of the object never do.
 *
 * A range may run over several blocks when they touch; a hole inside makes the result
 * undefined, and an end beyond the object is cut off in silence.
 */
#include "engine/module/module.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum math_id {
	IN_RANGE,
	DEVIATION,
	DEVIATION_OF_TEXT,
	MEAN,
	MEAN_OF_TEXT,
	SERIAL_CORRELATION,
	SERIAL_CORRELATION_OF_TEXT,
	MONTE_CARLO_PI,
	MONTE_CARLO_PI_OF_TEXT,
	ENTROPY,
	ENTROPY_OF_TEXT,
	MIN,
	MAX,
	TO_NUMBER,
	ABS,
	COUNT,
	COUNT_OF_ALL,
	PERCENTAGE,
	PERCENTAGE_OF_ALL,
	MODE,
	MODE_OF_ALL,
	TO_STRING,
	TO_STRING_IN_BASE,
};

/* How often each byte occurs in a range. */
struct distribution {
	uint64_t count[256];
	uint64_t total;
	bool is_defined;
};

struct math_state {
	const struct module_context *context;

	/* The last range asked for: rules like to ask about the same one again. */
	struct distribution last;
	bool has_last, last_is_all;
	int64_t last_offset, last_length;
};

/* ---- ranges ---- */

/* The bytes of one range, block by block. */
struct range_walk {
	const struct object *object;
	size_t next; /* block */
	uint64_t offset, length;
	bool is_started, is_broken, is_over;
};

static struct range_walk range_start(const struct object *object, int64_t offset,
				     int64_t length)
{
	struct range_walk walk = {.object = object};

	walk.offset = (uint64_t)offset;
	walk.length = (uint64_t)length;
	if (object->n_blocks == 0 || offset < 0 || length < 0 ||
	    walk.offset < object->blocks[0].base)
		walk.is_broken = true;
	return walk;
}

/* The next run of the range; false when there is none. */
static bool range_next(struct range_walk *walk, struct bytes *run_out)
{
	while (!walk->is_broken && !walk->is_over &&
	       walk->next < walk->object->n_blocks) {
		const struct block *b = &walk->object->blocks[walk->next++];
		bool is_inside =
		    walk->offset >= b->base && walk->offset - b->base < b->size;

		if (is_inside) {
			struct reader r = reader_over(b->data, b->size);
			uint64_t left;

			reader_seek(&r, walk->offset - b->base);
			left = reader_left(&r);
			*run_out =
			    reader_bytes(&r, walk->length < left ? walk->length : left);
			walk->offset += run_out->n;
			walk->length -= run_out->n;
			walk->is_started = true;
		} else if (walk->is_started) {
			walk->is_broken = true; /* a hole inside the range */
		}
		walk->is_over = b->base + b->size >= walk->offset + walk->length;
		if (is_inside)
			return true;
	}
	return false;
}

/* Whether all of the range that exists was given. */
static bool range_is_defined(const struct range_walk *walk)
{
	return walk->is_started && !walk->is_broken;
}

/* ---- distribution ---- */

static void count_run(struct distribution *d, struct bytes run)
{
	/* Four tables, because runs of one byte would wait for their own counter. */
	uint64_t lanes[4][256];
	size_t i = 0;

	memset(lanes, 0, sizeof lanes);
	for (; run.n - i >= 4; i += 4) {
		lanes[0][run.at[i]]++;
		lanes[1][run.at[i + 1]]++;
		lanes[2][run.at[i + 2]]++;
		lanes[3][run.at[i + 3]]++;
	}
	for (; i < run.n; i++)
		lanes[0][run.at[i]]++;
	for (size_t byte = 0; byte < 256; byte++)
		d->count[byte] +=
		    lanes[0][byte] + lanes[1][byte] + lanes[2][byte] + lanes[3][byte];
	d->total += run.n;
}

static const struct distribution *distribution_of_range(struct math_state *state,
							int64_t offset, int64_t length)
{
	struct range_walk walk = range_start(state->context->object, offset, length);
	struct bytes run;

	if (state->has_last && !state->last_is_all && state->last_offset == offset &&
	    state->last_length == length)
		return &state->last;
	memset(&state->last, 0, sizeof state->last);
	while (range_next(&walk, &run))
		count_run(&state->last, run);
	state->last.is_defined = range_is_defined(&walk);
	state->has_last = true;
	state->last_is_all = false;
	state->last_offset = offset;
	state->last_length = length;
	return &state->last;
}

/* Of the whole object, which must begin at 0 and have no holes; an empty file has none,
 * because libyara has no block to read then. */
static const struct distribution *distribution_of_all(struct math_state *state)
{
	const struct object *object = state->context->object;
	uint64_t expected = 0;

	if (state->has_last && state->last_is_all)
		return &state->last;
	memset(&state->last, 0, sizeof state->last);
	state->last.is_defined = true;
	for (size_t i = 0; i < object->n_blocks && state->last.is_defined; i++) {
		const struct block *b = &object->blocks[i];

		state->last.is_defined = b->base == expected && b->size > 0;
		if (state->last.is_defined)
			count_run(&state->last, (struct bytes){b->data, b->size});
		expected = b->base + b->size;
	}
	state->has_last = true;
	state->last_is_all = true;
	return &state->last;
}

static double entropy(const struct distribution *d)
{
	double sum = 0.0;

	for (size_t i = 0; i < 256; i++) {
		if (d->count[i] != 0) {
			double x = (double)d->count[i] / (double)d->total;

			sum -= x * log2(x);
		}
	}
	return sum;
}

static double deviation(const struct distribution *d, double mean)
{
	double sum = 0.0;

	for (size_t i = 0; i < 256; i++)
		sum += fabs((double)i - mean) * (double)d->count[i];
	return sum / (double)d->total;
}

static double mean_of(const struct distribution *d)
{
	double sum = 0.0;

	for (size_t i = 0; i < 256; i++)
		sum += (double)i * (double)d->count[i];
	return sum / (double)d->total;
}

/* The quotient is one of single precision in libyara. */
static double percentage(const struct distribution *d, int64_t byte)
{
	return (double)((float)d->count[byte] / (float)d->total);
}

static int64_t mode(const struct distribution *d)
{
	int64_t most = 0;

	for (int64_t i = 0; i < 256; i++)
		if (d->count[i] > d->count[most])
			most = i;
	return most;
}

/* ---- text, byte by byte and signed ---- */

static double signed_byte(struct bytes text, size_t i)
{
	return (double)(int8_t)text.at[i];
}

static double text_entropy(struct bytes text)
{
	struct distribution d = {0};

	count_run(&d, text);
	return entropy(&d);
}

static double text_deviation(struct bytes text, double mean)
{
	double sum = 0.0;

	for (size_t i = 0; i < text.n; i++)
		sum += fabs(signed_byte(text, i) - mean);
	return sum / (double)text.n;
}

static double text_mean(struct bytes text)
{
	double sum = 0.0;

	for (size_t i = 0; i < text.n; i++)
		sum += signed_byte(text, i);
	return sum / (double)text.n;
}

/* ---- serial correlation ---- */

struct correlation {
	double first, last;
	double products, sum, squares;
	uint64_t n;
};

static void correlate(struct correlation *c, double byte)
{
	c->products += c->last * byte;
	c->sum += byte;
	c->squares += byte * byte;
	c->last = byte;
	c->n++;
}

static double correlation_finish(struct correlation *c)
{
	double n = (double)c->n;
	double divisor;

	c->products += c->last * c->first;
	c->sum *= c->sum;
	divisor = n * c->squares - c->sum;
	return divisor == 0 ? -100000 : (n * c->products - c->sum) / divisor;
}

static struct value serial_correlation(struct math_state *state, int64_t offset,
				       int64_t length)
{
	struct range_walk walk = range_start(state->context->object, offset, length);
	struct correlation c = {0};
	struct bytes run;

	while (range_next(&walk, &run)) {
		if (run.n > 0)
			c.first = run.at[0]; /* of the last block, as in libyara */
		for (size_t i = 0; i < run.n; i++)
			correlate(&c, run.at[i]);
	}
	return range_is_defined(&walk) ? value_float(correlation_finish(&c))
				       : value_undefined();
}

static double text_serial_correlation(struct bytes text)
{
	struct correlation c = {0};

	if (text.n > 0)
		c.first = signed_byte(text, 0);
	for (size_t i = 0; i < text.n; i++)
		correlate(&c, signed_byte(text, i));
	return correlation_finish(&c);
}

/* ---- Monte Carlo: six bytes are a point, how many lie in the circle? ---- */

static const double radius_squared = 281474943156225.0; /* (256^3 - 1)^2 */

struct monte_carlo {
	uint64_t points, inside;
};

static void throw_points(struct monte_carlo *m, struct bytes run, bool is_signed)
{
	struct reader r = reader_over(run.at, run.n);

	while (reader_left(&r) >= 6) {
		double axis[2] = {0, 0};

		for (size_t i = 0; i < 6; i++) {
			uint32_t byte = reader_u8(&r);

			if (is_signed)
				byte = (uint32_t)(int8_t)byte;
			axis[i / 3] = axis[i / 3] * 256.0 + byte;
		}
		m->points++;
		if (axis[0] * axis[0] + axis[1] * axis[1] <= radius_squared)
			m->inside++;
	}
}

/* How far the estimate is from pi, relative to pi. */
static struct value pi_error(const struct monte_carlo *m)
{
	const double pi = 3.141592653589793;
	double estimate;

	if (m->points == 0)
		return value_undefined();
	estimate = 4.0 * ((double)m->inside / (double)m->points);
	return value_float(fabs((estimate - pi) / pi));
}

static struct value monte_carlo_pi(struct math_state *state, int64_t offset,
				   int64_t length)
{
	struct range_walk walk = range_start(state->context->object, offset, length);
	struct monte_carlo m = {0};
	struct bytes run;

	while (range_next(&walk, &run))
		throw_points(&m, run, false); /* a point never spans two blocks */
	return range_is_defined(&walk) ? pi_error(&m) : value_undefined();
}

static struct value text_monte_carlo_pi(struct bytes text)
{
	struct monte_carlo m = {0};

	throw_points(&m, text, true);
	return pi_error(&m);
}

/* ---- numbers ---- */

static struct value smaller_or_larger(const struct value *args, bool want_larger)
{
	uint64_t a = (uint64_t)args[0].integer, b = (uint64_t)args[1].integer;

	return value_int((int64_t)((a < b) == want_larger ? b : a)); /* unsigned! */
}

static struct value magnitude(int64_t i)
{
	return value_int(i < 0 ? (int64_t)(0 - (uint64_t)i) : i);
}

static struct value to_string(struct math_state *state, int64_t i, int64_t base)
{
	struct arena *arena = state->context->arena;
	char *text = NULL;

	if (base == 10)
		text = arena_format(arena, "%" PRId64, i);
	else if (base == 8)
		text = arena_format(arena, "%" PRIo64, (uint64_t)i);
	else if (base == 16)
		text = arena_format(arena, "%" PRIx64, (uint64_t)i);
	return text != NULL ? value_text(bytes_of(text)) : value_undefined();
}

/* ---- the calls ---- */

static bool is_byte(int64_t i)
{
	return i >= 0 && i <= 255;
}

/* What the distribution answers; args are those behind the range. */
static struct value ask(const struct distribution *d, enum math_id id,
			const struct value *args)
{
	if (!d->is_defined)
		return value_undefined();
	switch (id) {
	case DEVIATION: return value_float(deviation(d, args[0].real));
	case MEAN: return value_float(mean_of(d));
	case ENTROPY: return value_float(entropy(d));
	case COUNT: return value_int((int64_t)d->count[args[0].integer]);
	case PERCENTAGE: return value_float(percentage(d, args[0].integer));
	case MODE: return value_int(mode(d));
	default: return value_undefined();
	}
}

static struct value call_range(struct math_state *state, enum math_id id,
			       const struct value *args)
{
	return ask(distribution_of_range(state, args[0].integer, args[1].integer), id,
		   args + 2);
}

/* COUNT and PERCENTAGE have the byte before the range. */
static struct value call_byte(struct math_state *state, enum math_id id,
			      const struct value *args)
{
	if (!is_byte(args[0].integer))
		return value_undefined();
	if (id == COUNT_OF_ALL)
		return ask(distribution_of_all(state), COUNT, args);
	if (id == PERCENTAGE_OF_ALL)
		return ask(distribution_of_all(state), PERCENTAGE, args);
	return ask(distribution_of_range(state, args[1].integer, args[2].integer), id,
		   args);
}

static struct value call(struct math_state *state, enum math_id id,
			 const struct value *args)
{
	switch (id) {
	case IN_RANGE:
		return value_int(args[1].real <= args[0].real &&
				 args[0].real <= args[2].real);
	case DEVIATION:
	case MEAN:
	case ENTROPY:
	case MODE: return call_range(state, id, args);
	case MODE_OF_ALL: return ask(distribution_of_all(state), MODE, args);
	case COUNT:
	case COUNT_OF_ALL:
	case PERCENTAGE:
	case PERCENTAGE_OF_ALL: return call_byte(state, id, args);
	case DEVIATION_OF_TEXT:
		return value_float(text_deviation(args[0].text, args[1].real));
	case MEAN_OF_TEXT: return value_float(text_mean(args[0].text));
	case ENTROPY_OF_TEXT: return value_float(text_entropy(args[0].text));
	case SERIAL_CORRELATION:
		return serial_correlation(state, args[0].integer, args[1].integer);
	case SERIAL_CORRELATION_OF_TEXT:
		return value_float(text_serial_correlation(args[0].text));
	case MONTE_CARLO_PI:
		return monte_carlo_pi(state, args[0].integer, args[1].integer);
	case MONTE_CARLO_PI_OF_TEXT: return text_monte_carlo_pi(args[0].text);
	case MIN: return smaller_or_larger(args, false);
	case MAX: return smaller_or_larger(args, true);
	case TO_NUMBER: return value_int(args[0].integer != 0);
	case ABS: return magnitude(args[0].integer);
	case TO_STRING: return to_string(state, args[0].integer, 10);
	case TO_STRING_IN_BASE:
		return to_string(state, args[0].integer, args[1].integer);
	}
	return value_undefined();
}

static void math_call(void *state, uint16_t id, const struct value *args,
		      struct value *value_out)
{
	*value_out = call(state, (enum math_id)id, args);
	/* 0/0 of an empty range */
	if (value_out->type == VALUE_FLOAT && isnan(value_out->real))
		*value_out = value_undefined();
}

static enum rq_err math_open(const struct module_context *context, void **state_out)
{
	struct math_state *state = arena_make(context->arena, struct math_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	return RQ_OK;
}

static const struct module_field fields[] = {
    {.name = "MEAN_BYTES", .kind = FIELD_CONSTANT, .type = VALUE_FLOAT, .real = 127.5},
    FIELD_OF_FUNCTION("in_range", IN_RANGE, "fff", VALUE_INT),
    FIELD_OF_FUNCTION("deviation", DEVIATION, "iif", VALUE_FLOAT),
    FIELD_OF_FUNCTION("deviation", DEVIATION_OF_TEXT, "sf", VALUE_FLOAT),
    FIELD_OF_FUNCTION("mean", MEAN, "ii", VALUE_FLOAT),
    FIELD_OF_FUNCTION("mean", MEAN_OF_TEXT, "s", VALUE_FLOAT),
    FIELD_OF_FUNCTION("serial_correlation", SERIAL_CORRELATION, "ii", VALUE_FLOAT),
    FIELD_OF_FUNCTION("serial_correlation", SERIAL_CORRELATION_OF_TEXT, "s",
		      VALUE_FLOAT),
    FIELD_OF_FUNCTION("monte_carlo_pi", MONTE_CARLO_PI, "ii", VALUE_FLOAT),
    FIELD_OF_FUNCTION("monte_carlo_pi", MONTE_CARLO_PI_OF_TEXT, "s", VALUE_FLOAT),
    FIELD_OF_FUNCTION("entropy", ENTROPY, "ii", VALUE_FLOAT),
    FIELD_OF_FUNCTION("entropy", ENTROPY_OF_TEXT, "s", VALUE_FLOAT),
    FIELD_OF_FUNCTION("min", MIN, "ii", VALUE_INT),
    FIELD_OF_FUNCTION("max", MAX, "ii", VALUE_INT),
    FIELD_OF_FUNCTION("to_number", TO_NUMBER, "b", VALUE_INT),
    FIELD_OF_FUNCTION("abs", ABS, "i", VALUE_INT),
    FIELD_OF_FUNCTION("count", COUNT, "iii", VALUE_INT),
    FIELD_OF_FUNCTION("count", COUNT_OF_ALL, "i", VALUE_INT),
    FIELD_OF_FUNCTION("percentage", PERCENTAGE, "iii", VALUE_FLOAT),
    FIELD_OF_FUNCTION("percentage", PERCENTAGE_OF_ALL, "i", VALUE_FLOAT),
    FIELD_OF_FUNCTION("mode", MODE, "ii", VALUE_INT),
    FIELD_OF_FUNCTION("mode", MODE_OF_ALL, "", VALUE_INT),
    FIELD_OF_FUNCTION("to_string", TO_STRING, "i", VALUE_TEXT),
    FIELD_OF_FUNCTION("to_string", TO_STRING_IN_BASE, "ii", VALUE_TEXT),
    {0},
};

const struct module module_math = {
    .name = "math", .fields = fields, .open = math_open, .call = math_call};
