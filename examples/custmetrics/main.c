/* SPDX-License-Identifier: MIT */
/* custmetrics: a thin layer over the library's generic door. It knows no KPI and no fact table. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "custmetrics list [FACTS...] [goal=G] [--json]\n"
    "custmetrics describe KPI [--json]\n"
    "custmetrics check    FACTS...\n"
    "custmetrics run KPI  FACTS... [NAME=VALUE...] [--format text|csv|json] [--table T] [-o FILE]\n"
    "                     [--save-model FILE]\n"
    "custmetrics apply MODEL FACTS... [NAME=VALUE...]\n"
    "custmetrics collect KPI FACTS... [NAME=VALUE...] --partition I/N -o STATE\n"
    "custmetrics finalize STATE... [--format text|csv|json]\n"
    "custmetrics report   FACTS... [NAME=VALUE...] -o report.html\n"
    "\n"
    "FACTS   --TABLE F for each table of facts: ";
static const char usage_rest[] = "        --table-in NAME=F                  a side table: ";
static const char usage_end[] =
    "        --map orders.customer=CustomerID   role <- column; ==VALUE sets a constant\n"
    "        --time-format orders.time=%m/%d/%Y where ISO 8601 is not what the file has\n"
    "        F may be - for standard input, and packed with gzip, xz or zstd\n"
    "VALUES  period=month  by=channel,age:18,25,35  where=channel:email  as_of=2011-12-10\n"
    "        tz=Europe/Paris and week_start=sunday are the dataset's\n"
    "FLAGS   --strict  --threads N  --scale N  --owner DIMENSION  --quiet\n"
    "\n"
    "Exit status: 0 done, 1 wrong use, 2 bad input (with --strict also rejected rows).\n";

static const struct command {
    const char *name;
    int (*run)(session *s);
    int words_least, words_most; /* -1: any number */
    const char *word;
    bool needs_facts, takes_facts, takes_settings;
} commands[] = {
    { "list", command_list, 0, 0, "", false, true, true },
    { "describe", command_describe, 1, 1, "a KPI", false, false, false },
    { "check", command_check, 0, 0, "", true, true, false },
    { "run", command_run, 1, 1, "a KPI", false, true, true },
    { "apply", command_apply, 1, 1, "a model", true, true, true },
    { "collect", command_collect, 1, 1, "a KPI", true, true, true },
    { "finalize", command_finalize, 1, -1, "at least one state", false, false, false },
    { "report", command_report, 0, 0, "", true, true, true },
};

static void print_tables(bool side)
{
    const char *before = "";
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info info = { .struct_size = sizeof info };
        if (cm_fact_get(i, &info, NULL) != CM_OK) continue;
        if ((strcmp(info.kind, "fact") != 0) != side) continue;
        printf("%s%s", before, info.name);
        before = ", ";
    }
    putchar('\n');
}

static void print_usage(void)
{
    fputs(usage, stdout);
    print_tables(false);
    fputs(usage_rest, stdout);
    print_tables(true);
    fputs(usage_end, stdout);
}

/* What the command does not take is refused: a flag that changes nothing misleads. */
static int check_use(const struct command *c, const args *a)
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
        print_usage();
        code = a.help ? EXIT_FINE : EXIT_USAGE;
        args_free(&a);
        return code;
    }
    const struct command *c = NULL;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(commands[i].name, a.command)) c = &commands[i];
    }
    if (!c) {
        usage_error("there is no command '%s': custmetrics --help lists them", a.command);
    } else if (check_use(c, &a) == EXIT_FINE && session_open(&s, &a, &code)) {
        code = c->run(&s);
        session_close(&s);
    }
    args_free(&a);
    return code;
}
