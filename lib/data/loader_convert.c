/* SPDX-License-Identifier: MIT */
/* A batch into a work: column by column into scratch memory, then the checks of whole rows. Runs on
 * any thread and touches nothing of the loader. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"
#include "data/utf8.h"

static bool keeps_text(const cmi_target *t)
{
    return t->type == CMI_ROLE_TEXT || t->type == CMI_ROLE_CUSTOMER || t->type == CMI_ROLE_ENTITY;
}

/* An id cannot be empty, nor can a text that must be there. */
static bool must_not_be_empty(const cmi_target *t)
{
    return t->type != CMI_ROLE_TEXT || t->required;
}

/* ---- columns ---- */

static bool repeat_constant(cmi_work *w, const cmi_target *t, cmi_values *v)
{
    size_t rows = (size_t)w->batch.n_rows;
    const char **text = cmi_scratch_alloc(&w->scratch, rows, sizeof *text);
    int32_t *length = cmi_scratch_alloc(&w->scratch, rows, sizeof *length);
    if (!text || !length) return false;
    int32_t n = (int32_t)strlen(t->constant);
    for (size_t i = 0; i < rows; i++) {
        text[i] = t->constant;
        length[i] = n;
    }
    v->text = text;
    v->length = length;
    return true;
}

static bool print_column(cmi_add *add, cmi_work *w, const cmi_source_column *s, cmi_values *v)
{
    size_t rows = (size_t)w->batch.n_rows;
    const char **text = cmi_scratch_alloc(&w->scratch, rows, sizeof *text);
    int32_t *length = cmi_scratch_alloc(&w->scratch, rows, sizeof *length);
    if (!text || !length) return false;
    char buffer[80];
    for (size_t i = 0; i < rows; i++) {
        const char *p = cmi_cell_text(add->loader, s, (int64_t)i, buffer, &length[i]);
        text[i] = p;
        if (length[i] <= 0) continue;
        if (!(text[i] = cmi_scratch_text(&w->scratch, p, (size_t)length[i]))) return false;
    }
    v->text = text;
    v->length = length;
    return true;
}

static void see_example(cmi_values *v, int64_t row)
{
    if (v->example < 0) v->example = (int32_t)row;
}

/* Texts that must not be empty get a copy of the lengths in which empty is null. */
static bool close_empty(cmi_work *w, cmi_values *v)
{
    int64_t n = w->batch.n_rows, i = 0;
    while (i < n && v->length[i] != 0) i++;
    if (i == n) return true;
    int32_t *length = cmi_scratch_alloc(&w->scratch, (size_t)n, sizeof *length);
    if (!length) return false;
    for (i = 0; i < n; i++) length[i] = v->length[i] ? v->length[i] : -1;
    v->length = length;
    return true;
}

static void check_text(cmi_work *w, int64_t row, int32_t target, const char *p, int32_t n)
{
    if (!cmi_utf8_valid(p, (size_t)n))
        cmi_work_note(w, row, target, CMI_CELL_UTF8, 0);
    else if (memchr(p, 0, (size_t)n))
        cmi_work_note(w, row, target, CMI_CELL_NUL, 0);
}

static void check_texts(cmi_work *w, int32_t target, const cmi_target *t, cmi_values *v)
{
    int64_t n_rows = w->batch.n_rows, n_null = 0, first = 0;
    for (int64_t i = 0; i < n_rows; i++) n_null += v->length[i] < 0;
    v->n_null = n_null;
    while (first < n_rows && v->length[first] < 0) first++;
    if (first < n_rows) v->example = (int32_t)first;
    for (int64_t i = 0; t->required && n_null > 0 && i < n_rows; i++)
        if (v->length[i] < 0) cmi_work_note(w, i, target, CMI_CELL_MISSING, 0);
    if (w->batch.clean || t->place == CMI_PLACE_ENTITY) return;
    for (int64_t i = 0; i < n_rows; i++)
        if (v->length[i] > 0) check_text(w, i, target, v->text[i], v->length[i]);
}

