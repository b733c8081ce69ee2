/* SPDX-License-Identifier: MIT */
/* custmetrics: a thin layer over the library's generic door. It knows no KPI and no fact table. */
#include "commands.h"
#include "help.h"

#include <stdio.h>
#include <string.h>

/* What the command does not take is refused: a flag that changes nothing misleads. */
static int check_use(const command *c, const args *a)
{
    if (a->n_words < c->words_least) return usage_error("%s needs %s", c->name, c->word);
    if (c->words_most >= 0 && a->n_words > c->words_most) {
        return usage_error("%s: unexpected '%s'", c->name, a->words[c->words_most]);
    }
    if (c->needs_facts && a->n_inputs == 0) {
        return usage_error("%s needs facts, such as --orders FILE", c->name);
    }
    if (!c->takes_facts && a->n_inputs > 0) return usage_error("%s takes no facts", c->name);
    if (!c->takes_settings && a->n_settings > 0) {
        return usage_error("%s takes no option '%s'", c->name, a->settings[0].name);
    }
    bool collects = c->run == command_collect;
    if (!collects && a->n_partitions) return usage_error("--partition belongs to collect");
    if (!collects && a->n_labels) {
        return usage_error("--labels belongs to collect: other commands fit what they need");
    }
    if (collects && !a->out) return usage_error("collect needs -o STATE");
    if (collects && a->format_given) return usage_error("--format belongs to finalize");
    if (c->run == command_report && !a->out) return usage_error("report needs -o FILE");
    if (a->save_model && c->run != command_run && c->run != command_finalize) {
        return usage_error("--save-model belongs to run and finalize");
    }
    return EXIT_FINE;
}

int main(int argc, char **argv)
{
    args a;
    session s;
    char why[512];
    int code = EXIT_USAGE;
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        printf("custmetrics %s\n", cm_version());
        return EXIT_FINE;
    }
    if (!args_parse(&a, argc, argv, why, sizeof why)) {
        args_free(&a);
        return usage_error("%s", why);
    }
    if (a.help || !a.command) {
        text help = { 0 };
        help_text(&help);
        fputs(text_c(&help), stdout);
        text_free(&help);
        code = a.help ? EXIT_FINE : EXIT_USAGE;
        args_free(&a);
        return code;
    }
    const command *c = command_find(a.command);
    if (!c) {
        usage_error("there is no command '%s': custmetrics --help lists them", a.command);
    } else if (check_use(c, &a) == EXIT_FINE && session_open(&s, &a, &code)) {
        code = c->run(&s);
        session_close(&s);
    }
    args_free(&a);
    return code;
}
