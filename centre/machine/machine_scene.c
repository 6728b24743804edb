#include "centre/machine/machine_scene.h"

#include "crypto/certificate_request.h"
#include "sealed/sealed.h"

#include <string.h>

enum { TICK_MS = 900000 };

static enum rq_err keep(void *keeper, struct bytes line)
{
	(void)keeper, (void)line;
	return RQ_OK;
}

static enum rq_err ask(void *self, struct bytes request, struct buffer *answer)
{
	struct province *province = self;

	return province->signer_is_away
		   ? RQ_ERR_PEER
		   : authority_answer(province->authority, request, answer);
}

static int64_t add_unit(struct province *p, int64_t parent, const char *name,
			enum unit_kind kind)
{
	const struct unit wanted = {.parent = parent,
				    .first_day = p->act.today - 1000,
				    .name = bytes_of(name),
				    .kind = kind};
	const struct unit_act early = {NULL, p->act.time_ms, wanted.first_day};
	int64_t id;

	SCENE_OK(unit_add(p->store, &early, &wanted, &id, &scene_diag));
	return id;
}

static void give_role(struct province *p, int64_t person, int64_t unit)
{
	struct role role = {
	    .person = person, .kind = ROLE_OFFICER, .unit = unit, .end_ms = FOREVER_MS};

	SCENE_OK(role_give(p->store, NULL, &role, p->act.time_ms, &scene_diag));
}

static void follow_clock(struct province *p)
{
	const int64_t now = (int64_t)p->virtual.utc_ms;
	const int64_t today = machine_desk_today(&p->desk);

	p->reach_top = (struct reach){SCENE_OFFICER, ROLES_ALL, now, today};
	p->reach_west = (struct reach){SCENE_OFFICER_WEST, ROLES_ALL, now, today};
	p->act = (struct unit_act){&p->reach_top, now, today};
	p->act_west = (struct unit_act){&p->reach_west, now, today};
}

struct province *province_open(void **state)
{
	struct province *p = calloc(1, sizeof *p);
	struct authority_options options;
	struct signer_state told;
	struct buffer room = {0};

	assert_non_null(p);
	p->store = scene_store(state);
	world_virtual(&p->virtual, 1, SCENE_NOW_MS, &p->world);
	SCENE_OK(authority_make(&p->world, BYTES_LITERAL("Tinh Song May"), &p->files,
				&scene_diag));
	authority_options_default(&options);
	options.keep = keep;
	SCENE_OK(
	    authority_new(&p->files, &p->world, &options, &p->authority, &scene_diag));
	p->signer = (struct signer){p, ask};
	SCENE_OK(signer_state(&p->signer, &room, &told));
	memcpy(p->fingerprint, told.fingerprint, AGENT_DIGEST);
	buffer_free(&room);
	machine_desk_default(&p->desk);
	p->desk.store = p->store;
	p->desk.world = &p->world;
	p->desk.signer = &p->signer;
	follow_clock(p);
	SCENE_OK(store_begin(p->store, &scene_diag));
	p->top = add_unit(p, 0, "Tỉnh Sông Mây", UNIT_PROVINCE);
	p->east = add_unit(p, p->top, "Huyện Đông Mây", UNIT_DISTRICT);
	p->west = add_unit(p, p->top, "Huyện Tây Mây", UNIT_DISTRICT);
	p->commune = add_unit(p, p->east, "Xã Long Ấn", UNIT_COMMUNE);
	give_role(p, SCENE_OFFICER, p->top);
	give_role(p, SCENE_OFFICER_WEST, p->west);
	return p;
}

void province_close(struct province *p)
{
	store_rollback(p->store);
	authority_free(p->authority);
	authority_files_free(&p->files);
	free(p);
}

void province_pass(struct province *p, uint64_t ms)
{
	world_virtual_pass(&p->virtual, ms);
	follow_clock(p);
}

void province_set_clock(struct province *p, uint64_t utc_ms)
{
	p->virtual.utc_ms = utc_ms;
	follow_clock(p);
}

int64_t province_machine(struct province *p, int64_t unit, const char *name,
			 const char *tag, const char *serial)
{
	const struct machine wanted = {.name = bytes_of(name),
				       .asset_tag = bytes_of(tag),
				       .serial = bytes_of(serial),
				       .unit = unit,
				       .class = MACHINE_PC,
				       .first_day = p->act.today,
				       .end_day = DAY_FOREVER};
	int64_t id;

	SCENE_OK(machine_add(p->store, &p->act, &wanted, &id, &scene_diag));
	return id;
}

void province_code(struct province *p, int64_t unit, int64_t machine, int64_t n_uses,
		   char *text_out)
{
	const struct code_order order = {unit, machine, n_uses,
					 p->act.time_ms + 7 * (int64_t)SCENE_DAY_MS};

	SCENE_OK(code_make(p->store, &p->act, &p->world, p->fingerprint, &order,
			   text_out, &scene_diag));
}

/* ---- machines ---- */

struct pc pc_make(uint8_t seed)
{
	struct pc pc = {.secret = {seed}, .next_secret = {seed, 1}};

