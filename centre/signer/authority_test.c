#include "bytes/test.h"

#include "bytes/encoding.h"
#include "centre/signer/signer.h"
#include "crypto/digest.h"
#include "os/file.h"
#include "world/virtual.h"

#include <string.h>
#include <unistd.h>

enum { Y2009_S = 1230768000, Y2020_S = 1608422400, Y2040_S = 2208988800 };

/* An authority with its log, in this process. */
struct scene {
	struct world_virtual virtual;
	struct world world;
	struct authority_files files;
	struct authority_options options;
	struct authority *authority;
	struct signer signer;
	struct buffer log, room;
	bool disk_is_full;
	uint8_t machine[SIGN_PUBLIC_SIZE];
};

static enum rq_err keep(void *keeper, struct bytes line)
{
	struct scene *scene = keeper;

	if (scene->disk_is_full)
		return RQ_ERR_FULL;
	buffer_put(&scene->log, line.at, line.n);
	return RQ_OK;
}

static void open_authority(struct scene *scene)
{
	assert_int_equal(authority_new(&scene->files, &scene->world, &scene->options,
				       &scene->authority, NULL),
			 RQ_OK);
	signer_of_authority(scene->authority, &scene->signer);
}

static struct scene *scene_at(uint64_t utc_s)
{
	static const uint8_t secret[SIGN_SECRET_SIZE] = {77};
	struct scene *scene = calloc(1, sizeof *scene);

	assert_non_null(scene);
	world_virtual(&scene->virtual, 1, utc_s * 1000, &scene->world);
	authority_options_default(&scene->options);
	scene->options.keeper = scene;
	scene->options.keep = keep;
	assert_int_equal(authority_make(&scene->world, BYTES_LITERAL("Tinh Thu"),
					&scene->files, NULL),
			 RQ_OK);
	assert_int_equal(sign_public(secret, scene->machine), RQ_OK);
	open_authority(scene);
	return scene;
}

static void end_scene(struct scene *scene)
{
	authority_free(scene->authority);
	authority_files_free(&scene->files);
	buffer_free(&scene->log);
	buffer_free(&scene->room);
	free(scene);
}

static struct signer_certificate order(struct scene *scene,
				       const struct signer_order *asked)
{
	struct signer_certificate certificate;

	assert_int_equal(
	    signer_order(&scene->signer, asked, &scene->room, &certificate), RQ_OK);
	return certificate;
}

static struct signer_certificate order_machine(struct scene *scene)
{
	struct signer_order asked = {.kind = SIGNER_MACHINE};

	memcpy(asked.public_key, scene->machine, SIGN_PUBLIC_SIZE);
	return order(scene, &asked);
}

/* ---- another program's eyes ---- */

static const char *folder;

static void put_file(const char *name, struct bytes data)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(file_write_atomic(path, data, NULL), RQ_OK);
}

/* As openssl(1) says it. */
static bool verifies(struct scene *scene, struct bytes leaf, const char *purpose,
		     uint64_t at_s)
{
	char command[1024];

	put_file("root.der", buffer_bytes(&scene->files.root));
	put_file("issuing.der", buffer_bytes(&scene->files.issuing));
	put_file("leaf.der", leaf);
	snprintf(command, sizeof command,
		 "cd %s && for f in root issuing leaf; do openssl x509 -inform DER -in "
		 "$f.der -out $f.pem || exit 1; done && openssl verify -x509_strict "
		 "-attime %llu -purpose %s -CAfile root.pem -untrusted issuing.pem "
		 "leaf.pem >/dev/null 2>&1",
		 folder, (unsigned long long)at_s, purpose);
	return system(command) == 0;
}

static void a_machine_is_a_client_and_nothing_else(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_certificate machine = order_machine(scene);
	uint64_t end_s = Y2020_S + 90 * 86400;

	(void)state;
	assert_int_equal(machine.status, SIGNER_DONE);
	assert_true(verifies(scene, machine.der, "sslclient", Y2020_S));
	assert_true(verifies(scene, machine.der, "sslclient", end_s - 1));
	assert_false(verifies(scene, machine.der, "sslclient", end_s + 1));
	assert_false(verifies(scene, machine.der, "sslserver", Y2020_S));
	end_scene(scene);
}

