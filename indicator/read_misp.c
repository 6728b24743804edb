/*
 * Events of MISP: their attributes and those of their objects.
 *
 * An attribute whose to_ids is false is not meant for detection and left out.  In an
 * event where no attribute is marked, the mark says nothing: there digests, hosts and
 * addresses count, and names and pages (often innocent ones that were abused) do not.
 *
 * An object "file" is one file: where it has digests that are looked up, they stand for
 * it, and its name (svchost.exe ...) is no indicator of its own.
 */
#include "bytes/buffer.h"
#include "indicator/document_json.h"
#include "indicator/lines.h"
#include "indicator/subject.h"

#include <string.h>

enum what { NOTHING, DIGEST, PLACE, PAGE, FILE_NAME, PLACES };

struct type {
	const char *name;
	enum what what;
	enum indicator_kind kind;
};

static const struct type types[] = {
    {"md5", DIGEST, INDICATOR_MD5},
    {"sha1", DIGEST, INDICATOR_SHA1},
    {"sha256", DIGEST, INDICATOR_SHA256},
    /* the name goes with the digest and is none of its own: netapi32.dll|... */
    {"filename|md5", DIGEST, INDICATOR_MD5},
    {"filename|sha1", DIGEST, INDICATOR_SHA1},
    {"filename|sha256", DIGEST, INDICATOR_SHA256},
    {"malware-sample", DIGEST, INDICATOR_MD5},
    {"filename", FILE_NAME, INDICATOR_NAME},
    {"domain", PLACE, INDICATOR_HOST},
    {"hostname", PLACE, INDICATOR_HOST},
    {"hostname|port", PLACE, INDICATOR_HOST},
    {"ip-src", PLACE, INDICATOR_ADDRESS},
    {"ip-dst", PLACE, INDICATOR_ADDRESS},
    {"ip-src|port", PLACE, INDICATOR_ADDRESS},
    {"ip-dst|port", PLACE, INDICATOR_ADDRESS},
    {"url", PAGE, INDICATOR_HOST},
    {"domain|ip", PLACES, INDICATOR_HOST},
};

/* The attributes of an event itself, or of one of its objects. */
struct group {
	struct indicator_list *list;
	const json_t *event, *attributes;
	bool event_marks; /* some attribute of the event is meant for detection */
	bool is_deleted;
	bool is_file;    /* all of it is said of one file */
	bool has_digest; /* which is looked up by its digest */
	uint64_t size;   /* 0: not known */
};

static const struct type *type_of(const json_t *attribute)
{
	static const struct type unknown = {"", NOTHING, INDICATOR_MD5};
	struct bytes name = member_text(attribute, "type");

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (bytes_equal_text(name, types[i].name))
			return &types[i];
	return &unknown;
}

static bool is_meant(const struct group *group, const json_t *attribute)
{
	enum what what = type_of(attribute)->what;

	if (json_object_get(attribute, "to_ids") == NULL ||
	    member_is_set(attribute, "to_ids"))
		return true;
	return !group->event_marks &&
	       (what == DIGEST || what == PLACE || what == PLACES);
}

static bool is_deleted(const struct group *group, const json_t *attribute)
{
	return group->is_deleted || member_is_set(attribute, "deleted");
}

/* What two parts have is FIRST|SECOND. */
static void split(const struct type *type, struct bytes value, struct bytes *first,
		  struct bytes *second)
{
	*first = *second = value;
	if (strchr(type->name, '|') != NULL ||
	    strcmp(type->name, "malware-sample") == 0)
		*first = text_field(second, '|');
}

static enum rq_err add(struct indicator_list *list, const struct type *type,
		       const struct subject *subject, struct bytes value)
{
	struct bytes first, second;
	enum rq_err err;

	split(type, value, &first, &second);
	switch (type->what) {
	case DIGEST: return subject_digest(list, subject, type->kind, second);
	case FILE_NAME: return subject_file(list, subject, value);
	case PLACES:
		err = subject_place(list, subject, first);
		return err == RQ_OK ? subject_place(list, subject, second) : err;
	case PLACE:
	case PAGE: return subject_place(list, subject, first);
	case NOTHING: break;
	}
	return subject_refuse(list, subject, "a type that is not looked for", value);
}

