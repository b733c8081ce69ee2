/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "api/introspect.h"
#include "api/view.h"
#include "core/error.h"
#include "core/sort.h"

/* The view of RFM segments: the customers' rows in order of their ids, and the rows of each
 * segment. */

enum { MEASURES = 3 };
static const char *const MEASURE[MEASURES] = { "r", "f", "m" };

/* Where a measure's classes stand in `thresholds`: a run of rows, by ascending score. */
typedef struct classes {
    int64_t first, n;
    bool mirrored; /* the highest score has the lowest values */
} classes;

struct cm_rfm {
    cm_result *result;         /* retained */
    const cm_table *customers; /* NULL: nobody */
    const cmi_table_column *customer, *recency, *frequency, *score[MEASURES], *segment;
    const cmi_table_column *segment_name;
    const cmi_table_column *measure, *lower, *upper, *n_in_class;
    int32_t monetary; /* column of customers */
    classes classes[MEASURES];
    int64_t *by_id; /* rows of customers by ascending id */
    int32_t n_segments;
    const char **name;   /* n_segments */
    int32_t *segment_of; /* of each row of customers */
    int64_t *start;      /* n_segments + 1: where a segment's rows begin in `member` */
    int64_t *member;     /* rows of customers, segment by segment */
    cmi_arena names;
};

static bool is_text(const cmi_table_column *c, int64_t row, const char *text)
{
    size_t n, length = strlen(text);
    const char *p = cmi_table_text(c, row, &n);
    return n == length && memcmp(p, text, n) == 0;
}

/* ---- making ---- */

static cm_status open_tables(cm_rfm *v, const cm_table **segments, const cm_table **thresholds,
                             cm_error *err)
{
    const cmi_table_column *monetary = NULL;
    const cmi_view_column customer_columns[] = {
        { "customer", CM_TYPE_TEXT, &v->customer },  { "recency_days", CM_TYPE_I64, &v->recency },
        { "frequency", CM_TYPE_I64, &v->frequency }, { "monetary", CM_TYPE_MONEY, &monetary },
        { "r", CM_TYPE_I64, &v->score[0] },          { "f", CM_TYPE_I64, &v->score[1] },
        { "m", CM_TYPE_I64, &v->score[2] },          { "segment", CM_TYPE_TEXT, &v->segment }
    };
    const cmi_view_column segment_columns[] = { { "segment", CM_TYPE_TEXT, &v->segment_name } };
    const cmi_view_column threshold_columns[] = { { "measure", CM_TYPE_TEXT, &v->measure },
                                                  { "lower_edge", CM_TYPE_F64, &v->lower },
                                                  { "upper_edge", CM_TYPE_F64, &v->upper },
                                                  { "n", CM_TYPE_I64, &v->n_in_class } };
    cm_status status =
        cmi_view_open(v->result, "customers", customer_columns,
                      sizeof customer_columns / sizeof *customer_columns, &v->customers, err);
    if (status == CM_OK)
        status = cmi_view_open(v->result, "segments", segment_columns, 1, segments, err);
    if (status == CM_OK)
        status =
            cmi_view_open(v->result, "thresholds", threshold_columns,
                          sizeof threshold_columns / sizeof *threshold_columns, thresholds, err);
    if (status == CM_OK && monetary) v->monetary = (int32_t)(monetary - v->customers->columns);
    return status;
}

/* Recency is mirrored, so that the latest scores best; best=low mirrors all three once more. */
static void find_classes(cm_rfm *v, int64_t n_rows)
{
    const char *best = "";
    bool low = cm_result_meta_get(v->result, "options.best", &best, NULL) == CM_OK &&
               strcmp(best, "low") == 0;
    for (int m = 0; m < MEASURES; m++) {
        classes *c = &v->classes[m];
        c->mirrored = (m == 0) != low;
        while (c->first < n_rows && !is_text(v->measure, c->first, MEASURE[m])) c->first++;
        while (c->first + c->n < n_rows && is_text(v->measure, c->first + c->n, MEASURE[m])) c->n++;
    }
}