static void the_centre_is_a_server_under_its_names(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_order asked = {.kind = SIGNER_CENTRE,
				     .hosts = {BYTES_LITERAL("raquet.tinh.example"),
					       BYTES_LITERAL("192.0.2.10")},
				     .n_hosts = 2};
	struct signer_certificate centre;
	char command[512];

	(void)state;
	memcpy(asked.public_key, scene->machine, SIGN_PUBLIC_SIZE);
	centre = order(scene, &asked);
	assert_int_equal(centre.status, SIGNER_DONE);
	assert_true(verifies(scene, centre.der, "sslserver", Y2020_S));
	assert_false(verifies(scene, centre.der, "sslclient", Y2020_S));
	snprintf(command, sizeof command,
		 "cd %s && openssl x509 -in leaf.pem -noout -checkhost "
		 "raquet.tinh.example | grep -q 'does match' && openssl x509 -in "
		 "leaf.pem -noout -checkip 192.0.2.10 | grep -q 'does match'",
		 folder);
	assert_int_equal(system(command), 0);
	asked.n_hosts = 0;
	assert_int_equal(order(scene, &asked).status, SIGNER_REFUSED);
	end_scene(scene);
}

/* A name of DNS with a comma would be two names; the library must not see it. */
static void a_host_that_is_two_is_refused(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_order asked = {
	    .kind = SIGNER_CENTRE,
	    .hosts = {BYTES_LITERAL("a.example,DNS:b.example")},
	    .n_hosts = 1};

	(void)state;
	memcpy(asked.public_key, scene->machine, SIGN_PUBLIC_SIZE);
	assert_int_equal(order(scene, &asked).status, SIGNER_REFUSED);
	assert_int_equal(scene->log.size, 0);
	end_scene(scene);
}

static void clocks_of_2009_and_2040_make_certificates_that_hold(void **state)
{
	static const uint64_t days[] = {Y2009_S, Y2020_S, Y2040_S};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scene *scene = scene_at(days[i]);
		struct signer_certificate machine = order_machine(scene);
		struct certificate_facts facts;

		assert_int_equal(machine.status, SIGNER_DONE);
		assert_true(verifies(scene, machine.der, "sslclient", days[i]));
		/* a machine whose clock is behind believes it all the same */
		assert_true(verifies(scene, machine.der, "sslclient", Y2009_S));
		assert_int_equal(certificate_facts_read(machine.der, &facts), RQ_OK);
		assert_int_equal(facts.not_after_ms, (days[i] + 90 * 86400) * 1000);
		end_scene(scene);
	}
}

/* The clock of the centre was wrong when it issued: afterwards all goes on. */
static void a_clock_that_was_set_right_does_not_stop_the_authority(void **state)
{
	struct scene *scene = scene_at(Y2009_S);

	(void)state;
	authority_free(scene->authority);
	scene->virtual.utc_ms = Y2020_S * 1000ull;
	/* ten years from 2009: the root has to sign again, and says so */
	assert_int_equal(authority_new(&scene->files, &scene->world, &scene->options,
				       &scene->authority, NULL),
			 RQ_ERR_USAGE);
	assert_int_equal(authority_renew(&scene->world, &scene->files, NULL), RQ_OK);
	open_authority(scene);
	assert_true(verifies(scene, order_machine(scene).der, "sslclient", Y2020_S));
	end_scene(scene);
}

static void serials_are_random_and_repeat_with_the_seed(void **state)
{
	struct scene *a = scene_at(Y2020_S), *b = scene_at(Y2020_S);
	struct signer_certificate first = order_machine(a), second;
	struct buffer kept = {0};

	(void)state;
	buffer_put(&kept, first.der.at, first.der.n);
	second = order_machine(b);
	assert_true(bytes_equal(buffer_bytes(&kept), second.der));
	second = order_machine(b);
	assert_memory_not_equal(first.serial, second.serial, CERTIFICATE_SERIAL);
	buffer_free(&kept);
	end_scene(a);
	end_scene(b);
}

