#include "endpoint/seal.h"

#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "crypto/secret.h"
#include "finding/gap.h"
#include "finding/jsonl.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/host.h"
#include "os/machine.h"
#include "os/terminal.h"
#include "sealed/describe.h"
#include "sealed/key_file.h"
#include "sealed/sealed.h"

#include <stdio.h>
#include <string.h>

struct seal {
	struct seal_options options;
	bool is_declined;
	uint8_t copy[SIGN_SECRET_SIZE], centre[SEAL_PUBLIC_SIZE];
	struct buffer unit;
	struct buffer lines; /* the body */
	struct buffer kit;
	struct sealed_content others[CAP_SEALED_CONTENTS - 2]; /* rules and scope */
	size_t n_others;
	bool by_scope;
};

/* ---- keys ---- */

static int key_refused(const struct seal *seal, const struct rq_diag *diag,
		       enum rq_err err)
{
	char detail[800];

	snprintf(detail, sizeof detail, "%s: %s", diag->where,
		 diag->what[0] != 0 ? diag->what : rq_err_text(err));
	complain(seal->options.language, MESSAGE_KEY_REFUSED, detail);
	return EXIT_USAGE;
}

static enum rq_err read_keys(struct seal *seal, struct rq_diag *diag)
{
	const struct seal_options *options = &seal->options;
	struct buffer place = {0};
	bool is_beside;
	enum rq_err err = RQ_OK;

	if (options->unit_code_file != NULL)
		err = unit_code_read(options->unit_code_file, &seal->unit, diag);
	if (err == RQ_OK && options->centre_key_file != NULL)
		err = key_file_read(options->centre_key_file, KEY_FILE_CENTRE_PUBLIC,
				    seal->centre, diag);
	if (err == RQ_OK)
		err = copy_key_find(options->copy_key_file, seal->copy, &place,
				    &is_beside, diag);
	if (err == RQ_OK && !is_beside && options->copy_key_file == NULL)
		complain(options->language, MESSAGE_KEY_OF_USER,
			 (const char *)place.data);
	buffer_free(&place);
	return err;
}

/* The first line of raquet.kit beside the program: who prepared the medium wrote it. */
static void read_kit(struct buffer *kit)
{
	struct bytes path;

	*kit = (struct buffer){.max = 4096};
	if (host_program_path(kit) == RQ_OK) {
		struct buffer name = {0};

		path = buffer_bytes(kit);
		path.n--;
		buffer_put(&name, path.at, file_name_offset(path));
		buffer_text(&name, "raquet.kit");
		buffer_u8(&name, 0);
		buffer_clear(kit);
		if (!buffer_ok(&name) ||
		    file_read_whole((const char *)name.data, kit, NULL) != RQ_OK)
			buffer_clear(kit);
		buffer_free(&name);
	}
	for (size_t i = 0; i < kit->size; i++)
		if (kit->data[i] == '\n' || kit->data[i] == '\r')
			kit->size = i;
}

