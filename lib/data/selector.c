/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/grammar.h"

/* Selectors: [table:]name|name[;dimension:value|value]. A table's prefix holds for the names behind
 * it, up to the next prefix. One alternative per fact table comes out, in the tables' order. */

static const char NAME_SPECIALS[] = ",|;:";

typedef struct picking {
    cmi_option_reader *r;
    int64_t most; /* names in the text */
    bool used[CMI_N_FACTS];
    bool whole[CMI_N_FACTS]; /* every row */
    int64_t n[CMI_N_FACTS];
    const char **name[CMI_N_FACTS];
} picking;

static const cmi_fact ANY[] = { CMI_EVENTS, CMI_ORDERS, CMI_SUBSCRIPTIONS };

static void pick_whole(picking *k, cmi_fact f)
{
    k->used[f] = k->whole[f] = true;
}

static cm_status pick_name(picking *k, cmi_fact f, const char *name)
{
    if (f == CMI_CUSTOMERS)
        return cmi_option_bad(k->r,
                              "rows of customers have no name; use customers;dimension:value");
    if (!k->name[f]) k->name[f] = cmi_option_room(k->r, k->most, sizeof *k->name[f]);
    if (!k->name[f]) return CM_ERR_MEMORY;
    k->used[f] = true;
    for (int64_t i = 0; i < k->n[f]; i++)
        if (strcmp(k->name[f][i], name) == 0) return CM_OK;
    k->name[f][k->n[f]++] = name;
    return CM_OK;
}

static cm_status read_prefix(picking *k, const cmi_word *w, int32_t *table)
{
    *table = w->quoted ? -1 : cmi_fact_find(w->text);
    if (*table >= 0) return CM_OK;
    return cmi_option_bad(k->r, "'%s' is no fact table; a name with a colon stands in quotes",
                          w->text);
}

static cm_status pick_word(picking *k, const cmi_word *w, int32_t table)
{
    bool bare = table < 0 && !w->quoted;
    int32_t named = bare ? cmi_fact_find(w->text) : -1;

    if (!w->n) return cmi_option_bad(k->r, "a name is missing");
    if (bare && strcmp(w->text, "any") == 0) {
        for (size_t i = 0; i < sizeof ANY / sizeof *ANY; i++) pick_whole(k, ANY[i]);
        return CM_OK;
    }
    if (named >= 0) {
        pick_whole(k, (cmi_fact)named);
        return CM_OK;
    }
    return pick_name(k, table < 0 ? CMI_EVENTS : (cmi_fact)table, w->text);
}

/* ---- canonical text ---- */

static bool is_any(const picking *k)
{
    for (int f = 0; f < CMI_N_FACTS; f++) {
        bool wanted = f == CMI_EVENTS || f == CMI_ORDERS || f == CMI_SUBSCRIPTIONS;
        if (k->used[f] != wanted || (wanted && !k->whole[f])) return false;
    }
    return true;
}

static void put_names(cm_buffer *b, const picking *k, int f, bool *first)
{
    for (int64_t i = 0; i < k->n[f]; i++) {
        const char *name = k->name[f][i];
        bool taken = f == CMI_EVENTS && (cmi_fact_find(name) >= 0 || strcmp(name, "any") == 0);
        if (!*first) cmi_put_u8(b, '|');
        *first = false;
        if (i == 0 && f != CMI_EVENTS) cmi_put_format(b, "%s:", cmi_fact_get((cmi_fact)f)->name);
        if (taken)
            cmi_put_format(b, "\"%s\"", name);
        else
            cmi_word_put(b, name, NAME_SPECIALS);
    }
}

/* Whole tables come first and events' names next, so that no prefix catches them. */
static void put_selector(cm_buffer *b, const picking *k, const cmi_where *where)
{
    bool first = true, any = is_any(k);

    if (any) cmi_put_text(b, "any");
    for (int f = 0; f < CMI_N_FACTS && !any; f++) {
        if (!k->whole[f]) continue;
        if (!first) cmi_put_u8(b, '|');
        first = false;
        cmi_put_text(b, cmi_fact_get((cmi_fact)f)->name);
    }
    for (int f = 0; f < CMI_N_FACTS && !any; f++)
        if (k->used[f] && !k->whole[f]) put_names(b, k, f, &first);
    if (!where->n) return;
    cmi_put_u8(b, ';');
    cmi_conditions_put(b, where, ';');
}

/* ---- reading ---- */

static cm_status read_names(picking *k, const char **p, char *stop)
{
    int32_t table = -1;
    cmi_word w = { .stop = '|' };

    while (w.stop == '|' || w.stop == ':') {
        cm_status status = cmi_word_next(k->r, p, "|:;", &w);
        if (status == CM_OK)
            status = w.stop == ':' ? read_prefix(k, &w, &table) : pick_word(k, &w, table);
        if (status != CM_OK) return status;
    }
    *stop = w.stop;
    return CM_OK;
}

static cm_status build(const picking *k, const cmi_where *where, cmi_selector *out)
{
    cmi_alternative *v = cmi_option_room(k->r, CMI_N_FACTS, sizeof *v);
    if (!v) return CM_ERR_MEMORY;
    out->v = v;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        if (!k->used[f]) continue;
        v[out->n].fact = (cmi_fact)f;
        v[out->n].where = *where;
        if (!k->whole[f]) v[out->n].names = (cmi_texts){ k->n[f], k->name[f] };
        out->n++;
        out->tables |= CMI_FACT_BIT(f);
    }
    return CM_OK;
}

static cm_status read_selector(cmi_option_reader *r, const char *text, cmi_selector *out)
{
    picking k = { .r = r, .most = cmi_words_bound(text, "|:") };
    cmi_where where = { 0 };
    char stop;
    int64_t start = cm_buffer_size(r->canonical);
    cm_status status = read_names(&k, &text, &stop);

    if (status == CM_OK && stop == ';') status = cmi_conditions_read(r, text, ';', &where);
    if (status == CM_OK) status = build(&k, &where, out);
    if (status != CM_OK) return status;
    put_selector(r->canonical, &k, &where);
    if (!cmi_buffer_ok(r->canonical)) return cmi_no_memory(r->ctx, r->err);
    out->text = cmi_arena_text(r->arena, (const char *)cm_buffer_data(r->canonical) + start,
                               (size_t)(cm_buffer_size(r->canonical) - start));
    return out->text ? CM_OK : cmi_no_memory(r->ctx, r->err);
}

cm_status cmi_steps_read(cmi_option_reader *r, const char *text, cmi_steps *out)
{
    cmi_selector *v = cmi_option_room(r, cmi_words_bound(text, ","), sizeof *v);
    cmi_steps steps = { 0, v };
    const char *p = text, *start;
    size_t n;

    if (!v) return CM_ERR_MEMORY;
    while (cmi_slice_next(&p, ",", &start, &n)) {
        const char *slice = cmi_arena_text(r->arena, start, n);
        if (!slice) return cmi_no_memory(r->ctx, r->err);
        if (steps.n) cmi_put_u8(r->canonical, ',');
        cm_status status = read_selector(r, slice, &v[steps.n++]);
        if (status != CM_OK) return status;
    }
    *out = steps;
    return CM_OK;
}

cm_status cmi_selector_read(cmi_option_reader *r, const char *text, cmi_selector *out)
{
    cmi_steps steps;
    cm_status status = cmi_steps_read(r, text, &steps);
    if (status != CM_OK) return status;
    if (steps.n != 1)
        return cmi_option_bad(r, "one selector is wanted; alternatives stand between |");
    *out = steps.v[0];
    return CM_OK;
}