static void the_state_has_fingerprint_and_chain(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	uint8_t digest[DIGEST_MAX_SIZE];
	struct signer_state told;

	(void)state;
	(void)order_machine(scene);
	assert_int_equal(signer_state(&scene->signer, &scene->room, &told), RQ_OK);
	assert_int_equal(
	    digest_of(DIGEST_SHA256, buffer_bytes(&scene->files.root), digest), RQ_OK);
	assert_memory_equal(told.fingerprint, digest, sizeof told.fingerprint);
	assert_true(bytes_equal(told.root, buffer_bytes(&scene->files.root)));
	assert_true(bytes_equal(told.issuing, buffer_bytes(&scene->files.issuing)));
	assert_int_equal(told.n_issued, 1);
	end_scene(scene);
}

static void time_is_the_signers_own(void **state)
{
	struct scene *scene = scene_at(Y2040_S);
	const uint8_t nonce[AGENT_NONCE] = {5}, other[AGENT_NONCE] = {6};
	struct signer_state told;
	struct agent_time time;
	bool genuine;

	(void)state;
	assert_int_equal(signer_state(&scene->signer, &scene->room, &told), RQ_OK);
	assert_int_equal(signer_time(&scene->signer, nonce, &time), RQ_OK);
	assert_int_equal(time.utc_ms, Y2040_S * 1000ull);
	assert_int_equal(agent_time_verify(&time, nonce, told.time_key, &genuine),
			 RQ_OK);
	assert_true(genuine);
	assert_int_equal(agent_time_verify(&time, other, told.time_key, &genuine),
			 RQ_OK);
	assert_false(genuine);
	end_scene(scene);
}

