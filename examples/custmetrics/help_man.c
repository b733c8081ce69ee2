/* SPDX-License-Identifier: MIT */
/* The man page: what --help says, the KPIs of the registry, and examples. */
#include "help.h"

#include <custmetrics/custmetrics.h>
#include <string.h>

/* Text that roff shall not take for requests, escapes or hyphens. */
static void add_roff(text *out, const char *s)
{
    bool starts_line = true;
    for (; *s; s++) {
        if (starts_line && (*s == '.' || *s == '\'')) text_puts(out, "\\&");
        if (*s == '\\') {
            text_puts(out, "\\e");
        } else if (*s == '-') {
            text_puts(out, "\\-");
        } else if (*s == '\'') {
            text_puts(out, "\\(aq");
        } else if (*s == '^') {
            text_puts(out, "\\(ha");
        } else if (*s == '~') {
            text_puts(out, "\\(ti");
        } else {
            text_add(out, s, 1);
        }
        starts_line = *s == '\n';
    }
}

static void man_section(help_sink *to, const char *title)
{
    text_printf(to->out, ".SH \"%s\"\n", title);
}

static void man_line(help_sink *to, const char *term, const char *doc)
{
    text_puts(to->out, ".TP\n\\fB");
    add_roff(to->out, term);
    text_puts(to->out, "\\fR\n");
    add_roff(to->out, doc);
    text_puts(to->out, "\n");
}

static void add_kpis(help_sink *to)
{
    to->section(to, "KPIs");
    for (int32_t i = 0; i < cm_kpi_count(); i++) {
        cm_kpi_info info = { .struct_size = sizeof info };
        if (cm_kpi_get(i, &info, NULL) == CM_OK) to->line(to, info.id, info.definition);
    }
}

static void add_examples(help_sink *to)
{
    to->section(to, "EXAMPLES");
    to->line(to, "custmetrics list --orders orders.csv",
             "Which KPIs do these facts allow, and what is missing for the others?");
    to->line(to, "custmetrics check --orders orders.csv",
             "What was understood, what was rejected and why?");
    to->line(to, "custmetrics run purchase --orders orders.csv period=month", "Numbers by month.");
    to->line(to,
             "custmetrics run rfm --orders sales.csv.gz --map orders.customer=CustomerID "
             "--save-model rfm.cm",
             "A column under another name; the cuts are kept in a model.");
    to->line(to, "custmetrics apply rfm.cm --orders next_year.csv",
             "The same cuts on other facts.");
    to->line(to, "custmetrics collect purchase --orders orders.csv --partition 0/4 -o part0",
             "One of four parts, on any machine; finalize merges them to the same bits.");
}

void help_man_page(text *out)
{
    help_sink to = { man_section, man_line, out };
    text_printf(out, ".TH CUSTMETRICS 1 \"\" \"custmetrics %s\" \"User Commands\"\n", cm_version());
    text_puts(out, ".nh\n"); /* options are not to be split */
    man_section(&to, "NAME");
    add_roff(out, "custmetrics - customer-analytics KPIs from raw facts\n");
    man_section(&to, "SYNOPSIS");
    text_puts(out, ".B custmetrics\n.I COMMAND\n");
    add_roff(out, "[FACTS...] [NAME=VALUE...] [FLAGS...]\n");
    man_section(&to, "DESCRIPTION");
    add_roff(out, "Reads orders, events, subscriptions and other facts about customers and prints "
                  "exact, explained tables. Rates come with their counts and an interval; what "
                  "cannot be known yet is shown as missing; rows that cannot be used are counted "
                  "and told on standard error.\n");
    help_walk(&to);
    add_kpis(&to);
    add_examples(&to);
}
