/*
 * Every quantity that comes from outside has a cap here: name, value, unit, reason.
 * What a cap cuts off is reported (a gap, a refusal with its name), never dropped in
 * silence.  Ordered by folder.
 */
#ifndef RAQUET_BYTES_CAP_H
#define RAQUET_BYTES_CAP_H

/* ---- bytes ---- */

#define CAP_JSON_DEPTH      32           /* arrays and objects in each other: our stack */

/* ---- format/pe: the first five as libyara 4.5 has them ---- */

#define CAP_PE_SECTIONS     96
#define CAP_PE_IMPORTS      16384        /* libraries, functions, thunks of a library */
#define CAP_PE_EXPORTS      16384
#define CAP_PE_RESOURCES    65536
#define CAP_PE_NAME         512          /* bytes of the name of a function */
#define CAP_PE_VERSION      65536        /* strings of version information: the same
					    block may be listed as often as one likes */
#define CAP_PE_STEPS        (1u << 24)   /* entries that one table may make us look at:
					    tables can overlap and refer to each other */
/* ---- format/csv: tables that people hand in ---- */

#define CAP_CSV_FIELDS      64           /* in one row */
#define CAP_CSV_FIELD       4096         /* bytes of one */

/* ---- asn1, cms: signatures and certificates ---- */

#define CAP_ASN1_DEPTH       32          /* values in values: our stack; libcrypto 30 */
#define CAP_ASN1_SIZE        (64u << 20) /* bytes of one document */
#define CAP_ASN1_ELEMENTS    (1u << 20)  /* when BER is made DER: memory */
#define CAP_CMS_CERTIFICATES 4096        /* in one SignedData: memory */
#define CAP_CMS_SIGNERS      256
#define CAP_CMS_ALGORITHMS   64
#define CAP_CMS_ATTRIBUTES   256         /* in one set: each is compared with each */
#define CAP_CMS_VALUES       4096        /* in one attribute */
#define CAP_CHAIN            100         /* certificates above a signer; libcrypto */
#define CAP_SIGNATURES       256         /* of one image, nested ones included */
#define CAP_SIGNATURE_DEPTH  32          /* signatures in signatures: each is read again */
#define CAP_NESTED           16          /* values of one attribute; libyara */
#define CAP_EXTENSIONS       256         /* in one certificate, likewise */

/* ---- engine/module ---- */

#define CAP_ELF_NAME_SHARING 4           /* bytes of names for one of their tables: names
					    share tails, but a few only; without this
					    thousands could share megabytes */

#define CAP_DOTNET_STEPS    10000        /* elements of one signature: specifications of
					    types may refer to each other, 16 deep */
#define CAP_DOTNET_TYPE     (64u << 10)  /* bytes of the name of one type, likewise */

/* ---- engine/rule: rule text (libyara 4.5 limits where it has one) ---- */

#define CAP_RULE_SOURCE     (256u << 20) /* bytes of one source with what it includes */
#define CAP_RULE_INCLUDES   16           /* depth; libyara MAX_INCLUDE_DEPTH */
#define CAP_RULE_IDENTIFIER 128          /* bytes; libyara */
#define CAP_RULE_STRINGS    10000        /* in one rule; libyara */
#define CAP_RULE_ATOMS      12000        /* of one rule before it is called slow; libyara */
#define CAP_RULE_LOOPS      4            /* nested loops; libyara YR_MAX_LOOP_NESTING */
#define CAP_RULE_DEPTH      200          /* nesting of expressions: our stack */
#define CAP_RULE_TREE       1000         /* depth of the tree of one condition: everybody else's */
#define CAP_RULE_LITERAL    8190         /* bytes of a text or regular expression; libyara */
#define CAP_RULE_MESSAGE    512          /* bytes of one message; libyara */
#define CAP_RULE_EXCERPT    200          /* bytes of a long line shown before and behind a place */
#define CAP_HEX_CHAIN       200          /* longest jump inside of (|); libyara */
#define CAP_REGEX_REPEAT    32767        /* {n,m}; libyara RE_MAX_RANGE */
#define CAP_REGEX_DEPTH     200          /* nesting of groups: our stack */

/* ---- engine/ruleset ---- */

