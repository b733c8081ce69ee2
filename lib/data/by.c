/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/batch.h"
#include "data/grammar.h"

/* Groups: [table.]dimension, dimension:edge,edge,..., kpi.label. A piece between commas that looks
 * like an edge belongs to the band before it; `;` always ends a band. */

static const char NAME_SPECIALS[] = ",|;:.";

typedef enum edge_kind { EDGE_NONE, EDGE_NUMBER, EDGE_DATE, EDGE_DURATION } edge_kind;

static edge_kind find_edge_kind(const char *text, double *order)
{
    cmi_duration d;
    int32_t kind;
    int64_t v;
    size_t n = strlen(text);

    if (cmi_parse_f64(text, (int64_t)n, order)) return EDGE_NUMBER;
    if (cmi_time_parse(text, n, &kind, &v)) {
        *order = (double)(kind == 0 ? v * CMI_DAY : v);
        return EDGE_DATE;
    }
    bool digit = *text >= '0' && *text <= '9';
    if (!digit || !cmi_duration_parse(text, &d)) return EDGE_NONE;
    *order = (double)cmi_duration_us(d);
    return EDGE_DURATION;
}

/* The bands being read: of what kind their edges are, and the last one. */
typedef struct by_reading {
    cmi_option_reader *r;
    int64_t n;
    cmi_by_item *v;
    int64_t most; /* pieces in the text */
    const char **edges;
    edge_kind kind;
    double last;
} by_reading;

static cm_status add_edge(by_reading *k, const cmi_word *w)
{
    cmi_by_item *item = &k->v[k->n - 1];
    double order;
    edge_kind kind = find_edge_kind(w->text, &order);

    if (kind == EDGE_NONE)
        return cmi_option_bad(k->r, "'%s' is no edge of a band: a number, a date or a duration",
                              w->text);
    if (item->edges.n && kind != k->kind)
        return cmi_option_bad(k->r, "the edges of '%s' are of different kinds", item->name);
    if (item->edges.n && !(order > k->last))
        return cmi_option_bad(k->r, "the edges of '%s' do not ascend at '%s'", item->name, w->text);
    k->kind = kind;
    k->last = order;
    k->edges[item->edges.n++] = w->text;
    return CM_OK;
}

static const char *join(const cmi_option_reader *r, const char *a, const char *b, const char *c)
{
    size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
    char *text = cmi_option_room(r, (int64_t)(na + nb + nc), 1);
    if (!text) return NULL;
    memcpy(text, a, na);
    memcpy(text + na, b, nb);
    memcpy(text + na + nb, c, nc);
    return text;
}

/* "rfm.segment" where rfm is a KPI: its label. */
static cm_status split_label(by_reading *k, const cmi_word *w, cmi_by_item *item)
{
    const cmi_kpi *kpi;
    cm_status status = cmi_label_split(k->r, w, &kpi);
    if (status != CM_OK || !kpi) return status;
    item->kind = CMI_BY_LABEL;
    item->name = kpi->id;
    item->column = kpi->label;
    return CM_OK;
}

static cm_status name_item(by_reading *k, cmi_by_item *item, const char *given)
{
    bool label = item->kind == CMI_BY_LABEL;
    const char *table = item->table ? item->table : "", *dot = item->table ? "." : "";

    item->output = label                        ? given
                   : item->kind == CMI_BY_BANDS ? join(k->r, table, dot, item->name)
                   : item->table                ? given
                                                : item->name;
    if (item->output && item->kind == CMI_BY_BANDS)
        item->output = join(k->r, item->output, "_band", "");
    if (!item->output) return CM_ERR_MEMORY;
    for (int64_t i = 0; i < k->n - 1; i++)
        if (strcmp(k->v[i].output, item->output) == 0)
            return cmi_option_bad(k->r, "'%s' stands there twice", item->output);
    return CM_OK;
}

static cm_status add_item(by_reading *k, const cmi_word *w, bool bands)
{
    if (!w->n) return cmi_option_bad(k->r, "the name of a dimension is missing");
    if (k->n == CMI_MAX_KEYS) return cmi_option_bad(k->r, "more than %d dimensions", CMI_MAX_KEYS);
    cmi_by_item *item = &k->v[k->n++];
    k->edges = cmi_option_room(k->r, k->most, sizeof *k->edges);
    if (!k->edges) return CM_ERR_MEMORY;
    item->kind = bands ? CMI_BY_BANDS : CMI_BY_DIMENSION;
    item->edges.v = k->edges;
    cm_status status = cmi_dimension_split(k->r, w, &item->table, &item->name);
    if (status == CM_OK && !bands) status = split_label(k, w, item);
    return status == CM_OK ? name_item(k, item, w->text) : status;
}

static cm_status read_items(by_reading *k, const char *p)
{
    cmi_word w = { .stop = ';' };
    bool in_band = false;

    while (w.stop) {
        char before = w.stop;
        double order;
        cm_status status = cmi_word_next(k->r, &p, ":,;", &w);
        if (status != CM_OK) return status;
        if (before == ',' && in_band && w.stop != ':' && !w.quoted &&
            find_edge_kind(w.text, &order) != EDGE_NONE) {
            status = add_edge(k, &w);
        } else {
            in_band = w.stop == ':';
            status = add_item(k, &w, in_band);
            if (status == CM_OK && in_band) status = cmi_word_next(k->r, &p, ",;", &w);
            if (status == CM_OK && in_band) status = add_edge(k, &w);
        }
        if (status != CM_OK) return status;
    }
    return CM_OK;
}

/* A name that looks like an edge would be taken for one behind a band. */
static void put_name(cm_buffer *b, const cmi_by_item *item)
{
    double order;
    if (item->table) cmi_put_format(b, "%s.", item->table);
    if (find_edge_kind(item->name, &order) != EDGE_NONE &&
        !cmi_word_needs_quotes(item->name, NAME_SPECIALS))
        cmi_put_format(b, "\"%s\"", item->name);
    else
        cmi_word_put(b, item->name, NAME_SPECIALS);
}

static cm_status put_item(cmi_option_reader *r, cmi_by_item *item)
{
    int64_t start = cm_buffer_size(r->canonical);
    if (item->kind == CMI_BY_LABEL)
        cmi_put_format(r->canonical, "%s.%s", item->name, item->column);
    else
        put_name(r->canonical, item);
    for (int64_t i = 0; i < item->edges.n; i++) {
        cmi_put_u8(r->canonical, i ? ',' : ':');
        cmi_put_text(r->canonical, item->edges.v[i]);
    }
    if (!cmi_buffer_ok(r->canonical)) return cmi_no_memory(r->ctx, r->err);
    item->text = cmi_arena_text(r->arena, (const char *)cm_buffer_data(r->canonical) + start,
                                (size_t)(cm_buffer_size(r->canonical) - start));
    return item->text ? CM_OK : cmi_no_memory(r->ctx, r->err);
}

cm_status cmi_by_read(cmi_option_reader *r, const char *text, cmi_by *out)
{
    by_reading k = { .r = r, .most = cmi_words_bound(text, ",;:") };
    k.v = cmi_option_room(r, CMI_MAX_KEYS, sizeof *k.v);
    if (!k.v) return CM_ERR_MEMORY;
    cm_status status = read_items(&k, text);
    for (int64_t i = 0; i < k.n && status == CM_OK; i++) {
        if (i) cmi_put_u8(r->canonical, ',');
        status = put_item(r, &k.v[i]);
    }
    if (status == CM_OK) *out = (cmi_by){ k.n, k.v };
    return status;
}