static int compare_texts(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t n = n_a < n_b ? n_a : n_b;
    int order = n ? memcmp(a, b, n) : 0;
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int compare_ids(const void *a, const void *b, void *user)
{
    size_t n_a, n_b;
    const char *x = cmi_table_text(user, *(const int64_t *)a, &n_a),
               *y = cmi_table_text(user, *(const int64_t *)b, &n_b);
    return compare_texts(x, n_a, y, n_b);
}

/* `member` is scratch here: it is filled later. */
static void sort_ids(cm_rfm *v)
{
    int64_t n = cm_table_n_rows(v->customers);
    for (int64_t i = 0; i < n; i++) v->by_id[i] = i;
    cmi_sort(v->by_id, v->member, n, sizeof *v->by_id, compare_ids, (void *)v->customer);
}

static bool copy_names(cm_rfm *v)
{
    for (int32_t i = 0; i < v->n_segments; i++) {
        size_t n;
        const char *text = cmi_table_text(v->segment_name, i, &n);
        v->name[i] = cmi_arena_text(&v->names, text, n);
        if (!v->name[i]) return false;
    }
    return true;
}

static int32_t find_segment(const cm_rfm *v, const char *text, size_t n)
{
    for (int32_t i = 0; i < v->n_segments; i++)
        if (strlen(v->name[i]) == n && memcmp(v->name[i], text, n) == 0) return i;
    return -1;
}

/* Rows by segment: counted, then laid out, each segment's in their order. */
static bool sort_members(cm_rfm *v)
{
    int64_t n = cm_table_n_rows(v->customers);
    for (int64_t i = 0; i < n; i++) {
        size_t length;
        const char *text = cmi_table_text(v->segment, i, &length);
        v->segment_of[i] = find_segment(v, text, length);
        if (v->segment_of[i] < 0) return false;
        v->start[v->segment_of[i]]++;
    }
    int64_t end = 0;
    for (int32_t s = 0; s <= v->n_segments; s++) {
        end += v->start[s];
        v->start[s] = end;
    }
    for (int64_t i = n; i-- > 0;) v->member[--v->start[v->segment_of[i]]] = i;
    return true;
}

static cm_status build(cm_rfm *v, cm_error *err)
{
    cm_context *ctx = cmi_result_context(v->result);
    const cm_table *segments, *thresholds;
    cm_status status = open_tables(v, &segments, &thresholds, err);
    if (status != CM_OK) return status;
    size_t n = (size_t)cm_table_n_rows(v->customers) + 1;
    v->n_segments = (int32_t)cm_table_n_rows(segments);
    v->by_id = cmi_malloc_n(ctx, n, sizeof *v->by_id);
    v->member = cmi_malloc_n(ctx, n, sizeof *v->member);
    v->segment_of = cmi_malloc_n(ctx, n, sizeof *v->segment_of);
    v->start = cmi_calloc(ctx, (size_t)v->n_segments + 1, sizeof *v->start);
    v->name = cmi_calloc(ctx, (size_t)v->n_segments + 1, sizeof *v->name);
    if (!v->by_id || !v->member || !v->segment_of || !v->start || !v->name || !copy_names(v))
        return cmi_no_memory(ctx, err);
    find_classes(v, cm_table_n_rows(thresholds));
    sort_ids(v);
    if (!sort_members(v))
        return cmi_fail(err, CM_ERR_INTERNAL, "a customer's segment is not in table segments");
    return CM_OK;
}

cm_status cm_rfm_create(cm_result *result, cm_rfm **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!out) return cmi_fail(err, CM_ERR_ARG, "cm_rfm_create: out must not be NULL");
    cm_status status = cmi_view_check(result, "rfm", err);
    if (status != CM_OK) return status;
    cm_context *ctx = cmi_result_context(result);
    cm_rfm *v = cmi_calloc(ctx, 1, sizeof *v);
    if (!v) return cmi_no_memory(ctx, err);
    cm_result_retain(result);
    v->result = result;
    cmi_arena_init(&v->names, ctx);
    status = build(v, err);
    if (status == CM_OK)
        *out = v;
    else
        cm_rfm_destroy(v);
    return status;
}

void cm_rfm_destroy(cm_rfm *rfm)
{
    if (!rfm) return;
    cm_result *result = rfm->result;
    cm_context *ctx = cmi_result_context(result);
    cmi_arena_destroy(&rfm->names);
    cmi_free(ctx, rfm->by_id);
    cmi_free(ctx, rfm->member);
    cmi_free(ctx, rfm->segment_of);
    cmi_free(ctx, rfm->start);
    cmi_free(ctx, rfm->name);
    cmi_free(ctx, rfm);
    cm_result_destroy(result); /* the context may go with it */
}