/* The name that goes with a digest, what is said of it, and the event. */
static void describe(const struct group *group, const struct type *type,
		     const json_t *attribute, struct buffer *to)
{
	struct bytes parts[3] = {[1] = member_text(attribute, "comment"),
				 [2] = member_text(group->event, "info")};
	struct bytes second;

	split(type, member_text(attribute, "value"), &parts[0], &second);
	if (type->what != DIGEST || bytes_equal(parts[0], second))
		parts[0].n = 0;
	for (size_t i = 0; i < 3; i++) {
		if (parts[i].n == 0)
			continue;
		buffer_text(to, to->size > 0 ? ", " : "");
		buffer_put(to, parts[i].at, parts[i].n);
	}
}

static enum rq_err take(const struct group *group, const json_t *attribute)
{
	const struct type *type = type_of(attribute);
	struct bytes value = member_text(attribute, "value");
	struct subject subject = {.id = member_text(attribute, "uuid"),
				  .size = group->size};
	struct buffer description = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	if (is_deleted(group, attribute))
		return subject_leave_out(group->list, &subject, "deleted", value);
	if (!is_meant(group, attribute))
		return subject_leave_out(group->list, &subject,
					 "not meant for detection (to_ids)", value);
	if (group->has_digest && (type->what == NOTHING || type->what == FILE_NAME))
		return subject_leave_out(group->list, &subject,
					 "of a file for which its digest stands",
					 value);
	if (value.n == 0)
		return subject_refuse(group->list, &subject,
				      "an attribute without a value",
				      member_text(attribute, "type"));
	describe(group, type, attribute, &description);
	subject.description = buffer_bytes(&description);
	if (buffer_ok(&description))
		err = add(group->list, type, &subject, value);
	buffer_free(&description);
	return err;
}

/* What the attributes of one file say together. */
static void look_at_file(struct group *group)
{
	for (size_t i = 0; i < json_array_size(group->attributes); i++) {
		const json_t *attribute = json_array_get(group->attributes, i);

		if (is_deleted(group, attribute))
			continue;
		if (bytes_equal_text(member_text(attribute, "type"), "size-in-bytes"))
			group->size = member_size(attribute, "value");
		else if (type_of(attribute)->what == DIGEST)
			group->has_digest |= is_meant(group, attribute);
	}
}

static enum rq_err read_group(struct group group)
{
	enum rq_err err = RQ_OK;

	if (group.is_file)
		look_at_file(&group);
	for (size_t i = 0; err == RQ_OK && i < json_array_size(group.attributes); i++)
		err = take(&group, json_array_get(group.attributes, i));
	return err;
}

static bool has_mark(const json_t *attributes)
{
	for (size_t i = 0; i < json_array_size(attributes); i++)
		if (member_is_set(json_array_get(attributes, i), "to_ids"))
			return true;
	return false;
}

static enum rq_err read_event(struct indicator_list *list, const json_t *json)
{
	const json_t *inner = json_object_get(json, "Event");
	const json_t *event = inner != NULL ? inner : json;
	const json_t *objects = json_object_get(event, "Object");
	struct group group = {.list = list,
			      .event = event,
			      .attributes = json_object_get(event, "Attribute")};
	enum rq_err err;

	if (group.attributes == NULL && objects == NULL)
		return indicator_refuse(list, 0, "an event without attributes",
					member_text(event, "info"));
	group.event_marks = has_mark(group.attributes);
	for (size_t i = 0; i < json_array_size(objects); i++)
		group.event_marks |=
		    has_mark(json_object_get(json_array_get(objects, i), "Attribute"));
	err = read_group(group);
	for (size_t i = 0; err == RQ_OK && i < json_array_size(objects); i++) {
		const json_t *object = json_array_get(objects, i);

		group.attributes = json_object_get(object, "Attribute");
		group.is_deleted = member_is_set(object, "deleted");
		group.is_file = bytes_equal_text(member_text(object, "name"), "file");
		err = read_group(group);
	}
	return err;
}

/* ---- events ---- */

static const json_t *events_of(const json_t *root)
{
	const json_t *response = json_object_get(root, "response");

	return response != NULL ? response : root;
}

static bool is_event(const json_t *json)
{
	return json_object_get(json, "Event") != NULL ||
	       json_object_get(json, "Attribute") != NULL;
}

bool is_misp(const json_t *root)
{
	const json_t *events = events_of(root);

	return is_event(events) || is_event(json_array_get(events, 0));
}

enum rq_err read_misp(struct indicator_list *list, const json_t *root)
{
	const json_t *events = events_of(root);
	enum rq_err err = RQ_OK;

	if (!json_is_array(events))
		return read_event(list, events);
	for (size_t i = 0; err == RQ_OK && i < json_array_size(events); i++)
		err = read_event(list, json_array_get(events, i));
	return err;
}
