/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/catalog.h"
#include "data/grammar.h"

/* Conditions on dimensions and segments: [!][table.]dimension:[!]value|value, a..b, null;
 * kpi.label:value. */

static const char VALUE_SPECIALS[] = ",|;";
static const char NAME_SPECIALS[] = ",|;:.";

cm_status cmi_dimension_split(cmi_option_reader *r, const cmi_word *w, const char **table,
                              const char **name)
{
    const char *dot = w->quoted ? NULL : strchr(w->text, '.');
    *table = NULL;
    *name = w->text;
    if (!dot || dot == w->text || !dot[1]) return CM_OK;
    const char *prefix = cmi_arena_text(r->arena, w->text, (size_t)(dot - w->text));
    if (!prefix) return cmi_no_memory(r->ctx, r->err);
    if (cmi_fact_find(prefix) < 0) return CM_OK;
    *table = prefix;
    *name = dot + 1;
    return CM_OK;
}

cm_status cmi_label_split(cmi_option_reader *r, const cmi_word *w, const cmi_kpi **kpi)
{
    const char *dot = w->quoted ? NULL : strchr(w->text, '.');
    *kpi = NULL;
    if (!dot) return CM_OK;
    const char *id = cmi_arena_text(r->arena, w->text, (size_t)(dot - w->text));
    if (!id) return cmi_no_memory(r->ctx, r->err);
    const cmi_kpi *found = cmi_fact_find(id) < 0 ? cmi_registry_find(id) : NULL;
    if (!found) return CM_OK;
    if (!found->label || !*found->label)
        return cmi_option_bad(r, "%s gives no segments", found->id);
    if (strcmp(found->label, dot + 1) != 0)
        return cmi_option_bad(r, "the label of %s is %s.%s", found->id, found->id, found->label);
    *kpi = found;
    return CM_OK;
}

/* ---- one condition ---- */

/* Segments are found for the whole plan: `where` and `by` ask for them, a selector cannot. */
static cm_status read_dimension(cmi_option_reader *r, const cmi_word *w, cmi_condition *c)
{
    const cmi_kpi *kpi;
    cm_status status = cmi_dimension_split(r, w, &c->table, &c->dimension);
    if (status == CM_OK) status = cmi_label_split(r, w, &kpi);
    if (status != CM_OK || !kpi) return status;
    if (strcmp(r->option, "where") != 0)
        return cmi_option_fail(r, CM_ERR_UNSUPPORTED,
                               "'%s': rows are chosen by segments in where and by only", w->text);
    c->label = kpi->id;
    c->dimension = kpi->label;
    return CM_OK;
}

static cm_status read_band(cmi_option_reader *r, const cmi_word *w, cmi_condition *c)
{
    const char *dots = strstr(w->text, "..");
    const char *lower = cmi_arena_text(r->arena, w->text, (size_t)(dots - w->text));
    if (!lower) return cmi_no_memory(r->ctx, r->err);
    if (!*lower && !dots[2]) return cmi_option_bad(r, "a band needs an edge: 10..20, 10.., ..20");
    c->kind = CMI_BAND;
    c->lower = *lower ? lower : NULL;
    c->upper = dots[2] ? dots + 2 : NULL;
    return CM_OK;
}

static cm_status read_values(cmi_option_reader *r, const char **p, const char *stops,
                             cmi_condition *c, char *stop)
{
    const char **values = cmi_option_room(r, cmi_words_bound(*p, "|"), sizeof *values);
    cmi_word w = { .stop = '|' };
    bool band = false;

    if (!values) return CM_ERR_MEMORY;
    c->values.v = values;
    while (w.stop == '|') {
        cm_status status = cmi_word_next(r, p, stops, &w);
        if (status != CM_OK) return status;
        if (!w.n && !w.quoted) return cmi_option_bad(r, "'%s' has no value", c->dimension);
        if (!w.quoted && *w.text == '!')
            return cmi_option_bad(r, "'!' stands before the first value and holds for all of them");
        if (!w.quoted && strstr(w.text, "..")) {
            band = true;
            status = read_band(r, &w, c);
            if (status != CM_OK) return status;
        }
        values[c->values.n++] = !w.quoted && strcmp(w.text, "null") == 0 ? NULL : w.text;
    }
    *stop = w.stop;
    if (band && c->values.n > 1)
        return cmi_option_fail(r, CM_ERR_UNSUPPORTED, "a band stands alone in its condition");
    if (band) c->values.n = 0;
    return CM_OK;
}

