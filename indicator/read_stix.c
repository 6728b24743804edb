/*
 * Bundles of STIX 2.1: the patterns of their indicators.  A bundle without any gives
 * the digests of its files (a digest names one content); what else it observed may be
 * a victim's or everybody's, and is refused.
 */
#include "bytes/buffer.h"
#include "indicator/document_json.h"
#include "indicator/lines.h"
#include "indicator/subject.h"

/* One bundle as it is read. */
struct bundle {
	struct indicator_list *list;
	const json_t *objects;
	json_t *newest; /* identifier -> the newest of its versions */
	size_t n_indicators;
	int64_t now;
};

/* "2023-11-14T22:13:20Z" and with parts of a second, as seconds since 1970. */
static bool read_time(struct bytes text, int64_t *seconds_out)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	int64_t parts[6] = {0}, year, month;
	size_t part = 0;

	if (text.n < sizeof shape || text.at[text.n - 1] != 'Z')
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++) {
		uint8_t c = text.at[i];

		if (shape[i] == 'd' && c >= '0' && c <= '9')
			parts[part] = parts[part] * 10 + (c - '0');
		else if (shape[i] != 'd' && c == (uint8_t)shape[i])
			part++;
		else
			return false;
	}
	/* years that begin in March */
	year = parts[1] > 2 ? parts[0] : parts[0] - 1;
	month = parts[1] > 2 ? parts[1] - 3 : parts[1] + 9;
	*seconds_out = (365 * year + year / 4 - year / 100 + year / 400 +
			(153 * month + 2) / 5 + parts[2] - 1 - 719468) *
			   86400 +
		       parts[3] * 3600 + parts[4] * 60 + parts[5];
	return true;
}

/* When in doubt it is looked for. */
static bool is_expired(const struct bundle *bundle, const json_t *object)
{
	int64_t until;

	return read_time(member_text(object, "valid_until"), &until) &&
	       until < bundle->now;
}

static bool is_benign(const json_t *object)
{
	const json_t *all = json_object_get(object, "indicator_types");

	return json_array_size(all) == 1 && json_is_string(json_array_get(all, 0)) &&
	       bytes_equal_text(bytes_of(json_string_value(json_array_get(all, 0))),
				"benign");
}

static struct bytes reference_of(const json_t *object)
{
	const json_t *all = json_object_get(object, "external_references");
	struct bytes url = {NULL, 0};

	for (size_t i = 0; url.n == 0 && i < json_array_size(all); i++)
		url = member_text(json_array_get(all, i), "url");
	return url;
}

/* Why its author does not want it looked for; NULL: it is wanted. */
static const char *reason_to_leave_out(const struct bundle *bundle,
				       const json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));

	if (id != NULL && json_object_get(bundle->newest, id) != object)
		return "another version of it counts";
	if (member_is_set(object, "revoked"))
		return "revoked";
	if (is_expired(bundle, object))
		return "no longer valid (valid_until)";
	return is_benign(object) ? "said to be benign" : NULL;
}

static enum rq_err read_indicator(struct bundle *bundle, const json_t *object)
{
	const char *reason = reason_to_leave_out(bundle, object);
	struct bytes type = member_text(object, "pattern_type");
	struct bytes pattern = member_text(object, "pattern");
	struct bytes name = member_text(object, "name");
	struct bytes said = member_text(object, "description");
	struct subject subject = {.id = member_text(object, "id"),
				  .reference = reference_of(object)};
	struct buffer description = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	if (reason != NULL)
		return subject_leave_out(bundle->list, &subject, reason, pattern);
	/* STIX 2.0 has no type of patterns: there is one */
	if (type.n > 0 && !bytes_equal_text(type, "stix"))
		return subject_refuse(bundle->list, &subject,
				      "a pattern of another language", type);
	if (pattern.n == 0)
		return subject_refuse(bundle->list, &subject,
				      "an indicator without a pattern", name);
	buffer_put(&description, name.at, name.n);
	buffer_text(&description, name.n > 0 && said.n > 0 ? ": " : "");
	buffer_put(&description, said.at, said.n);
	subject.description = buffer_bytes(&description);
	if (buffer_ok(&description))
		err = read_stix_pattern(bundle->list, &subject, pattern);
	buffer_free(&description);
	return err;
}