int seal_open(const struct seal_options *options, struct seal **seal_out)
{
	struct seal *seal = alloc_array(1, sizeof *seal);
	struct rq_diag diag = {0};
	enum rq_err err;

	*seal_out = NULL;
	if (!options->is_agreed && !terminal_can_ask()) {
		complain(options->language, MESSAGE_SEAL_NEEDS_YES, NULL);
		alloc_free(seal);
		return EXIT_USAGE;
	}
	if (seal == NULL) {
		complain(options->language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	seal->options = *options;
	seal->lines.max = CAP_SEALED_BODY;
	err = read_keys(seal, &diag);
	if (err != RQ_OK) {
		int code = key_refused(seal, &diag, err);

		seal_free(seal);
		return code;
	}
	read_kit(&seal->kit);
	*seal_out = seal; /* transferred */
	return EXIT_CLEAN;
}

void seal_free(struct seal *seal)
{
	if (seal == NULL)
		return;
	key_file_forget(&seal->unit);
	buffer_free(&seal->lines);
	buffer_free(&seal->kit);
	alloc_free_secret(seal, sizeof *seal);
}

/* ---- the body ---- */

void seal_content(struct seal *seal, const char *name, const uint8_t sha256[32])
{
	struct sealed_content *content;

	if (seal == NULL || seal->n_others == CAP_SEALED_CONTENTS - 2)
		return;
	content = &seal->others[seal->n_others++];
	content->name = bytes_of(name);
	memcpy(content->sha256, sha256, 32);
}

void seal_by_scope(struct seal *seal)
{
	if (seal != NULL)
		seal->by_scope = true;
}

void seal_finding(struct seal *seal, const struct finding *finding)
{
	if (seal != NULL)
		jsonl_match(&seal->lines, finding, JSONL_MODIFIED);
}

void seal_gap(struct seal *seal, const struct gap *gap)
{
	if (seal != NULL && seal->options.gap_paths)
		jsonl_gap(&seal->lines, gap);
}

/* Whether word names no file: an option, or a whole disk. */
static bool names_nothing(const char *word)
{
	static const char *const options[] = {"--all", "--processes", "--quick",
					      "--persistence", "running-programs"};
	size_t n = strlen(word);

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (strcmp(word, options[i]) == 0)
			return true;
	if (strncmp(word, "--pid ", 6) == 0 && strspn(word + 6, "0123456789") == n - 6)
		return true;
	return (n == 1 && file_is_separator(word[0])) ||
	       ((n == 2 || n == 3) && word[1] == ':' && file_separator == '\\');
}

/* The summary without names: of what a person asked for, files are a number. */
static void put_summary(struct seal *seal, const struct summary *summary)
{
	const char **scope = alloc_array(summary->n_scope + 2, sizeof *scope);
	struct summary bare = *summary;
	char count[32];
	size_t n = 0, n_paths = 0;

	if (scope == NULL) {
		seal->lines.failed = true;
		return;
	}
	/* its name and digest stand in the summary, and they say more than roots do */
	if (seal->by_scope)
		scope[n++] = "--scope";
	for (size_t i = 0; i < summary->n_scope; i++) {
		if (names_nothing(summary->scope[i]))
			scope[n++] = summary->scope[i];
		else if (!seal->by_scope)
			n_paths++;
	}
	snprintf(count, sizeof count, "paths: %zu", n_paths);
	if (n_paths > 0)
		scope[n++] = count;
	bare.scope = scope;
	bare.n_scope = n;
	jsonl_summary(&seal->lines, &bare);
	alloc_free(scope);
}

/* ---- the header ---- */

static void add_fact(struct sealed_header *header, enum sealed_fact_kind kind,
		     const char *text)
{
	if (text != NULL && *text != 0 && header->n_facts < CAP_SEALED_FACTS)
		header->facts[header->n_facts++] =
		    (struct sealed_fact){kind, bytes_of(text)};
}

static void add_facts(struct sealed_header *header, const struct machine *machine,
		      const struct asset_answer *asset)
{
	add_fact(header, FACT_HOST_NAME, machine->name);
	add_fact(header, FACT_MAKER, machine->maker);
	add_fact(header, FACT_MODEL, machine->model);
	add_fact(header, FACT_SERIAL, machine->serial);
	add_fact(header, FACT_BOARD_SERIAL, machine->board_serial);
	for (size_t i = 0; i < machine->n_addresses; i++)
		add_fact(header, FACT_ADDRESS, machine->addresses[i]);
	add_fact(header, FACT_INSTALLED, machine->installed);
	add_fact(header, asset->is_listed ? FACT_ASSET_TAG : FACT_ASSET_TYPED,
		 asset->tag);
	add_fact(header, FACT_UNIT, asset->unit);
}

static void add_contents(struct sealed_header *header, const struct seal *seal,
			 const struct summary *summary, char *version, size_t size)
{
	struct sealed_content *content = &header->contents[header->n_contents++];

	snprintf(version, size, "%s%s%s",
		 summary->content_name != NULL ? summary->content_name : "",
		 summary->content_name != NULL && summary->content_date != NULL ? " "
										: "",
		 summary->content_date != NULL ? summary->content_date : "");
	content->name = bytes_of("rules");
	content->version = bytes_of(version);
	memcpy(content->sha256, summary->content_sha256, 32);
	for (size_t i = 0; i < seal->n_others; i++)
		header->contents[header->n_contents++] = seal->others[i];
	if (summary->required_name != NULL) {
		content = &header->contents[header->n_contents++];
		content->name = bytes_of("scope");
		content->version = bytes_of(summary->required_name);
		memcpy(content->sha256, summary->required_sha256, 32);
	}
}

static void fill(struct sealed_header *header, const struct summary *summary)
{
	header->program = bytes_of(summary->program_version);
	header->started_ms = summary->started_ms;
	header->ended_ms = summary->ended_ms;
	header->sealed_ms = clock_utc_ms();
	header->uptime_ms = clock_monotonic_ns() / 1000000u;
	header->verdict = summary_verdict(summary);
	header->n_seen = summary->n_seen;
	header->n_scanned = summary->n_scanned;
	header->n_found = summary->n_found;
	header->n_findings = summary->n_findings;
	header->n_gaps = summary_gaps(summary);
	header->bytes_scanned = summary->bytes_scanned;
}

/* ---- the end ---- */

static void put_gap_counts(struct buffer *out, const struct seal *seal,
			   const struct summary *summary)
{
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (summary->n_gaps[i] > 0) {
			buffer_format(
			    out, "    - %s: ",
			    gap_sentence(seal->options.language, (enum gap_reason)i));
			write_count(out, seal->options.language, summary->n_gaps[i]);
			buffer_u8(out, '\n');
		}
}

/* Everything that is going to leave, while it has not left yet. */
static bool tell(const struct seal *seal, const struct sealed_header *header,
		 const struct summary *summary)
{
	const enum language language = seal->options.language;
	struct buffer out = {0};

	buffer_format(&out, "%s:\n", message(language, MESSAGE_SEAL_CARRIES));
	describe_header(&out, header, language, seal->options.utc_offset_minutes);
	put_gap_counts(&out, seal, summary);
	buffer_format(&out, "%s\n%s\n",
		      message(language, seal->options.gap_paths
					    ? MESSAGE_SEAL_WITH_GAPS
					    : MESSAGE_SEAL_WITHOUT_GAPS),
		      message(language, seal->options.centre_key_file != NULL
					    ? MESSAGE_SEAL_ENCRYPTED
					    : MESSAGE_SEAL_OPEN));
	if (seal->unit.size > 0)
		buffer_format(&out, "%s\n", message(language, MESSAGE_SEAL_UNIT));
	/* they hold no character that a terminal obeys (finding/jsonl.h) */
	buffer_format(&out, "%s:\n", message(language, MESSAGE_SEAL_LINES));
	buffer_put(&out, seal->lines.data, seal->lines.size);
	return terminal_put(TERMINAL_ERR, &out);
}

static bool is_agreed(const struct seal *seal)
{
	struct buffer out = {0};
	char answer[16];

	if (seal->options.is_agreed)
		return true;
	buffer_format(&out,
		      "%s: ", message(seal->options.language, MESSAGE_SEAL_WRITE));
	encode_visible(&out, bytes_of(seal->options.path));
	buffer_text(&out, " ");
	if (!terminal_put(TERMINAL_ERR, &out) ||
	    !terminal_read_line(answer, sizeof answer))
		return false;
	/* "có", "yes", in either language */
	return answer[0] != 0 && strchr("yYcC", answer[0]) != NULL;
}

static enum rq_err write_file(struct seal *seal, struct sealed_header *header,
			      const struct summary *summary, struct rq_diag *diag)
{
	struct sealed_keys keys = {
	    .copy = seal->copy,
	    .unit = buffer_bytes(&seal->unit),
	    .centre = seal->options.centre_key_file != NULL ? seal->centre : NULL,
	};
	struct buffer file = {0};
	enum rq_err err = buffer_ok(&seal->lines) ? RQ_OK : RQ_ERR_LIMIT;

	memcpy(header->sweep_id, seal->options.sweep_id, sizeof header->sweep_id);
	if (err == RQ_OK)
		err = sealed_write(header, buffer_bytes(&seal->lines), &keys, &file,
				   diag);
	if (err == RQ_OK && !tell(seal, header, summary))
		err = RQ_ERR_SYSTEM; /* what nobody could see does not leave */
	if (err == RQ_OK)
		seal->is_declined = !is_agreed(seal);
	if (err == RQ_OK && !seal->is_declined)
		err = file_write_atomic(seal->options.path, buffer_bytes(&file), diag);
	buffer_free(&file);
	return err;
}

bool seal_close(struct seal *seal, const struct summary *summary)
{
	struct sealed_header header = {0};
	struct machine machine;
	struct rq_diag diag = {0};
	char boot_id[64], version[128];
	enum rq_err err;

	machine_read(&machine);
	host_boot_id(boot_id, sizeof boot_id);
	fill(&header, summary);
	header.kit = buffer_bytes(&seal->kit);
	header.boot_id = bytes_of(boot_id);
	add_contents(&header, seal, summary, version, sizeof version);
	add_facts(&header, &machine, &seal->options.asset);
	put_summary(seal, summary);
	err = write_file(seal, &header, summary, &diag);
	complain(seal->options.language,
		 err != RQ_OK        ? MESSAGE_CANNOT_WRITE
		 : seal->is_declined ? MESSAGE_SEAL_DECLINED
				     : MESSAGE_SEAL_WRITTEN,
		 seal->options.path);
	if (err != RQ_OK)
		complain(seal->options.language, MESSAGE_FAILED,
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
	return err == RQ_OK;
}
