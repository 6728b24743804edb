/* In place of store_postgres.c where libpq was missing when this was built. */
#include "centre/store/store_driver.h"

enum rq_err store_postgres_open(const char *where, struct store **store_out,
				struct rq_diag *diag)
{
	*store_out = NULL;
	return rq_fail(diag, RQ_ERR_UNSUPPORTED, where,
		       "this program was built without PostgreSQL");
}