static bool convert_texts(cmi_add *add, cmi_work *w, int32_t target)
{
    const cmi_target *t = &add->targets[target];
    cmi_values *v = &w->values[target];
    if (t->source == CMI_FROM_CONSTANT) {
        if (!repeat_constant(w, t, v)) return false;
    } else {
        const cmi_source_column *s = &w->batch.columns[t->source];
        if (s->kind != CMI_SOURCE_TEXT && !print_column(add, w, s, v)) return false;
        if (s->kind == CMI_SOURCE_TEXT) {
            v->text = s->text;
            v->length = s->length;
        }
    }
    if (must_not_be_empty(t) && !close_empty(w, v)) return false;
    check_texts(w, target, t, v);
    return true;
}

static void settle_without(cmi_work *w, int32_t target, cmi_values *v, int64_t row, cmi_cell c)
{
    if (v->f64)
        v->f64[row] = __builtin_nan("");
    else
        v->i64[row] = CMI_NULL;
    v->n_null += c == CMI_CELL_NULL;
    if (c != CMI_CELL_NULL) cmi_work_note(w, row, target, c, 0);
}

static bool convert_numbers(cmi_add *add, cmi_work *w, int32_t target)
{
    const cmi_target *t = &add->targets[target];
    cmi_values *v = &w->values[target];
    size_t rows = (size_t)w->batch.n_rows;
    cmi_source_column constant = { .kind = CMI_SOURCE_TEXT };
    cmi_cell_reader r = { .loader = add->loader, .target = t };
    r.source = t->source == CMI_FROM_CONSTANT ? &constant : &w->batch.columns[t->source];
    if (t->source == CMI_FROM_CONSTANT) {
        cmi_values texts = { 0 };
        if (!repeat_constant(w, t, &texts)) return false;
        constant.text = texts.text;
        constant.length = texts.length;
    }
    bool floating = t->type == CMI_ROLE_NUMBER;
    if (floating)
        v->f64 = cmi_scratch_alloc(&w->scratch, rows, sizeof *v->f64);
    else
        v->i64 = cmi_scratch_alloc(&w->scratch, rows, sizeof *v->i64);
    if (!v->f64 && !v->i64) return false;
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        int64_t first = i;
        if (!floating) i = cmi_cells_plain(&r, i, w->batch.n_rows, v->i64);
        if (i > first) see_example(v, first);
        if (i == w->batch.n_rows) break;
        cmi_cell c = floating ? cmi_cell_f64(&r, i, &v->f64[i]) : cmi_cell_i64(&r, i, &v->i64[i]);
        if (c == CMI_CELL_OK)
            see_example(v, i);
        else
            settle_without(w, target, v, i, c);
    }
    w->n_rounded += r.n_rounded;
    return true;
}

static bool convert_columns(cmi_add *add, cmi_work *w)
{
    for (int32_t i = 0; i < add->n_targets; i++) {
        const cmi_target *t = &add->targets[i];
        w->values[i].example = -1;
        if (t->source == CMI_FROM_PRODUCT) {
            int64_t *all = cmi_scratch_alloc(&w->scratch, (size_t)w->batch.n_rows, sizeof *all);
            if (!all) return false;
            for (int64_t k = 0; k < w->batch.n_rows; k++) all[k] = CMI_NULL;
            w->values[i].i64 = all;
        } else if (!(keeps_text(t) ? convert_texts(add, w, i) : convert_numbers(add, w, i))) {
            return false;
        }
    }
    return true;
}

/* ---- quantity x price ---- */

static cmi_cell read_decimal(const cmi_add *add, const cmi_work *w, const cmi_target *t,
                             int64_t row, cmi_decimal *out)
{
    if (t->source >= 0) return cmi_cell_decimal(&w->batch.columns[t->source], row, out);
    (void)add;
    return cmi_decimal_read(t->constant, (int64_t)strlen(t->constant), out) ? CMI_CELL_OK
                                                                            : CMI_CELL_BAD;
}

