/*
 * Walks all that a module knows of one object: what `-D` prints, what fuzz targets and
 * tests compare.  It reads the same table that the checker reads, so that a field
 * cannot be forgotten here.
 *
 * The walk asks for everything and thereby makes the module compute everything; a scan
 * never does this.
 */
#ifndef RAQUET_ENGINE_MODULE_MODULE_DUMP_H
#define RAQUET_ENGINE_MODULE_MODULE_DUMP_H

#include "bytes/buffer.h"
#include "engine/module/module.h"

/*
 * A place in the tree of values: a field of the table, or one element of an array or a
 * dictionary (then field is the row of that array, and the parent is the node of the
 * whole array).  Lives on the stack of the walk.
 */
struct module_node {
	const struct module_node *parent; /* NULL: a field of the module itself */
	const struct module_field *field;
	int64_t index;    /* of an element, else -1 */
	struct bytes key; /* of an element of a dictionary, else {NULL, 0} */
	unsigned depth;   /* 0: a field of the module itself */
};

/* Whom the walk tells.  Each function may be NULL. */
struct module_visitor {
	void *context; /* handed to each */

	/* The order in which libyara prints fields: the last declared first, but the
	 * other way round in each element of an array or dictionary, and so on by
	 * turns.  Elements always come by rising index. */
	bool libyara_order;

	/* A structure, an array, a dictionary, or an element that is a structure,
	 * begins.  n_elements: of an array or dictionary, -1 when it is undefined; of
	 * a structure the walk gives 0.  False: leave its content out (leave is still
	 * called). */
	bool (*enter)(void *context, const struct module_node *node,
		      int64_t n_elements);
	void (*leave)(void *context, const struct module_node *node);

	/* A value, possibly undefined; constants of the table included. */
	void (*value)(void *context, const struct module_node *node,
		      const struct value *value);

	/* A function; keys are those of its path, which module->call wants before the
	 * arguments. */
	void (*function)(void *context, const struct module_node *node,
			 const struct value *keys, size_t n_keys);
};

/* Walks every field of module for the object that state was opened for. */
void module_dump(const struct module *module, void *state,
		 const struct module_visitor *visitor);

/* Appends the path of node without the name of the module: sections[3].name,
 * version_info["Company"].  Bytes that do not print become \xNN. */
void module_path(const struct module_node *node, struct buffer *path);

#endif