/* ---- bundles without indicators ---- */

static enum rq_err read_file(struct bundle *bundle, const json_t *object)
{
	static const struct {
		const char *name;
		enum indicator_kind kind;
	} kinds[] = {{"MD5", INDICATOR_MD5},
		     {"SHA-1", INDICATOR_SHA1},
		     {"SHA-256", INDICATOR_SHA256}};
	const json_t *hashes = json_object_get(object, "hashes");
	struct subject subject = {.id = member_text(object, "id"),
				  .description = member_text(object, "name"),
				  .size = member_size(object, "size")};
	enum rq_err err = RQ_OK;
	size_t n = 0;

	for (size_t i = 0; err == RQ_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
		struct bytes digest = member_text(hashes, kinds[i].name);

		n += digest.n > 0;
		if (digest.n > 0)
			err = subject_digest(bundle->list, &subject, kinds[i].kind,
					     digest);
	}
	if (n == 0)
		err = subject_refuse(bundle->list, &subject,
				     "a file without a digest that is looked for",
				     subject.description);
	return err;
}

static enum rq_err read_observed(struct bundle *bundle, const json_t *object)
{
	static const char *const places[] = {"domain-name",   "ipv4-addr",
					     "ipv6-addr",     "url",
					     "observed-data", "directory"};
	const struct subject subject = {.id = member_text(object, "id")};
	struct bytes type = member_text(object, "type");

	if (bytes_equal_text(type, "file"))
		return read_file(bundle, object);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (bytes_equal_text(type, places[i]))
			return subject_refuse(
			    bundle->list, &subject,
			    "observed, and no indicator says that it is malicious",
			    member_text(object, "value"));
	return RQ_OK;
}

/* ---- the whole ---- */

static bool is_indicator(const json_t *object)
{
	return bytes_equal_text(member_text(object, "type"), "indicator");
}

/* Versions of an object share its identifier; times of one form sort as texts. */
static enum rq_err find_newest(struct bundle *bundle)
{
	for (size_t i = 0; i < json_array_size(bundle->objects); i++) {
		json_t *object = json_array_get(bundle->objects, i);
		const char *id = json_string_value(json_object_get(object, "id"));
		const json_t *other;

		if (!is_indicator(object))
			continue;
		bundle->n_indicators++;
		other = id != NULL ? json_object_get(bundle->newest, id) : NULL;
		if (id == NULL || (other != NULL &&
				   bytes_compare(member_text(other, "modified"),
						 member_text(object, "modified")) >= 0))
			continue;
		if (json_object_set(bundle->newest, id, object) != 0)
			return RQ_ERR_MEMORY;
	}
	return RQ_OK;
}

bool is_stix(const json_t *root)
{
	return bytes_equal_text(member_text(root, "type"), "bundle");
}

enum rq_err read_stix(struct indicator_list *list, const json_t *root, int64_t now)
{
	struct bundle bundle = {.list = list,
				.objects = json_object_get(root, "objects"),
				.newest = json_object(),
				.now = now};
	enum rq_err err = bundle.newest != NULL ? find_newest(&bundle) : RQ_ERR_MEMORY;

	for (size_t i = 0; err == RQ_OK && i < json_array_size(bundle.objects); i++) {
		const json_t *object = json_array_get(bundle.objects, i);

		if (is_indicator(object))
			err = read_indicator(&bundle, object);
		else if (bundle.n_indicators == 0)
			err = read_observed(&bundle, object);
	}
	json_decref(bundle.newest);
	return err;
}
