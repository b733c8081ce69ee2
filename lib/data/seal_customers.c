/* SPDX-License-Identifier: MIT */
/* Two rows for one customer from one instant on: the least by content stays, so that the outcome
 * does not depend on their order; the others are rejects. */
#include "data/seal.h"

#include "core/sort.h"

typedef struct place {
    const cmi_segment *segment;
    int64_t i;
} place;

static uint32_t owner_of(const place *p)
{
    return p->segment->dest[p->i];
}

static int compare_codes(const cmi_seal_codes *codes, uint32_t a, uint32_t b)
{
    if (a == b) return 0;
    if (!a || !b) return a ? 1 : -1;
    size_t na, nb;
    const char *pa = cmi_seal_text(codes, a, &na), *pb = cmi_seal_text(codes, b, &nb);
    return cmi_text_compare(pa, na, pb, nb);
}

static int compare_column(const cmi_sealing *s, const cmi_seal_column *c, const place *a,
                          const place *b)
{
    const void *va = cmi_seal_values(c, a->segment), *vb = cmi_seal_values(c, b->segment);
    if (c->dict != -1) {
        const cmi_seal_codes *codes =
            c->dict == CMI_DICT_CUSTOMERS ? &s->customers : &s->dims[c->dict];
        return compare_codes(codes, va ? ((const uint32_t *)va)[a->i] : 0,
                             vb ? ((const uint32_t *)vb)[b->i] : 0);
    }
    int64_t x = va ? ((const int64_t *)va)[a->i] : CMI_NULL;
    int64_t y = vb ? ((const int64_t *)vb)[b->i] : CMI_NULL;
    return (x > y) - (x < y);
}

static int compare_content(const cmi_sealing *s, const place *a, const place *b)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    int order = 0;
    for (int32_t c = 0; c < t->n_columns && !order; c++)
        order = compare_column(s, &t->columns[c], a, b);
    return order;
}

static int compare_keys(const place *a, const place *b)
{
    uint32_t x = owner_of(a), y = owner_of(b);
    int64_t t = a->segment->time[a->i], u = b->segment->time[b->i];
    /* Without valid_from: null, or in force always. */
    if (t == CMI_NULL) t = CMI_ALWAYS_VALID;
    if (u == CMI_NULL) u = CMI_ALWAYS_VALID;
    if (x != y) return x < y ? -1 : 1;
    return (t > u) - (t < u);
}

/* What a code of the row was before aliases. */
static uint32_t find_origin(const cmi_moves *moves, const place *p, uint32_t code)
{
    int64_t low = 0, high = moves->n, row = p->segment->first + p->i;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (moves->row[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < moves->n && moves->row[low] == row ? moves->from[low] : code;
}

/* Of rows that only aliases made equal the same one stays whatever their order. */
static int compare_origins(const cmi_sealing *s, const place *a, const place *b)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    int order = compare_codes(&s->customers, find_origin(&t->moves, a, owner_of(a)),
                              find_origin(&t->moves, b, owner_of(b)));
    for (int32_t c = 0; c < t->n_columns && !order; c++) {
        const cmi_moves *moves = &t->columns[c].moves;
        if (moves->n == 0) continue;
        const uint32_t *va = cmi_seal_values(&t->columns[c], a->segment);
        const uint32_t *vb = cmi_seal_values(&t->columns[c], b->segment);
        order = compare_codes(&s->customers, find_origin(moves, a, va ? va[a->i] : 0),
                              find_origin(moves, b, vb ? vb[b->i] : 0));
    }
    return order;
}

static int compare_places(const void *a, const void *b, void *user)
{
    int order = compare_keys(a, b);
    if (!order) order = compare_content(user, a, b);
    return order ? order : compare_origins(user, a, b);
}

/* Marks codes that own several rows; returns how many rows these own. */
static int64_t count_rows(const cmi_sealing *s, uint8_t *count)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    int64_t n = 0;
    /* Those that made duplicates of others are looked at again, alone or not. */
    for (int64_t i = 0; s->base && i < s->base->copies.n; i++)
        count[t->base_owner[s->base->copies.row[i]]] = 2;
    for (int64_t k = 0; k < t->n_segments; k++) {
        for (int64_t i = 0; i < t->segments[k].n; i++) {
            uint32_t owner = t->segments[k].dest[i];
            if (owner & CMI_ANONYMOUS) continue;
            if (count[owner] == 1) n++;
            if (count[owner] >= 1) n++;
            if (count[owner] < 2) count[owner]++;
        }
    }
    return n;
}