#define CAP_PATTERN_MEMORY  (1u << 30)   /* bytes, while patterns are prepared */
#define CAP_RULE_MEMORY     (1u << 30)   /* bytes of the compiler's own tables */

/* ---- engine/scan ---- */

#define CAP_SCAN_MEMORY     (1u << 30)   /* bytes of one object's arena, by default */

/* ---- engine/match ---- */

#define CAP_REGEX_CODE      (16u << 20)  /* bytes of one program */
#define CAP_REGEX_STATES    (4u << 20)   /* of one program; the machine has 20 B for each */
#define CAP_REGEX_STEPS     (1u << 31)   /* of all expressions in one object: some 10 s */
#define CAP_LIBYARA_REACH   4096         /* libyara YR_RE_SCAN_LIMIT */
#define CAP_MATCHES         1000000      /* of one pattern in one object; libyara */

/* ---- indicator ---- */

#define CAP_INDICATORS      (64u << 20)  /* of one kind */
#define CAP_INDICATOR_FILE  ((size_t)4 << 30) /* bytes of one list */
#define CAP_INDICATOR_JSON  (128u << 20)  /* bytes of one list that is JSON; its tree needs more */
#define CAP_INDICATOR_NESTING 32         /* parentheses of a pattern */
#define CAP_INDICATOR_TEXTS ((size_t)2 << 30) /* bytes of all that lists say */
#define CAP_INDICATOR_TEXT  1024         /* bytes of a description or an address */
#define CAP_INDICATOR_REFUSALS 10000     /* told with their line; all are counted */
#define CAP_INDICATOR_IMAGE ((uint64_t)1 << 36) /* bytes: offsets stay far from wrapping */

/* ---- artefact: packs are written by people and read by every worker ---- */

#define CAP_ARTEFACT_SOURCE   (4u << 20) /* bytes of one pack */
#define CAP_ARTEFACT_PACKS    256
#define CAP_ARTEFACT_ENTRIES  4096       /* of all packs: each is tried with each object */
#define CAP_ARTEFACT_PATTERN  512        /* bytes of one pattern as it is written */
#define CAP_ARTEFACT_PATTERNS 1024       /* of one kind in one entry, once expanded */
#define CAP_ARTEFACT_HASHES   4096       /* in one entry */
#define CAP_ARTEFACT_MEMORY   (256u << 20)
#define CAP_ARTEFACT_START    (8u << 20) /* bytes of a file that holds start points */
#define CAP_ARTEFACT_FACTS    100000     /* start points that one file may hold */
#define CAP_ARTEFACT_FACT     (64u << 10) /* bytes of one of them */

/* ---- wire: parent and worker ---- */

#define CAP_WIRE_FRAME      (4u << 20)   /* bytes of one frame: a batch of long paths */
#define CAP_WIRE_PIECE      (256u << 10) /* bytes of an answer in one frame */
#define CAP_WIRE_ANSWER     (256u << 20) /* bytes of one answer: 10 million matches */
#define CAP_BATCH_OBJECTS   64           /* in one batch: files that travel with it */
#define CAP_MATCH_DATA      512          /* bytes of one match; libyara MAX_MATCH_DATA */
#define CAP_WORKER_MEMORY   (3u << 30)   /* bytes of its own in one worker */
#define CAP_PATH            (128u << 10) /* bytes of one path, however deep */
#define CAP_OWNER           512          /* bytes of a user's name with its domain */
#define CAP_CONSOLE_LINE    8192         /* bytes of one console.log */
#define CAP_CONSOLE_LINES   10000        /* of one object */
#define CAP_MODULE_LINES    (1u << 20)   /* of what modules know of one object */
#define CAP_MODULE_DATA     (64u << 20)  /* bytes of these lines */
#define CAP_HITS            100000       /* of indicators and artefacts in one object */
#define CAP_HIT_TEXT        4096         /* bytes of what one of them fits to */
#define CAP_WIRE_STRINGS    (1u << 20)   /* of one rule: yara lets one raise CAP_RULE_STRINGS */
#define CAP_CUT_STRINGS     10000        /* strings with too many matches, by name */

/* ---- wire: machine and centre ---- */

