/* Our other programs, which lie beside this one or in ../libexec/raquet.  Linux alone. */
#ifndef RAQUET_OS_PROGRAM_H
#define RAQUET_OS_PROGRAM_H

/* words end with NULL; the program's own name is put before them. */

/* This process becomes that program.  Returns only when it is not there. */
void program_become(const char *name, const char *const *words);
/* Its exit code; -1: it is not there; 128: it was killed. */
int program_run(const char *name, const char *const *words);

#endif
