/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_HELP_H
#define PROGRAM_HELP_H

#include "text.h"

/* What the program can be told, walked section by section: --help prints it, the man page is made
 * of it, and shell completion reads what --help prints. */
typedef struct help_sink help_sink;
struct help_sink {
    void (*section)(help_sink *to, const char *title);
    void (*line)(help_sink *to, const char *term, const char *doc);
    text *out;
};
void help_walk(help_sink *to);

void help_text(text *out);
void help_man_page(text *out);

#endif