static void list_rows(const cmi_sealing *s, const uint8_t *count, place *places)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    for (int64_t k = 0; k < t->n_segments; k++) {
        for (int64_t i = 0; i < t->segments[k].n; i++) {
            uint32_t owner = t->segments[k].dest[i];
            if (owner & CMI_ANONYMOUS || count[owner] < 2) continue;
            *places++ = (place){ &t->segments[k], i };
        }
    }
}

/* Identical rows that a row of the base has made duplicates of already. */
static uint32_t count_copies(const cmi_sealing *s, const place *p)
{
    int64_t row = p->segment->first + p->i;
    if (!s->base || row >= s->tables[CMI_CUSTOMERS].n_base) return 0;
    const cmi_moved *copies = &s->base->copies;
    int64_t low = 0, high = copies->n;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (copies->row[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < copies->n && copies->row[low] == row ? copies->from[low] : 0;
}

static cm_status refuse(cmi_sealing *s, uint32_t owner, bool duplicate, cm_error *err)
{
    size_t n;
    const char *id = cmi_seal_text(&s->customers, owner, &n);
    cmi_fail(err, CM_ERR_DATA, "customers: a row of customer \"%.*s\" %s", (int)(n > 80 ? 80 : n),
             id, duplicate ? "is a duplicate row" : "contradicts another row");
    cmi_error_at(err, "customers", 0, "customer");
    return CM_ERR_DATA;
}

static cm_status drop(cmi_sealing *s, const place *p, bool duplicate, cm_error *err)
{
    cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    size_t n;
    if (s->loader->strict) return refuse(s, owner_of(p), duplicate, err);
    const char *id = cmi_seal_text(&s->customers, find_origin(&t->moves, p, owner_of(p)), &n);
    id = cmi_arena_text(&s->ds->arena, id, n);
    if (!id ||
        !cmi_grow(s->ctx, (void **)&t->drops, &t->drops_capacity, t->n_drops + 1, sizeof *t->drops))
        return cmi_no_memory(s->ctx, err);
    t->drops[t->n_drops++] = (cmi_seal_drop){ .row = (uint32_t)(p->segment->first + p->i),
                                              .owner = owner_of(p),
                                              .duplicate = duplicate,
                                              .id = id,
                                              .copies = duplicate ? 0 : count_copies(s, p) };
    return CM_OK;
}

/* Rows first .. end-1 are of one customer from one instant on. */
static cm_status keep_least(cmi_sealing *s, const place *places, int64_t first, int64_t end,
                            cm_error *err)
{
    const place *kept = &places[first];
    uint32_t copies = count_copies(s, kept);
    for (int64_t i = first + 1; i < end; i++) {
        bool duplicate = compare_content(s, kept, &places[i]) == 0;
        if (duplicate) copies += 1 + count_copies(s, &places[i]);
        cm_status status = drop(s, &places[i], duplicate, err);
        if (status) return status;
    }
    int64_t row = kept->segment->first + kept->i;
    if (copies && !cmi_seal_note_move(s->ctx, &s->tables[CMI_CUSTOMERS].copies, row, copies))
        return cmi_no_memory(s->ctx, err);
    return CM_OK;
}

static cm_status drop_repeats(cmi_sealing *s, const place *places, int64_t n, cm_error *err)
{
    cm_status status = CM_OK;
    for (int64_t first = 0, end; first < n && !status; first = end) {
        for (end = first + 1; end < n && compare_keys(&places[first], &places[end]) == 0;) end++;
        status = keep_least(s, places, first, end, err);
    }
    return status;
}

cm_status cmi_seal_match_customers(cmi_sealing *s, cm_error *err)
{
    /* A household has as many rows as members. */
    if (s->tables[CMI_CUSTOMERS].n_rows < 2 || s->loader->owner) return CM_OK;
    uint8_t *count = cmi_calloc(s->ctx, (size_t)s->customers.n + 1, 1);
    if (!count) return cmi_no_memory(s->ctx, err);
    int64_t n = count_rows(s, count);
    cm_status status = CM_OK;
    if (n > 0) {
        place *places = cmi_malloc_n(s->ctx, 2 * (size_t)n, sizeof *places);
        if (places) {
            list_rows(s, count, places);
            cmi_sort(places, places + n, n, sizeof *places, compare_places, s);
            status = drop_repeats(s, places, n, err);
        } else {
            status = cmi_no_memory(s->ctx, err);
        }
        cmi_free(s->ctx, places);
    }
    cmi_free(s->ctx, count);
    return status;
}