static void more_than_the_limit_waits(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_certificate last;

	(void)state;
	authority_free(scene->authority);
	scene->options.limits[SIGNER_MACHINE] = (struct authority_limit){3, 1000};
	open_authority(scene);
	for (int i = 0; i < 3; i++)
		assert_int_equal(order_machine(scene).status, SIGNER_DONE);
	last = order_machine(scene);
	assert_int_equal(last.status, SIGNER_LATER);
	assert_int_equal(last.come_back_ms, 1000);
	/* setting the clock forward is no way round */
	scene->virtual.utc_ms += 86400000;
	assert_int_equal(order_machine(scene).status, SIGNER_LATER);
	world_virtual_pass(&scene->virtual, 1000);
	assert_int_equal(order_machine(scene).status, SIGNER_DONE);
	assert_int_equal(order_machine(scene).status, SIGNER_LATER);
	world_virtual_pass(&scene->virtual, 3600000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(order_machine(scene).status, SIGNER_DONE);
	assert_int_equal(order_machine(scene).status, SIGNER_LATER);
	end_scene(scene);
}

/* ---- the log ---- */

static void every_certificate_is_in_the_log(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_certificate machine = order_machine(scene);
	struct buffer serial = {0};
	struct issue_log log;
	uint64_t n_whole;

	(void)state;
	(void)order_machine(scene);
	buffer_format(&serial, "1 %llu machine ", Y2020_S * 1000ull);
	encode_hex(&serial, (struct bytes){machine.serial, sizeof machine.serial});
	assert_memory_equal(scene->log.data, serial.data, serial.size);
	assert_int_equal(
	    issue_log_read(buffer_bytes(&scene->log), &log, &n_whole, NULL), RQ_OK);
	assert_int_equal(log.n, 2);
	assert_int_equal(n_whole, scene->log.size);
	buffer_free(&serial);
	end_scene(scene);
}

static void what_cannot_be_logged_is_not_issued(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct signer_order asked = {.kind = SIGNER_MACHINE};
	struct signer_certificate certificate;

	(void)state;
	scene->disk_is_full = true;
	assert_int_equal(
	    signer_order(&scene->signer, &asked, &scene->room, &certificate),
	    RQ_ERR_FULL);
	assert_int_equal(scene->room.size, 0);
	end_scene(scene);
}

static void a_changed_log_is_seen_and_a_cut_one_goes_on(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct issue_log log;
	uint64_t n_whole;
	size_t first;

	(void)state;
	(void)order_machine(scene);
	first = scene->log.size;
	(void)order_machine(scene);
	assert_int_equal(
	    issue_log_read((struct bytes){scene->log.data, scene->log.size - 1}, &log,
			   &n_whole, NULL),
	    RQ_OK);
	assert_int_equal(log.n, 1);
	assert_int_equal(n_whole, first);
	/* the first line alone was taken out */
	assert_int_equal(issue_log_read((struct bytes){scene->log.data + first,
						       scene->log.size - first},
					&log, &n_whole, NULL),
			 RQ_ERR_FORMAT);
	for (size_t i = 0; i < first; i++) {
		scene->log.data[i] ^= 1;
		if (scene->log.data[i] != '\n')
			assert_int_equal(issue_log_read(buffer_bytes(&scene->log), &log,
							&n_whole, NULL),
					 RQ_ERR_FORMAT);
		scene->log.data[i] ^= 1;
	}
	end_scene(scene);
}

/* ---- what does not belong together ---- */

static void files_of_two_authorities_are_refused(void **state)
{
	struct scene *a = scene_at(Y2020_S), *b = scene_at(Y2020_S + 1);
	struct authority *authority;
	struct buffer kept;

	(void)state;
	authority_files_free(&b->files);
	world_virtual(&b->virtual, 2, Y2020_S * 1000ull, &b->world);
	assert_int_equal(
	    authority_make(&b->world, BYTES_LITERAL("Tinh Thu"), &b->files, NULL),
	    RQ_OK);
	kept = a->files.issuing;
	a->files.issuing = b->files.issuing;
	assert_int_equal(
	    authority_new(&a->files, &a->world, &a->options, &authority, NULL),
	    RQ_ERR_USAGE);
	a->files.issuing = kept;
	kept = a->files.root;
	a->files.root = b->files.root;
	assert_int_equal(
	    authority_new(&a->files, &a->world, &a->options, &authority, NULL),
	    RQ_ERR_USAGE);
	assert_int_equal(authority_renew(&a->world, &a->files, NULL), RQ_ERR_USAGE);
	a->files.root = kept;
	end_scene(a);
	end_scene(b);
}

static void what_is_no_request_ends_the_session(void **state)
{
	struct scene *scene = scene_at(Y2020_S);
	struct buffer answer = {0};
	static const uint8_t types[][3] = {{0},    {2, 1, 1}, {4, 1},
					   {6, 1}, {7, 1},    {1, 2, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		assert_int_equal(authority_answer(scene->authority,
						  (struct bytes){types[i], 3}, &answer),
				 RQ_ERR_FORMAT);
	assert_int_equal(answer.size, 0);
	buffer_free(&answer);
	end_scene(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_machine_is_a_client_and_nothing_else),
	    cmocka_unit_test(the_centre_is_a_server_under_its_names),
	    cmocka_unit_test(a_host_that_is_two_is_refused),
	    cmocka_unit_test(clocks_of_2009_and_2040_make_certificates_that_hold),
	    cmocka_unit_test(a_clock_that_was_set_right_does_not_stop_the_authority),
	    cmocka_unit_test(serials_are_random_and_repeat_with_the_seed),
	    cmocka_unit_test(the_state_has_fingerprint_and_chain),
	    cmocka_unit_test(time_is_the_signers_own),
	    cmocka_unit_test(more_than_the_limit_waits),
	    cmocka_unit_test(every_certificate_is_in_the_log),
	    cmocka_unit_test(what_cannot_be_logged_is_not_issued),
	    cmocka_unit_test(a_changed_log_is_seen_and_a_cut_one_goes_on),
	    cmocka_unit_test(files_of_two_authorities_are_refused),
	    cmocka_unit_test(what_is_no_request_ends_the_session)};
	char template[] = "/tmp/raquet-authority-XXXXXX";
	char command[128];
	int result;

	folder = mkdtemp(template);
	if (folder == NULL)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command) == 0 ? result : 1;
}