	pc_boot(&pc, seed);
	return pc;
}

void pc_boot(struct pc *pc, uint8_t boot)
{
	memset(pc->boot_id, boot, AGENT_BOOT_ID);
	pc->monotonic_ms = 60000;
}

static struct agent_clocks clocks_of(const struct pc *pc)
{
	struct agent_clocks clocks = {.monotonic_ms = pc->monotonic_ms};

	memcpy(clocks.boot_id, pc->boot_id, AGENT_BOOT_ID);
	return clocks;
}

static void add_fact(struct agent_enrol *enrol, uint8_t kind, const char *text)
{
	if (text != NULL)
		enrol->facts[enrol->n_facts++] =
		    (struct agent_fact){kind, bytes_of(text)};
}

static const uint8_t nonce[AGENT_NONCE] = {1, 2, 3};

/* What ENROLLED says, taken as a machine takes it. */
static enum agent_enrolment take_answer(struct pc *pc, const uint8_t *secret,
					struct buffer *answer)
{
	struct agent_enrolled enrolled;

	assert_int_equal(agent_enrolled_decode(buffer_bytes(answer), &enrolled), RQ_OK);
	pc->n_chain = enrolled.n_chain;
	pc->come_back_ms = enrolled.come_back_ms;
	if (enrolled.status == ENROLMENT_DONE) {
		assert_int_equal(agent_time_verify(&enrolled.time, nonce,
						   enrolled.time_key,
						   &pc->time_is_genuine),
				 RQ_OK);
		assert_int_equal(
		    certificate_facts_read(enrolled.chain[0], &pc->speaker.certificate),
		    RQ_OK);
		pc->speaker.is_known = true;
		memcpy(pc->key, enrolled.machine, KEY_ID);
		if (secret != pc->secret)
			memcpy(pc->secret, secret, SIGN_SECRET_SIZE);
	}
	buffer_free(answer);
	return enrolled.status;
}

enum agent_enrolment pc_enrol(struct province *p, struct pc *pc, const char *unit_code,
			      const char *machine_code)
{
	struct agent_enrol enrol = {.clocks = clocks_of(pc),
				    .unit_code = bytes_of(unit_code),
				    .machine_code = bytes_of(machine_code),
				    .program = BYTES_LITERAL("0.1.0")};
	struct buffer request = {0}, message = {0}, answer = {0};

	memcpy(enrol.nonce, nonce, AGENT_NONCE);
	add_fact(&enrol, FACT_HOST_NAME, pc->name);
	add_fact(&enrol, FACT_SERIAL, pc->serial);
	add_fact(&enrol, FACT_ADDRESS, pc->link);
	assert_int_equal(certificate_request_write(pc->secret, &request), RQ_OK);
	enrol.request = buffer_bytes(&request);
	agent_enrol_encode(&enrol, &message);
	SCENE_OK(desk_enrol(&p->desk, buffer_bytes(&message), &answer, &scene_diag));
	buffer_free(&request);
	buffer_free(&message);
	return take_answer(pc, pc->secret, &answer);
}

enum agent_enrolment pc_renew(struct province *p, struct pc *pc, bool next_key)
{
	const uint8_t *secret = next_key ? pc->next_secret : pc->secret;
	struct agent_renew renew = {.clocks = clocks_of(pc),
				    .program = BYTES_LITERAL("0.1.0")};
	struct buffer request = {0}, message = {0}, answer = {0};

	memcpy(renew.nonce, nonce, AGENT_NONCE);
	assert_int_equal(certificate_request_write(secret, &request), RQ_OK);
	renew.request = buffer_bytes(&request);
	agent_renew_encode(&renew, &message);
	SCENE_OK(desk_renew(&p->desk, &pc->speaker, buffer_bytes(&message), &answer,
			    &scene_diag));
	buffer_free(&request);
	buffer_free(&message);
	return take_answer(pc, secret, &answer);
}

uint32_t pc_check_in(struct province *p, struct pc *pc, enum admission_state *state_out)
{
	struct agent_check_in check_in = {.program = BYTES_LITERAL("0.1.0")};
	struct agent_check_in_answer answer;
	struct admission admission;

	province_pass(p, TICK_MS);
	pc->monotonic_ms += TICK_MS;
	pc->counter++;
	check_in.clocks = clocks_of(pc);
	check_in.counter = pc->counter;
	SCENE_OK(desk_check_in(&p->desk, &pc->speaker, &check_in, &answer, &admission,
			       &scene_diag));
	if (state_out != NULL)
		*state_out = admission.state;
	return answer.wants & ~(uint32_t)WANT_NEIGHBOURS;
}

struct pc pc_of_machine(struct province *p, int64_t machine, uint8_t seed)
{
	struct pc pc = pc_make(seed);
	char code[CODE_TEXT];
	int64_t unit;

	SCENE_OK(machine_place(p->store, machine, p->act.today, &unit, &scene_diag));
	province_code(p, unit, machine, 1, code);
	assert_int_equal(pc_enrol(p, &pc, code, ""), ENROLMENT_DONE);
	return pc;
}
