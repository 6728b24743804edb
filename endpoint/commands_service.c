/* The commands of a system on which raquet is a service as well. */
#include "endpoint/command.h"

const struct command *const commands_here[] = {
    &command_scan,     &command_result, &command_rules, &command_ioc,    &command_yara,
    &command_artefact, &command_enrol,  &command_agent, &command_courier};
const size_t n_commands_here = sizeof commands_here / sizeof commands_here[0];