/* From the decimals as they were given, so that the product is rounded once. */
static void multiply_amounts(cmi_add *add, cmi_work *w)
{
    if (!add->is_fact || add->table != CMI_ORDERS) return;
    int32_t amount = add->role_target[cmi_role_find(add->def, "amount")];
    int32_t quantity = add->role_target[cmi_role_find(add->def, "quantity")];
    int32_t price = add->role_target[cmi_role_find(add->def, "price")];
    if (quantity < 0 || price < 0) return;
    cmi_values *v = &w->values[amount];
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        cmi_decimal a, b, product;
        bool rounded = false;
        if (v->i64[i] != CMI_NULL || w->dropped[i]) continue;
        if (read_decimal(add, w, &add->targets[quantity], i, &a) != CMI_CELL_OK ||
            read_decimal(add, w, &add->targets[price], i, &b) != CMI_CELL_OK)
            continue;
        if (!cmi_decimal_multiply(&a, &b, &product) ||
            !cmi_decimal_round(&product, add->loader->scale, &v->i64[i], &rounded)) {
            v->i64[i] = CMI_NULL;
            cmi_work_note(w, i, amount, CMI_CELL_RANGE, 0);
            continue;
        }
        w->n_rounded += rounded;
    }
}

/* ---- rows ---- */

static int64_t *find_values(const cmi_add *add, const cmi_work *w, const char *role,
                            int32_t *target)
{
    int32_t r = cmi_role_find(add->def, role);
    *target = r < 0 ? -1 : add->role_target[r];
    return *target < 0 ? NULL : w->values[*target].i64;
}

/* `later` must not lie before `sooner`. */
static void check_interval(cmi_add *add, cmi_work *w, const char *sooner, const char *later)
{
    int32_t from_target, to_target;
    const int64_t *from = find_values(add, w, sooner, &from_target);
    const int64_t *to = find_values(add, w, later, &to_target);
    for (int64_t i = 0; from && to && i < w->batch.n_rows; i++)
        if (to[i] != CMI_NULL && to[i] < from[i]) cmi_work_note(w, i, to_target, CMI_CELL_ORDER, 0);
}

static void check_scale(cmi_add *add, cmi_work *w)
{
    int32_t score_target, unused;
    const int64_t *score = find_values(add, w, "score", &score_target);
    const int64_t *low = find_values(add, w, "scale_minimum", &unused);
    const int64_t *high = find_values(add, w, "scale_maximum", &unused);
    for (int64_t i = 0; score && (low || high) && i < w->batch.n_rows; i++) {
        if (score[i] == CMI_NULL) continue;
        bool below = low && low[i] != CMI_NULL && score[i] < low[i];
        bool above = high && high[i] != CMI_NULL && score[i] > high[i];
        if (below || above) cmi_work_note(w, i, score_target, CMI_CELL_SCALE, 0);
    }
}

static void check_required(cmi_add *add, cmi_work *w)
{
    for (int32_t t = 0; t < add->n_targets; t++) {
        const cmi_target *target = &add->targets[t];
        bool amount = add->is_fact && add->table == CMI_ORDERS && target->role >= 0 &&
                      strcmp(target->name, "amount") == 0;
        if ((!target->required && !amount) || keeps_text(target)) continue;
        const cmi_values *v = &w->values[t];
        for (int64_t i = 0; i < w->batch.n_rows; i++) {
            bool null = v->f64 ? v->f64[i] != v->f64[i] : v->i64[i] == CMI_NULL;
            if (null) cmi_work_note(w, i, t, CMI_CELL_MISSING, 0);
        }
    }
}

static void check_event_owner(cmi_add *add, cmi_work *w)
{
    int32_t customer = add->role_target[cmi_role_find(add->def, "customer")];
    int32_t session = add->role_target[cmi_role_find(add->def, "session")];
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        bool known = (customer >= 0 && w->values[customer].length[i] >= 0) ||
                     (session >= 0 && w->values[session].length[i] >= 0);
        if (!known) cmi_work_note(w, i, customer >= 0 ? customer : session, CMI_CELL_NO_OWNER, 0);
    }
}

static void check_rows(cmi_add *add, cmi_work *w)
{
    multiply_amounts(add, w);
    check_required(add, w);
    if (!add->is_fact) return;
    switch (add->table) {
    case CMI_EVENTS:
        check_event_owner(add, w);
        check_interval(add, w, "time", "end");
        break;
    case CMI_SUBSCRIPTIONS:
    case CMI_SPEND:
        check_interval(add, w, "start", "end");
        break;
    case CMI_TICKETS:
        check_interval(add, w, "opened", "resolved");
        break;
    case CMI_RESPONSES:
        check_scale(add, w);
        break;
    default:
        break;
    }
}

bool cmi_work_read(cmi_add *add, cmi_work *w)
{
    if (!convert_columns(add, w)) return false;
    check_rows(add, w);
    return true;
}