#define CAP_AGENT_MESSAGE   (8u << 20)   /* bytes of one message */
#define CAP_AGENT_RECORD    (1u << 20)   /* bytes of one record: a finding with its strings */
#define CAP_AGENT_RECORDS   65536        /* in one delivery */
#define CAP_AGENT_REQUEST   8192         /* bytes of a request for a certificate */
#define CAP_AGENT_CHAIN     4            /* certificates that a machine is given */
#define CAP_AGENT_CERTIFICATE 8192       /* bytes of one of them */
#define CAP_AGENT_STREAMS   16           /* expected sequences: of each class the new stream
					    and the one before */
#define CAP_AGENT_JOBS      8            /* that a machine has at once */
#define CAP_AGENT_REVOKED   (1024 * 16)  /* bytes of ids in one answer; the rest with the next */
#define CAP_LEASE_PATHS     256          /* as CAP_SCOPE_ROOTS */
#define CAP_LEASE_PATH      4096         /* bytes of one: a person wrote it */
#define CAP_POSTURE_ANTIVIRUS 16         /* products on one machine */
#define CAP_NEIGHBOURS      1024         /* rows of a table of addresses */
#define CAP_AGENT_PART      (1u << 20)   /* bytes of a policy, manifest or file in one message */
#define CAP_KIT_FILES       256          /* in one kit */
#define CAP_KIT_BYTES       (256u << 20) /* bytes of one file of a kit */
#define CAP_SIGNED          (1u << 20)   /* bytes of a manifest or policy with its signature */
#define CAP_POLICY_SIGNERS  8            /* keys whose kits a machine runs */

/* ---- centre/signer ---- */

#define CAP_SIGNER_MESSAGE  (64u << 10)  /* bytes: two certificates */

/* ---- centre/machine ---- */

#define CAP_MACHINE_TEXT    255          /* bytes of a name, tag, number, note, as
					    SEALED_TEXT_MAX */
#define CAP_IMPORT_FILE     (16u << 20) /* bytes of a table of machines */
#define CAP_IMPORT_ROWS     65536       /* in it: all machines of a province, and more */
#define CAP_DECLARED        10000000     /* machines of one unit: a slip of the finger */
#define CAP_CODE_USES       10000        /* machines of one code: a unit, not a province */
#define CAP_CODE_DAYS       400          /* of one code */
#define CAP_KEYS_OF_ONE     64           /* waiting keys that came from one that was spent */
#define CAP_KEY_BOOTS       8            /* boots of one key that are remembered */

/* ---- os, endpoint: memory of processes ---- */

#define CAP_COMMAND_LINE    (64u << 10)  /* bytes of one command line; the rest is cut */
#define CAP_MEMORY_TABLE    (64u << 20)  /* bytes of the system's list of regions */
#define CAP_IMAGE_SIZE      (256u << 20) /* bytes of memory in one image, of a process
					    in parts, on a machine without room for more */
#define CAP_IMAGE_LARGEST   ((uint64_t)64 << 30) /* and with any room */
#define CAP_IMAGE_BLOCKS    (1u << 20)   /* runs of pages in one image */
#define CAP_IMAGE_OVERLAP   (64u << 10)  /* bytes that two parts have in common */
#define CAP_CONNECTIONS     (1u << 20)   /* of one machine: rows of the system's table */

/* ---- finding ---- */

#define CAP_RESULT      ((size_t)1 << 30) /* bytes of a result held whole */
#define CAP_RESULT_GAPS 100000            /* listed for one reason; all are counted */
/* one line of a result, when it is read again; all fit into a frame with what they mean */
#define CAP_JSONL_LINE   (3u << 20)      /* bytes: escapes make a path of CAP_PATH long */
#define CAP_JSONL_MEMORY (256u << 20)    /* bytes of what one line means */
#define CAP_JSONL_ITEMS  65536           /* tags, metadata, scope, steps of a chain */
/* the scope of a campaign, a file that a person writes */
#define CAP_SCOPE_FILE       (64u << 10) /* bytes */
#define CAP_SCOPE_LINE       1024        /* bytes of one line */
#define CAP_SCOPE_ROOTS      256         /* lines */
#define CAP_SCOPE_PLACES     4096        /* roots of all users */
#define CAP_SCOPE_TOLERANCES 64          /* lines */
#define CAP_SCOPE_LIMIT      1000000000  /* gaps of one line */
#define CAP_SCOPE_AGE        3650        /* days */

