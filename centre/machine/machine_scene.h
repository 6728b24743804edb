/*
 * For tests of this folder: a small province, an authority in this process, and machines
 * that speak.  A scene has an open change from beginning to end.
 */
#ifndef RAQUET_CENTRE_MACHINE_MACHINE_SCENE_H
#define RAQUET_CENTRE_MACHINE_MACHINE_SCENE_H

#include "centre/machine/check_in.h"
#include "centre/machine/enrol_code.h"
#include "centre/machine/enrolment.h"
#include "centre/machine/tally.h"
#include "centre/store/store_scene.h"
#include "world/virtual.h"

#define SCENE_NOW_MS ((uint64_t)1608422400000) /* 2020-12-20 00:00 UTC */
enum { SCENE_OFFICER = 7, SCENE_OFFICER_WEST = 8, SCENE_DAY_MS = 86400000 };

struct province {
	struct store *store;
	struct world_virtual virtual;
	struct world world;
	struct authority_files files;
	struct authority *authority;
	struct signer signer;
	struct machine_desk desk;
	uint8_t fingerprint[AGENT_DIGEST];
	bool signer_is_away;
	int64_t top, east, west, commune; /* commune is below east */
	struct reach reach_top, reach_west;
	struct unit_act act, act_west;
};

struct province *province_open(void **state);
void province_close(struct province *province);
/* Time goes on; acts and reaches follow. */
void province_pass(struct province *province, uint64_t ms);
void province_set_clock(struct province *province, uint64_t utc_ms);

int64_t province_machine(struct province *province, int64_t unit, const char *name,
			 const char *tag, const char *serial);
void province_code(struct province *province, int64_t unit, int64_t machine,
		   int64_t n_uses, char *text_out);

/* A machine with its disk, which a test copies to make a clone of it. */
struct pc {
	uint8_t secret[SIGN_SECRET_SIZE], next_secret[SIGN_SECRET_SIZE];
	uint8_t boot_id[AGENT_BOOT_ID];
	uint64_t monotonic_ms, counter;
	const char *name, *serial, *link; /* facts; NULL: none */
	struct speaker speaker;           /* with the certificate that it has */
	uint8_t key[KEY_ID];
	/* of the last ENROLLED */
	size_t n_chain;
	uint64_t come_back_ms;
	bool time_is_genuine;
};
struct pc pc_make(uint8_t seed);
void pc_boot(struct pc *pc, uint8_t boot);
enum agent_enrolment pc_enrol(struct province *province, struct pc *pc,
			      const char *unit_code, const char *machine_code);
/* With the key that it has, or with its next one. */
enum agent_enrolment pc_renew(struct province *province, struct pc *pc, bool next_key);
/* As time passes for the machine; its wants. */
uint32_t pc_check_in(struct province *province, struct pc *pc,
		     enum admission_state *state_out);
/* Enrolled by the code of a row. */
struct pc pc_of_machine(struct province *province, int64_t machine, uint8_t seed);

#endif
