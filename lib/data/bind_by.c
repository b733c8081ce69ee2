/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/bind.h"

/* The items of by: dimensions, bands, labels. Band codes are 1.. in the order of the edges; 0 is
 * null. */

typedef struct band_edges {
    const cmi_by_item *item;
    cmi_role_type type; /* of the values: VALUE, TIME, DATE */
    int64_t n;
    int64_t *edge;   /* ascending */
    bool descending; /* durations: the first band holds the latest times */
} band_edges;

static bool all_durations(const cmi_by_item *item)
{
    cmi_duration d;
    for (int64_t i = 0; i < item->edges.n; i++)
        if (!cmi_duration_parse(item->edges.v[i], &d)) return false;
    return true;
}

static cm_status bad_edge(const cmi_by_item *item, const char *text, cm_error *err)
{
    cmi_fail(err, CM_ERR_OPTION, "by: '%s' is no edge of '%s', or edges do not ascend", text,
             item->name);
    cmi_error_option(err, "by");
    return CM_ERR_OPTION;
}

static cm_status read_edges(cmi_bound *b, band_edges *e, cm_error *err)
{
    const cmi_by_item *item = e->item;
    bool age = !strcmp(item->name, "age") || !strcmp(item->name, "birth_date");
    bool tenure = e->type == CMI_ROLE_TIME && all_durations(item);
    int64_t last = 0;

    e->descending = (e->type == CMI_ROLE_DATE && age) || tenure;
    for (int64_t i = 0; i < item->edges.n; i++) {
        const char *text = item->edges.v[i];
        int64_t v;
        bool read = e->type == CMI_ROLE_DATE && age ? cmi_bound_birth_edge(b, text, &v)
                    : tenure                        ? cmi_bound_tenure_edge(b, text, &v)
                             : cmi_bound_number(b, e->type, text, strlen(text), &v);
        if (!read) return bad_edge(item, text, err);
        if (i && (e->descending ? v >= last : v <= last)) return bad_edge(item, text, err);
        e->edge[e->descending ? item->edges.n - 1 - i : i] = last = v;
    }
    return CM_OK;
}

static int64_t count_at_or_below(const int64_t *edge, int64_t n, int64_t v)
{
    int64_t k = 0;
    while (k < n && edge[k] <= v) k++;
    return k;
}

/* Labels `<18`, `18..25`, `>=50`. */
static cm_status make_labels(cmi_bound *b, int i, const cmi_by_item *item, cm_error *err)
{
    int64_t n = item->edges.n;
    const char **label = cmi_arena_alloc(&b->arena, sizeof(char *) * (size_t)(n + 1));
    for (int64_t k = 0; label && k <= n; k++) {
        const char *lower = k ? item->edges.v[k - 1] : "<", *upper = k < n ? item->edges.v[k] : "";
        const char *between = k && k < n ? ".." : "";
        size_t nl = strlen(lower), nb = strlen(between), nu = strlen(upper), at = k == n ? 2 : 0;
        char *text = cmi_arena_alloc(&b->arena, at + nl + nb + nu + 1);
        if (!text) return cmi_no_memory(b->ds->ctx, err);
        memcpy(text, ">=", at);
        memcpy(text + at, lower, nl);
        memcpy(text + at + nl, between, nb);
        memcpy(text + at + nl + nb, upper, nu + 1);
        label[k] = text;
    }
    if (!label) return cmi_no_memory(b->ds->ctx, err);
    b->by_label[i] = label;
    b->n_by_label[i] = n + 1;
    return CM_OK;
}

static cm_status band_codes(cmi_bound *b, const band_edges *e, const cmi_dict *dict,
                            cmi_bound_group *g, cm_error *err)
{
    uint32_t *map = cmi_arena_alloc(&b->arena, sizeof(uint32_t) * (size_t)(dict->n + 1));
    if (!map) return cmi_no_memory(b->ds->ctx, err);
    for (int64_t code = 1; code <= dict->n; code++) {
        size_t n;
        int64_t v;
        const char *text = cmi_dict_text(dict, (uint32_t)code, &n);
        if (cmi_bound_number(b, e->type, text, n, &v))
            map[code] = (uint32_t)count_at_or_below(e->edge, e->n, v) + 1;
    }
    g->map = map;
    return CM_OK;
}