/* ---- sealed: a result on its way ---- */

#define CAP_SEALED          (64 << 20)  /* bytes of one sealed file: a mail, a slow line */
#define CAP_SEALED_BODY     (256 << 20) /* bytes of its lines in plain */
#define CAP_SEALED_HEADER   (64 << 10)
#define CAP_SEALED_CONTENTS 16          /* what was swept with: lists, packs */
#define CAP_SEALED_FACTS    32          /* of the machine: most are network addresses */
#define CAP_SEALED_LIST     65536       /* results in one list: all of a province */
#define CAP_SEALED_LIST_BYTES (1u << 30)
#define CAP_SEALED_MEMORY   (2u << 30)  /* bytes of its own in the process that reads one:
					   file, what was decrypted, body, a whole list */
#define CAP_SEALED_ANSWER   ((uint64_t)1 << 30) /* bytes that it says about one file */
#define CAP_SEALED_ENTRIES  4096        /* of a list, in one message */

/* ---- endpoint ---- */

#define CAP_ASSET_LIST   (16u << 20)       /* bytes of a list of machines */
#define CAP_ASSETS       65536             /* machines of a province, and more */
#define CAP_ASSET_FIELD  255               /* bytes, as SEALED_TEXT_MAX */

#define CAP_RULE_HEAP    ((size_t)2 << 30) /* bytes of all rules as a tree */
#define CAP_RULE_TREE_BYTES ((size_t)2 << 30) /* bytes of all rules as a tree */
#define CAP_RULE_REPORT  ((size_t)1 << 28) /* bytes of messages about rules */
#define CAP_RULE_FOLDERS 32                /* nesting of folders of rules */
#define CAP_CACHE_NOTES  (64u << 20)       /* bytes of what is kept beside an image */
#define CAP_CACHE_ENTRIES 8                /* rule sets kept compiled */
#define CAP_CACHE_BYTES  (256u << 20)      /* bytes of all of them */
#define CAP_CACHE_LISTED 1000              /* looked at when the oldest are removed */
#define CAP_THREADS      1024              /* --threads */
#define CAP_TIME_LIMIT   (366 * 86400)     /* --time-limit, seconds */

/* ---- centre/store ---- */

#define CAP_STORE_VALUE     (128u << 20) /* bytes of one value: a sealed result and room */
#define CAP_BACKUP_RECORD   (512u << 20) /* bytes of one row in a backup: held whole */
#define CAP_STORE_NAME      63           /* bytes of a table's or column's; PostgreSQL */

/* ---- centre/audit ---- */

#define CAP_AUDIT_FIELDS    (64u << 10)  /* bytes of what one entry says */

/* ---- centre/unit ---- */

#define CAP_UNIT_NAME       500          /* bytes of a name: a line of a letter and more */
#define CAP_UNIT_CODE       35           /* bytes of a code; Decision 20/2020 */
#define CAP_UNIT_DEPTH      32           /* units in each other: rows of the closure */
#define CAP_UNIT_TABLE      (8u << 20)   /* bytes of a table of units */
#define CAP_UNIT_ROWS       20000        /* in it: all of a province and more */
#define CAP_UNIT_COMPLAINTS 1000         /* told with their line; all are counted */
#define CAP_UNIT_MEMORY     (64u << 20)  /* bytes of what a table says */
#define CAP_UNIT_FOUND      50           /* units that fit what was typed, to be shown */

/* ---- centre/http ---- */

#define CAP_HTTP_TARGET  4096        /* bytes of a path with its query */
#define CAP_HTTP_HEAD    (16u << 10) /* bytes of a head: cookies, a token */
#define CAP_HTTP_HEADERS 64          /* in one head */
#define CAP_HTTP_LINGER  (1u << 20)  /* bytes of a refused body that are thrown away */

/* ---- centre/result ---- */

#define CAP_TURN_MEMORY     (256u << 20) /* bytes of what deliveries of one turn say */

#endif
