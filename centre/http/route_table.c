/* All that the centre answers, in the order in which it is looked for. */
#include "centre/http/centre.h"

const struct route_table *const centre_tables[] = {&routes_agents, &routes_people,
						   &routes_units, &routes_health};
const size_t centre_n_tables = sizeof centre_tables / sizeof centre_tables[0];
