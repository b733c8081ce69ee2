/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "commands.h"

#include <string.h>

static void walk_commands(help_sink *to)
{
    text term = { 0 };
    const command *c;
    to->section(to, "COMMANDS");
    for (int i = 0; (c = command_at(i)) != NULL; i++) {
        term.n = 0;
        text_printf(&term, "custmetrics %s %s", c->name, c->usage);
        to->line(to, text_c(&term), c->doc);
    }
    text_free(&term);
}

/* Side tables are named in one line; each table of facts has its own flag. */
static void walk_tables(help_sink *to, bool side, text *names)
{
    text term = { 0 };
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info info = { .struct_size = sizeof info };
        if (cm_fact_get(i, &info, NULL) != CM_OK) continue;
        if ((strcmp(info.kind, "fact") != 0) != side) continue;
        if (side) {
            text_printf(names, "%s%s", names->n ? ", " : "", info.name);
        } else {
            term.n = 0;
            text_printf(&term, "--%s F", info.name);
            to->line(to, text_c(&term), info.doc);
        }
    }
    text_free(&term);
}

static void walk_flags(help_sink *to, bool of_facts)
{
    text term = { 0 };
    const flag_help *f;
    for (int i = 0; (f = args_flag(i)) != NULL; i++) {
        if (f->of_facts != of_facts || !*f->doc) continue;
        term.n = 0;
        text_printf(&term, "%s%s%s", f->name, *f->value ? " " : "", f->value);
        to->line(to, text_c(&term), f->doc);
    }
    text_free(&term);
}

void help_walk(help_sink *to)
{
    text names = { 0 };
    walk_commands(to);
    to->section(to, "FACTS");
    walk_tables(to, false, NULL);
    walk_flags(to, true);
    walk_tables(to, true, &names);
    to->line(to, "NAME", text_c(&names));
    to->line(to, "F", "a CSV file, or - for standard input; may be packed with gzip, xz or zstd");
    to->section(to, "VALUES");
    to->line(to, "NAME=VALUE",
             "an option of the KPI; custmetrics describe KPI lists them, such as");
    to->line(to, "period=month", "the grid of periods");
    to->line(to, "by=channel,age:18,25,35", "groups: dimensions, and bands of one");
    to->line(to, "where=channel:email", "conditions");
    to->line(to, "as_of=2011-12-10", "nothing from then on is seen");
    to->line(to, "tz=Europe/Paris", "the dataset's time zone");
    to->line(to, "week_start=sunday", "the dataset's first day of the week");
    to->section(to, "FLAGS");
    walk_flags(to, false);
    to->line(to, "--version", "the version, if it is the only word");
    to->section(to, "EXIT STATUS");
    to->line(to, "0", "done");
    to->line(to, "1", "wrong use");
    to->line(to, "2", "bad input; with --strict also rejected rows");
    to->line(to, "130", "interrupted");
    text_free(&names);
}

/* ---- --help ---- */

static void text_section(help_sink *to, const char *title)
{
    text_printf(to->out, "%s%s\n", to->out->n ? "\n" : "", title);
}

static void text_line(help_sink *to, const char *term, const char *doc)
{
    enum { WIDTH = 32 };
    if (strlen(term) > WIDTH) {
        text_printf(to->out, "  %s\n      %s\n", term, doc);
    } else {
        text_printf(to->out, "  %-*s %s\n", WIDTH, term, doc);
    }
}

void help_text(text *out)
{
    help_sink to = { text_section, text_line, out };
    help_walk(&to);
}