/* Edges of a text dimension are numbers if they read as numbers, else dates. */
static cmi_role_type edge_type(const cmi_bound *b, const cmi_by_item *item,
                               const cmi_column *column)
{
    int64_t v;
    if (cmi_bound_dict(b, column) == NULL) return column->type;
    for (int64_t i = 0; i < item->edges.n; i++)
        if (!cmi_bound_number(b, CMI_ROLE_VALUE, item->edges.v[i], strlen(item->edges.v[i]), &v))
            return CMI_ROLE_TIME;
    return CMI_ROLE_VALUE;
}

static cm_status bind_bands(cmi_bound *b, int i, const cmi_by_item *item, cmi_bound_group *g,
                            cm_error *err)
{
    band_edges e = { item, edge_type(b, item, g->column), item->edges.n, NULL, false };
    const cmi_dict *dict = cmi_bound_dict(b, g->column);
    e.edge = cmi_arena_alloc(&b->arena, sizeof(int64_t) * (size_t)(e.n + 1));
    if (!e.edge) return cmi_no_memory(b->ds->ctx, err);
    cm_status status = read_edges(b, &e, err);
    if (status == CM_OK && !b->by_label[i]) status = make_labels(b, i, item, err);
    if (status != CM_OK) return status;
    if (dict) return band_codes(b, &e, dict, g, err);
    g->edges = e.edge;
    g->n_edges = e.n;
    g->descending = e.descending;
    return CM_OK;
}

static cm_status bind_item(cmi_bound *b, cmi_bound_table *t, int i, cm_error *err)
{
    const cmi_by_item *item = &b->plan->by.v[i];
    cmi_bound_group *g = &t->group[i];

    memset(g, 0, sizeof *g);
    g->place = cmi_bound_dimension(b, t, item->table, item->name, &g->column);
    if (g->place == CMI_NOWHERE) return CM_OK;
    if (item->kind == CMI_BY_BANDS) return bind_bands(b, i, item, g, err);
    const cmi_dict *dict = cmi_bound_dict(b, g->column);
    if (!dict)
        return cmi_fail(err, CM_ERR_OPTION, "by: '%s' is no text; give bands, such as by=%s:10,20",
                        item->name, item->name);
    b->by_dict[i] = dict;
    return CM_OK;
}

static cm_status bind_label(cmi_bound *b, int i, cm_error *err)
{
    const cmi_labels *l;
    cm_status status = cmi_bound_labels(b, b->plan->by.v[i].name, &l, err);
    if (status != CM_OK) return status;
    b->by_dict[i] = l->dict;
    for (int t = 0; t < b->n_tables; t++) {
        memset(&b->table[t].group[i], 0, sizeof b->table[t].group[i]);
        b->table[t].group[i].place = CMI_LABEL;
        b->table[t].group[i].label = l->code;
    }
    return CM_OK;
}

cm_status cmi_bind_by(cmi_bound *b, cm_error *err)
{
    b->n_by = (int)b->plan->by.n;
    b->by_fixed = true;
    for (int i = 0; i < b->n_by; i++) {
        const cmi_by_item *item = &b->plan->by.v[i];
        bool found = false, row = false;
        if (item->kind == CMI_BY_LABEL) {
            cm_status status = bind_label(b, i, err);
            if (status != CM_OK) return status;
            b->by_owner[i] = b->n_tables ? b->table[0].group[i] : (cmi_bound_group){ 0 };
            continue;
        }
        for (int t = 0; t < b->n_tables; t++) {
            cm_status status = bind_item(b, &b->table[t], i, err);
            if (status != CM_OK) return status;
            found |= b->table[t].group[i].place != CMI_NOWHERE;
            row |= b->table[t].group[i].place != CMI_CUSTOMER_ROW;
        }
        if (!found && b->n_tables) return cmi_bound_unknown(b, "by", item->name, err);
        if (row || b->several_rows)
            b->by_fixed = false;
        else if (b->n_tables)
            b->by_owner[i] = b->table[0].group[i];
    }
    b->row_groups = b->n_by > 0 && !b->by_fixed;
    return CM_OK;
}