static cm_status read_condition(cmi_option_reader *r, const char **p, const char *stops,
                                cmi_condition *c, char *stop)
{
    char name_stops[4] = { ':', stops[1], '\0' };
    cmi_word w;

    while (**p == ' ') ++*p;
    if (**p == '!') {
        c->negate = true;
        ++*p;
    }
    cm_status status = cmi_word_next(r, p, name_stops, &w);
    if (status != CM_OK) return status;
    if (w.stop != ':' || !w.n)
        return cmi_option_bad(r, "'%s' is not of the form dimension:value", w.text);
    status = read_dimension(r, &w, c);
    if (status != CM_OK) return status;
    while (**p == ' ') ++*p;
    if (**p == '!') {
        c->negate = !c->negate;
        ++*p;
    }
    return read_values(r, p, stops, c, stop);
}

/* ---- canonical order ---- */

static int compare_texts(const char *a, const char *b) /* NULL first */
{
    if (!a || !b) return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_values(const cmi_texts *a, const cmi_texts *b)
{
    for (int64_t i = 0; i < a->n && i < b->n; i++) {
        int order = compare_texts(a->v[i], b->v[i]);
        if (order) return order;
    }
    return (a->n > b->n) - (a->n < b->n);
}

static int compare_conditions(const cmi_condition *a, const cmi_condition *b)
{
    int order = compare_texts(a->dimension, b->dimension);
    if (!order) order = compare_texts(a->table, b->table);
    if (!order) order = compare_texts(a->label, b->label);
    if (!order) order = (a->kind > b->kind) - (a->kind < b->kind);
    if (!order) order = a->negate - b->negate;
    if (!order) order = compare_texts(a->lower, b->lower);
    if (!order) order = compare_texts(a->upper, b->upper);
    return order ? order : compare_values(&a->values, &b->values);
}

/* Ascending, each once. */
static int64_t sort_values(const char **v, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        const char *text = v[i];
        int64_t at = kept;
        while (at > 0 && compare_texts(v[at - 1], text) > 0) at--;
        if (at > 0 && compare_texts(v[at - 1], text) == 0) continue;
        memmove(v + at + 1, v + at, sizeof *v * (size_t)(kept - at));
        v[at] = text;
        kept++;
    }
    return kept;
}

static void insert_condition(cmi_condition *v, int64_t *n, const cmi_condition *c)
{
    int64_t at = *n;
    while (at > 0 && compare_conditions(&v[at - 1], c) > 0) at--;
    if (at > 0 && compare_conditions(&v[at - 1], c) == 0) return;
    memmove(v + at + 1, v + at, sizeof *v * (size_t)(*n - at));
    v[at] = *c;
    ++*n;
}

static void settle_values(cmi_condition *c)
{
    if (c->kind == CMI_BAND) return;
    c->values.n = sort_values((const char **)c->values.v, c->values.n);
    if (c->values.n == 1 && !c->values.v[0]) {
        c->kind = CMI_IS_NULL;
        c->values.n = 0;
    }
}

/* ---- the whole ---- */

cm_status cmi_conditions_read(cmi_option_reader *r, const char *p, char separator, cmi_where *out)
{
    char stops[3] = { '|', separator, '\0' }, stop = separator;
    cmi_condition *v = cmi_option_room(r, cmi_words_bound(p, stops + 1), sizeof *v);
    int64_t n = 0;

    if (!v) return CM_ERR_MEMORY;
    while (stop) {
        cmi_condition c = { .kind = CMI_IN };
        cm_status status = read_condition(r, &p, stops, &c, &stop);
        if (status != CM_OK) return status;
        settle_values(&c);
        insert_condition(v, &n, &c);
    }
    *out = (cmi_where){ n, v };
    return CM_OK;
}

static void put_condition(cm_buffer *b, const cmi_condition *c)
{
    if (c->negate) cmi_put_u8(b, '!');
    if (c->table || c->label) cmi_put_format(b, "%s.", c->table ? c->table : c->label);
    cmi_word_put(b, c->dimension, NAME_SPECIALS);
    cmi_put_u8(b, ':');
    if (c->kind == CMI_IS_NULL) cmi_put_text(b, "null");
    if (c->kind == CMI_BAND)
        cmi_put_format(b, "%s..%s", c->lower ? c->lower : "", c->upper ? c->upper : "");
    for (int64_t i = 0; i < c->values.n; i++) {
        if (i) cmi_put_u8(b, '|');
        if (c->values.v[i])
            cmi_word_put(b, c->values.v[i], VALUE_SPECIALS);
        else
            cmi_put_text(b, "null");
    }
}

void cmi_conditions_put(cm_buffer *b, const cmi_where *where, char separator)
{
    for (int64_t i = 0; i < where->n; i++) {
        if (i) cmi_put_u8(b, (uint8_t)separator);
        put_condition(b, &where->v[i]);
    }
}

cm_status cmi_where_read(cmi_option_reader *r, const char *text, cmi_where *out)
{
    cmi_where where;
    cm_status status = cmi_conditions_read(r, text, ',', &where);
    if (status != CM_OK) return status;
    cmi_conditions_put(r->canonical, &where, ',');
    *out = where;
    return CM_OK;
}
