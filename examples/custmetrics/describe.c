/* SPDX-License-Identifier: MIT */
/* The command describe: all that a KPI's descriptor says. */
#include "commands.h"
#include "text.h"

#include <string.h>

typedef struct field {
    const char *name, *heading, *value;
} field;

enum { N_FIELDS = 15 };

static void fields_of(const cm_kpi_info *k, field out[N_FIELDS])
{
    const field all[N_FIELDS] = {
        { "family", "Family", k->family },
        { "title", "Title", k->title },
        { "definition", "Definition", k->definition },
        { "formula", "Formula", k->formula },
        { "edge_cases", "Edge cases", k->edge_cases },
        { "facts", "Facts", k->facts },
        { "stages", "Stages", k->stages },
        { "businesses", "Businesses", k->businesses },
        { "goals", "Goals", k->goals },
        { "headline", "Headline", k->headline },
        { "factors", "Factors", k->factors },
        { "detail", "Detail table", k->detail },
        { "label", "Segment label", k->label },
        { "example", "Example", k->example },
        { "references", "References", k->references },
    };
    memcpy(out, all, sizeof all);
}

static void add_member(text *out, const char *name, const char *value, const char *before)
{
    text_printf(out, "%s\"%s\": ", before, name);
    text_json(out, value, strlen(value));
}

static void add_json_options(int32_t kpi, const cm_kpi_info *k, text *out)
{
    text_puts(out, ",\n \"options\": [");
    for (int32_t i = 0; i < k->n_options; i++) {
        cm_option_info o = { .struct_size = sizeof o };
        if (cm_kpi_option(kpi, i, &o, NULL) != CM_OK) continue;
        text_puts(out, i ? ",\n  {" : "\n  {");
        add_member(out, "name", o.name, "");
        add_member(out, "type", o.type, ", ");
        add_member(out, "default", o.fallback, ", ");
        add_member(out, "range", o.range, ", ");
        add_member(out, "unit", o.unit, ", ");
        add_member(out, "doc", o.doc, ", ");
        text_puts(out, "}");
    }
    text_puts(out, "]");
}

static void add_json_columns(int32_t kpi, int32_t table, int32_t n, text *out)
{
    text_puts(out, ", \"columns\": [");
    for (int32_t i = 0; i < n; i++) {
        cm_column_info c = { .struct_size = sizeof c };
        if (cm_kpi_column(kpi, table, i, &c, NULL) != CM_OK) continue;
        text_puts(out, i ? ",\n    {" : "\n    {");
        add_member(out, "name", c.name, "");
        add_member(out, "type", c.type, ", ");
        add_member(out, "unit", c.unit, ", ");
        add_member(out, "additivity", c.additivity, ", ");
        text_printf(out, ", \"key\": %s", c.is_key ? "true" : "false");
        add_member(out, "doc", c.doc, ", ");
        text_puts(out, "}");
    }
    text_puts(out, "]");
}

static void add_json(int32_t kpi, const cm_kpi_info *k, text *out)
{
    field fields[N_FIELDS];
    fields_of(k, fields);
    add_member(out, "id", k->id, "{");
    text_printf(out, ", \"version\": %d, \"direction\": %d", (int)k->version, (int)k->direction);
    text_printf(out, ", \"reads_anonymous\": %s, \"has_model\": %s",
                k->reads_anonymous ? "true" : "false", k->has_model ? "true" : "false");
    for (int i = 0; i < N_FIELDS; i++) add_member(out, fields[i].name, fields[i].value, ",\n ");
    add_member(out, "levers", k->levers, ",\n ");
    add_json_options(kpi, k, out);
    text_puts(out, ",\n \"tables\": [");
    for (int32_t i = 0; i < k->n_tables; i++) {
        cm_table_info t = { .struct_size = sizeof t };
        if (cm_kpi_table(kpi, i, &t, NULL) != CM_OK) continue;
        text_puts(out, i ? ",\n  {" : "\n  {");
        add_member(out, "name", t.name, "");
        add_member(out, "doc", t.doc, ", ");
        add_json_columns(kpi, i, t.n_columns, out);
        text_puts(out, "}");
    }
    text_puts(out, "]}\n");
}

static void add_option(const cm_option_info *o, text *out)
{
    text_printf(out, "  %s=%s  (%s", o->name, o->fallback, o->type);
    if (*o->range) text_printf(out, ": %s", o->range);
    if (*o->unit) text_printf(out, ", in %s", o->unit);
    text_printf(out, ")\n");
    if (*o->doc) text_printf(out, "      %s\n", o->doc);
}

static void add_table(int32_t kpi, int32_t table, text *out)
{
    cm_table_info t = { .struct_size = sizeof t };
    if (cm_kpi_table(kpi, table, &t, NULL) != CM_OK) return;
    text_printf(out, "  %s%s%s\n", t.name, *t.doc ? ": " : "", t.doc);
    for (int32_t i = 0; i < t.n_columns; i++) {
        cm_column_info c = { .struct_size = sizeof c };
        if (cm_kpi_column(kpi, table, i, &c, NULL) != CM_OK) continue;
        text_printf(out, "    %-24s %s%s%s%s", c.name, c.is_key ? "key, " : "", c.type,
                    *c.unit ? ", in " : "", c.unit);
        text_printf(out, "%s%s\n", *c.doc ? ": " : "", c.doc);
    }
}

/* Lines of a text, each indented. */
static void add_lines(text *out, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        text_puts(out, "  ");
        text_add(out, lines, n);
        text_puts(out, "\n");
        lines += n + (lines[n] != '\0');
    }
}

static void add_text(int32_t kpi, const cm_kpi_info *k, text *out)
{
    field fields[N_FIELDS];
    fields_of(k, fields);
    text_printf(out, "%s (version %d)\n", k->id, (int)k->version);
    for (int i = 0; i < N_FIELDS; i++) {
        if (!*fields[i].value) continue;
        text_printf(out, "\n%s\n", fields[i].heading);
        add_lines(out, fields[i].value);
    }
    text_puts(out, "\nOptions\n");
    for (int32_t i = 0; i < k->n_options; i++) {
        cm_option_info o = { .struct_size = sizeof o };
        if (cm_kpi_option(kpi, i, &o, NULL) == CM_OK) add_option(&o, out);
    }
    text_puts(out, "\nTables\n");
    for (int32_t i = 0; i < k->n_tables; i++) add_table(kpi, i, out);
    if (*k->levers) {
        text_puts(out, "\nLevers\n");
        add_lines(out, k->levers);
    }
}

int command_describe(session *s)
{
    int32_t kpi;
    cm_kpi_info info = { .struct_size = sizeof info };
    if (cm_kpi_find(s->a->words[0], &kpi, s->err) != CM_OK ||
        cm_kpi_get(kpi, &info, s->err) != CM_OK) {
        return session_fail(s, NULL);
    }
    text out = { 0 };
    if (s->a->format == FORMAT_JSON) {
        add_json(kpi, &info, &out);
    } else {
        add_text(kpi, &info, &out);
    }
    int code = write_file(s->a->out, text_c(&out), out.n) ? EXIT_FINE : EXIT_INPUT;
    text_free(&out);
    return code;
}
