/* SPDX-License-Identifier: MIT */
/* What was understood of each input column. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"
#include "data/utf8.h"

enum { MAX_EXAMPLE = 100 };

static const char *get_type_name(cmi_role_type type)
{
    static const char *const NAMES[] = {
        [CMI_ROLE_CUSTOMER] = "id", [CMI_ROLE_ENTITY] = "id",   [CMI_ROLE_TEXT] = "text",
        [CMI_ROLE_TIME] = "time",   [CMI_ROLE_DATE] = "date",   [CMI_ROLE_MONEY] = "money",
        [CMI_ROLE_VALUE] = "value", [CMI_ROLE_COUNT] = "count", [CMI_ROLE_SECONDS] = "duration",
        [CMI_ROLE_BOOL] = "bool",   [CMI_ROLE_TERM] = "term",   [CMI_ROLE_NUMBER] = "number",
    };
    return NAMES[type];
}

static const char *copy_example(cmi_add *add, const char *p, int32_t n)
{
    size_t length = n < MAX_EXAMPLE ? (size_t)n : MAX_EXAMPLE;
    while (length > 0 && length < (size_t)n && ((unsigned char)p[length] & 0xc0) == 0x80) length--;
    if (!cmi_utf8_valid(p, length) || memchr(p, 0, length)) return "?";
    return cmi_arena_text(&add->arena, p, length);
}

/* Takes the first value of each column that has none yet. */
cm_status cmi_add_see_examples(cmi_add *add, cmi_work *w, cm_error *err)
{
    for (int32_t i = 0; i < add->n_targets; i++) {
        cmi_target *t = &add->targets[i];
        const cmi_values *v = &w->values[i];
        t->n_null += v->n_null;
        if (t->example || t->source < 0 || v->example < 0) continue;
        const cmi_source_column *s = &w->batch.columns[t->source];
        char buffer[80];
        int32_t n;
        const char *p = cmi_cell_text(add->loader, s, v->example, buffer, &n);
        t->kind = s->kind;
        if (!(t->example = copy_example(add, p, n < 0 ? 0 : n)))
            return cmi_no_memory(add->ctx, err);
    }
    return CM_OK;
}

static bool ends_in_zero(const char *text)
{
    size_t n = strlen(text);
    return n > 2 && strcmp(text + n - 2, ".0") == 0 && text[0] >= '0' && text[0] <= '9';
}

static const char *describe_time(cmi_add *add, const cmi_target *t)
{
    int32_t kind = t->kind == CMI_SOURCE_DATE ? 0 : t->kind == CMI_SOURCE_LOCAL ? 1 : 2;
    int64_t value;
    bool text = t->kind == CMI_SOURCE_TEXT || t->kind == CMI_SOURCE_I64;
    if (text && !cmi_time_read(t, t->example, strlen(t->example), &kind, &value)) return "";
    if (kind == 2) return "";
    char note[160];
    const char *start = kind == 0 ? "dates: midnight in " : "local times, read in ";
    const char *zone = cmi_tz_name(add->loader->tz);
    size_t n = strlen(start), m = strlen(zone);
    if (m > 100) m = 100;
    memcpy(note, start, n);
    memcpy(note + n, zone, m);
    return cmi_arena_text(&add->loader->arena, note, n + m);
}

/* NULL: no memory. */
static const char *describe(cmi_add *add, const cmi_target *t)
{
    if (t->source == CMI_FROM_PRODUCT) return "quantity x price";
    if (t->source == CMI_FROM_CONSTANT) return "constant";
    if (t->note) return t->note;
    if (!t->example) return "no values";
    bool id = t->type == CMI_ROLE_CUSTOMER || t->type == CMI_ROLE_ENTITY;
    if (id && t->kind == CMI_SOURCE_F64) return "ids are floating-point numbers";
    if (id && ends_in_zero(t->example)) return "ids end in .0, kept as written";
    return t->type == CMI_ROLE_TIME ? describe_time(add, t) : "";
}

/* The add's own texts go with it, empty ones too. */
static bool keep(cm_loader *l, const char **text)
{
    *text = **text ? cmi_arena_text(&l->arena, *text, strlen(*text)) : "";
    return *text != NULL;
}

static bool fill(cmi_add *add, const cmi_target *t, cmi_report_column *r)
{
    *r = (cmi_report_column){ .table = add->table,
                              .column = t->header,
                              .role = t->name,
                              .type = get_type_name(t->type),
                              .n_null = t->n_null,
                              .example = t->constant  ? t->constant
                                         : t->example ? t->example
                                                      : "" };
    r->note = describe(add, t);
    return r->note && keep(add->loader, &r->column) && keep(add->loader, &r->role) &&
           keep(add->loader, &r->example);
}

static bool is_target(const cmi_add *add, int32_t input)
{
    for (int32_t i = 0; i < add->n_targets; i++)
        if (add->targets[i].source == input) return true;
    return false;
}

/* Fills the places behind the loader's report; they count from the merge on. */
bool cmi_add_reserve_report(cmi_add *add)
{
    cm_loader *l = add->loader;
    size_t n = (size_t)(l->n_report + add->n_targets + add->n_inputs);
    cmi_report_column *report = cmi_realloc(l->ctx, l->report, n * sizeof *report);
    if (!report) return false;
    l->report = report;
    add->n_report = 0;
    for (int32_t i = 0; i < add->n_targets; i++)
        if (add->targets[i].shown &&
            !fill(add, &add->targets[i], &report[l->n_report + add->n_report++]))
            return false;
    for (int32_t c = 0; c < add->n_inputs; c++) {
        if (is_target(add, c)) continue;
        cmi_report_column *r = &report[l->n_report + add->n_report++];
        *r = (cmi_report_column){ add->table, add->inputs[c], "", "", 0, "", "left out" };
        if (!keep(l, &r->column)) return false;
    }
    return true;
}

static cmi_report_column *find(cm_loader *l, const cmi_report_column *r)
{
    for (int32_t i = 0; i < l->n_report; i++) {
        cmi_report_column *other = &l->report[i];
        if (other->table == r->table && strcmp(other->column, r->column) == 0 &&
            strcmp(other->role, r->role) == 0)
            return other;
    }
    return NULL;
}

void cmi_add_merge_report(cmi_add *add)
{
    cm_loader *l = add->loader;
    const cmi_report_column *fresh = l->report + l->n_report;
    for (int32_t i = 0; i < add->n_report; i++) {
        cmi_report_column r = fresh[i], *known = find(l, &r);
        if (!known) {
            l->report[l->n_report++] = r;
            continue;
        }
        known->n_null += r.n_null;
        if (!*known->example) known->example = r.example;
        if (!*known->note || strcmp(known->note, "no values") == 0) known->note = r.note;
    }
}
