/* Tests of expressions: expressions and texts by chance, the same in every run, over
 * few letters so that much matches. */
#ifndef RAQUET_ENGINE_MATCH_REGEX_WORLD_H
#define RAQUET_ENGINE_MATCH_REGEX_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_EXPRESSION = 400 };

void random_begin(void);

/* A number from 0 to n - 1. */
uint32_t random_below(uint32_t n);

/* Greedy or lazy as a whole, since no string may mix them. */
void random_expression(char source[MAX_EXPRESSION]);

/* Less than max bytes; where wide, of each two the second one is mostly zero. */
size_t random_data(uint8_t *data, size_t max, bool wide);

#endif
