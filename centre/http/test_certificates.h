/* For tests and benchmarks: an authority of agents, another that nobody trusts, and
 * certificates of both, as PEM files of one folder. */
#ifndef RAQUET_CENTRE_HTTP_TEST_CERTIFICATES_H
#define RAQUET_CENTRE_HTTP_TEST_CERTIFICATES_H

#include <stdbool.h>

/*
 * Makes NAME.pem and NAME.key of authority, stranger (the other authority), centre
 * (localhost and 127.0.0.1), agent, expired (of authority), wrong (of stranger).  False:
 * one could not be made.
 */
bool test_certificates_make(const char *folder);

#endif