/* ---- reading ---- */

int64_t cm_rfm_n_customers(const cm_rfm *rfm)
{
    return rfm ? cm_table_n_rows(rfm->customers) : 0;
}

/* Row of a customer; -1: none. */
static int64_t find_customer(const cm_rfm *v, const char *id, size_t length)
{
    int64_t from = 0, to = cm_table_n_rows(v->customers);
    while (from < to) {
        int64_t middle = from + (to - from) / 2;
        size_t n;
        const char *text = cmi_table_text(v->customer, v->by_id[middle], &n);
        int order = compare_texts(id, length, text, n);
        if (order == 0) return v->by_id[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return -1;
}

cm_status cm_rfm_customer(const cm_rfm *rfm, const char *customer, int64_t length,
                          cm_rfm_scores *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!rfm || !customer || length < 0 || !out)
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_rfm_customer: rfm, customer and out must not be NULL, nor length < 0");
    int64_t row = find_customer(rfm, customer, (size_t)length);
    if (row < 0)
        return cmi_fail(err, CM_ERR_NOT_FOUND, "rfm has no customer \"%.*s\"",
                        length < INT_MAX ? (int)length : INT_MAX, customer);
    cm_rfm_scores scores = {
        .r = (int32_t)cmi_view_i64(rfm->score[0], row, 0),
        .f = (int32_t)cmi_view_i64(rfm->score[1], row, 0),
        .m = (int32_t)cmi_view_i64(rfm->score[2], row, 0),
        .recency_days = cmi_view_i64(rfm->recency, row, 0),
        .frequency = cmi_view_i64(rfm->frequency, row, 0),
        .segment = rfm->name[rfm->segment_of[row]],
    };
    cm_status status =
        cm_table_get_f64(rfm->customers, row, rfm->monetary, &scores.monetary, NULL, err);
    return status == CM_OK ? cmi_info_fill(out, &scores, sizeof scores, err) : status;
}

static const char *name_of_measure(int32_t index, const void *user)
{
    (void)user;
    return MEASURE[index];
}

cm_status cm_rfm_threshold(const cm_rfm *rfm, const char *measure, int32_t class_number,
                           double *lower, double *upper, int64_t *n, cm_error *err)
{
    cmi_error_reset(err);
    if (!rfm || !measure)
        return cmi_fail(err, CM_ERR_ARG, "cm_rfm_threshold: rfm and measure must not be NULL");
    int m = 0;
    while (m < MEASURES && strcmp(MEASURE[m], measure) != 0) m++;
    if (m == MEASURES) {
        cm_status status =
            cmi_fail(err, CM_ERR_NOT_FOUND, "there is no measure \"%s\", only r, f and m", measure);
        cmi_error_suggest(err, measure, MEASURES, name_of_measure, NULL);
        return status;
    }
    const classes *c = &rfm->classes[m];
    if (class_number < 1 || class_number > c->n)
        return cmi_fail(err, CM_ERR_ARG, "there is no class %d of %s, there are %lld",
                        (int)class_number, measure, (long long)c->n);
    int64_t row = c->first + (c->mirrored ? c->n - class_number : class_number - 1);
    if (lower) *lower = cmi_view_f64(rfm->lower, row);
    if (upper) *upper = cmi_view_f64(rfm->upper, row);
    if (n) *n = cmi_view_i64(rfm->n_in_class, row, 0);
    return CM_OK;
}

static const char *name_of_segment(int32_t index, const void *user)
{
    return ((const cm_rfm *)user)->name[index];
}

cm_status cm_rfm_members(const cm_rfm *rfm, const char *segment, const int64_t **rows,
                         int64_t *n_rows, cm_error *err)
{
    cmi_error_reset(err);
    if (!rfm || !segment || !rows || !n_rows)
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_rfm_members: rfm, segment, rows and n_rows must not be NULL");
    int32_t s = find_segment(rfm, segment, strlen(segment));
    if (s < 0) {
        cm_status status = cmi_fail(err, CM_ERR_NOT_FOUND, "rfm has no segment \"%s\"", segment);
        cmi_error_suggest(err, segment, rfm->n_segments, name_of_segment, rfm);
        return status;
    }
    *rows = rfm->member + rfm->start[s];
    *n_rows = rfm->start[s + 1] - rfm->start[s];
    return CM_OK;
}
