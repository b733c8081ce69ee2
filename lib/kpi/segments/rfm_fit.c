/* SPDX-License-Identifier: MIT */
#include "kpi/segments/rfm_fit.h"

#include <math.h>

#include "core/sort.h"

/* The solving half of rfm. The model holds, per group, sets of cuts: one set for each measure;
 * where scores are nested, one for F in each R class and one for M in each pair of R and F classes.
 */
enum { MEASURES = 3, MAX_SETS = 1 + 10 + 100 };

typedef struct scores { /* of one group; rows stand by customer */
    int64_t n;
    int64_t *value[MEASURES];
    int64_t
        *class[MEASURES]; /* raw: 1 is the lowest value; recency is mirrored when scores are made */
    int64_t *sorted, *scratch;
    uint32_t *order, *order_scratch;
    cmi_cuts *set; /* MAX_SETS */
    void *block;
} scores;

/* ---- map ---- */

static int name_index(cmi_rfm_names *names, const char *name)
{
    for (int i = 0; i < names->n; i++)
        if (!strcmp(names->name[i], name)) return i;
    names->name[names->n] = name;
    return names->n++;
}

static void standard_map(cmi_rfm_names *out)
{
    out->n = CMI_RFM_SEGMENTS;
    for (int i = 0; i < CMI_RFM_SEGMENTS; i++) {
        out->name[i] = cmi_rfm_name[i];
        out->strategy[i] = cmi_rfm_strategy[i];
    }
    memcpy(out->cell, cmi_rfm_map, sizeof out->cell);
}

bool cmi_rfm_read_map(const char *text, char *scratch, cmi_rfm_names *out)
{
    memset(out, 0, sizeof *out);
    if (!strcmp(text, "standard")) return standard_map(out), true;
    if (!scratch) return false;
    memcpy(scratch, text, strlen(text) + 1);
    for (int cell = 0; cell < 25; cell++) {
        char *end = scratch + strcspn(scratch, ",/"), stop = *end;
        char want = cell == 24 ? '\0' : cell % 5 == 4 ? '/' : ',';
        while (*scratch == ' ') scratch++;
        if (stop != want || end == scratch) return false;
        for (char *p = end; p > scratch && p[-1] == ' '; p--) p[-1] = '\0';
        *end = '\0';
        if (!*scratch) return false;
        out->cell[cell] = (int8_t)name_index(out, scratch);
        scratch = end + 1;
    }
    return true;
}

/* ---- classes ---- */

static bool open_scores(cm_context *ctx, int64_t n, scores *s)
{
    size_t rows = (size_t)n + 1;
    char *p = cmi_malloc_n(ctx, rows, 8 * (2 * MEASURES + 2) + 8);
    s->block = p;
    s->set = cmi_calloc(ctx, MAX_SETS, sizeof *s->set);
    if (!p || !s->set) return false;
    int64_t *wide = (int64_t *)(void *)p;
    for (int m = 0; m < MEASURES; m++) {
        s->value[m] = wide + (size_t)(2 * m) * rows;
        s->class[m] = wide + (size_t)(2 * m + 1) * rows;
    }
    s->sorted = wide + 2 * MEASURES * rows;
    s->scratch = s->sorted + rows;
    s->order = (uint32_t *)(void *)(s->scratch + rows);
    s->order_scratch = s->order + rows;
    return true;
}

static void close_scores(cm_context *ctx, scores *s)
{
    cmi_free(ctx, s->block);
    cmi_free(ctx, s->set);
}

static void read_group(const cmi_state *state, uint32_t group, scores *s, int64_t from)
{
    (void)group;
    for (int64_t i = 0; i < s->n; i++)
        for (int m = 0; m < MEASURES; m++) s->value[m][i] = cmi_cells_i64(state, 0, from + i, m);
}

/* Cuts over the rows whose classes of the measures before `m` equal `want`. */
static bool cut_subset(scores *s, int m, int64_t k, int64_t want_r, int64_t want_f, cmi_cuts *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++)
        if ((!want_r || s->class[0][i] == want_r) && (!want_f || s->class[1][i] == want_f))
            s->sorted[n++] = s->value[m][i];
    cmi_sort_i64(s->sorted, s->scratch, n);
    return cmi_rfm_quantile_cuts(s->sorted, n, k, out);
}

static int64_t set_index(const cmi_rfm_options *o, int m, const scores *s, int64_t i)
{
    int64_t k = o->classes;
    if (o->scoring != CMI_RFM_NESTED) return m;
    if (m == 0) return 0;
    return m == 1 ? s->class[0][i] : k + (s->class[0][i] - 1) * k + s->class[1][i];
}

static void classify(const cmi_rfm_options *o, scores *s, int m)
{
    if (o->scoring != CMI_RFM_NESTED) {
        cmi_rfm_classes(&s->set[m], s->value[m], s->n, o->ties, s->class[m]);
        return;
    }
    for (int64_t i = 0; i < s->n; i++)
        s->class[m][i] = cmi_rfm_class(&s->set[set_index(o, m, s, i)], s->value[m][i], o->ties);
}

static bool solve_nested(const cmi_rfm_options *o, scores *s)
{
    int64_t k = o->classes;
    bool ok = cut_subset(s, 0, k, 0, 0, &s->set[0]);
    classify(o, s, 0);
    for (int64_t r = 1; r <= k && ok; r++) ok = cut_subset(s, 1, k, r, 0, &s->set[r]);
    classify(o, s, 1);
    for (int64_t r = 1; r <= k && ok; r++)
        for (int64_t f = 1; f <= k && ok; f++)
            ok = cut_subset(s, 2, k, r, f, &s->set[k + (r - 1) * k + f]);
    return ok;
}

/* Cuts that freeze a rank scoring: the greatest value of each class but the last. */
static void freeze_ranks(const cmi_rfm_options *o, scores *s, int m)
{
    int64_t k = o->classes;
    cmi_cuts *cuts = &s->set[m];

    cmi_rfm_rank(s->value[m], s->n, k, o->scoring == CMI_RFM_NTILE, m == 0, s->sorted, s->order,
                 s->order_scratch, s->class[m]);
    for (int64_t i = 0; m == 0 && i < s->n; i++) s->class[m][i] = k + 1 - s->class[m][i];
    cuts->n = s->n ? k - 1 : 0;
    cuts->den = 1;
    for (int64_t j = 0; j < cuts->n; j++) cuts->at[j] = j ? cuts->at[j - 1] : INT64_MIN + 1;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t j = s->class[m][i] - 1; j < cuts->n; j++)
            if (s->value[m][i] > cuts->at[j]) cuts->at[j] = s->value[m][i];
}

/* Cuts given as numbers; those of money at the dataset's scale. */
static void fix_cuts(const cmi_rfm_options *o, int32_t scale, scores *s)
{
    enum { FRACTION = 1000000 };
    for (int m = 0; m < MEASURES; m++) {
        double unit = FRACTION;
        s->set[m].n = o->cuts[m].n;
        s->set[m].den = m == 2 ? 1 : FRACTION;
        if (m == 2) unit = 1;
        for (int32_t i = 0; m == 2 && i < scale; i++) unit *= 10;
        for (int64_t j = 0; j < o->cuts[m].n; j++) {
            double at = rint(o->cuts[m].v[j] * unit);
            s->set[m].at[j] = at > 9e18 ? INT64_MAX : at < -9e18 ? INT64_MIN + 1 : (int64_t)at;
        }
    }
}

static bool solve_group(const cmi_rfm_options *o, int32_t scale, scores *s)
{
    bool ok = true;
    if (o->scoring == CMI_RFM_FIXED)
        fix_cuts(o, scale, s);
    else if (o->scoring == CMI_RFM_NESTED)
        ok = solve_nested(o, s);
    else
        for (int m = 0; m < MEASURES && ok; m++) {
            if (o->scoring == CMI_RFM_QUANTILE)
                ok = cut_subset(s, m, o->classes, 0, 0, &s->set[m]);
            else
                freeze_ranks(o, s, m);
        }
    return ok;
}

/* ---- model ---- */

enum { WORDS = (int)(sizeof(cmi_cuts) / sizeof(int64_t)) * MAX_SETS };

static cm_status solve_groups(const cmi_input *in, const cmi_rfm_options *o, int64_t *words)
{
    cm_status status = CM_OK;
    for (uint32_t g = 0; g < cmi_state_n_groups(in->state) && status == CM_OK; g++) {
        scores s = { 0 };
        int64_t from, to;
        cmi_cells_range(in->state, 0, g, &from, &to);
        s.n = to - from;
        if (!open_scores(in->ctx, s.n, &s)) status = cmi_no_memory(in->ctx, in->err);
        if (status == CM_OK) {
            read_group(in->state, g, &s, from);
            if (!solve_group(o, cmi_plan_scale(in->plan), &s))
                status =
                    cmi_fail(in->err, CM_ERR_OVERFLOW, "a cut of the monetary value does not fit");
            memcpy(words + (size_t)g * WORDS, s.set, sizeof(cmi_cuts) * MAX_SETS);
        }
        close_scores(in->ctx, &s);
    }
    return status;
}

cm_status cmi_rfm_solve(const cmi_input *in, const void *options, cmi_fit *model)
{
    uint32_t n = cmi_state_n_groups(in->state);
    int64_t *words = cmi_calloc(in->ctx, (size_t)n * WORDS + 1, sizeof *words);
    if (!words) return cmi_no_memory(in->ctx, in->err);
    cm_status status = solve_groups(in, options, words);
    if (status == CM_OK)
        status = cmi_fit_put_groups(model, in->state, (int)in->plan->by.n, in->err);
    if (status == CM_OK) cmi_fit_put_i64(model, "cuts", words, (int64_t)n * WORDS);
    cmi_free(in->ctx, words);
    return status;
}

/* ---- present ---- */

typedef struct view { /* of one group while it is shown */
    const cmi_rfm_options *o;
    const cmi_state *state;
    uint32_t group;
    int64_t from;
    int64_t k[MEASURES];
    int8_t segment[1000]; /* by raw classes */
    scores s;
} view;

static bool is_rank(const cmi_rfm_options *o)
{
    return o->scoring == CMI_RFM_RANK_EQUAL || o->scoring == CMI_RFM_NTILE;
}

/* Score as shown: raw class, recency mirrored, and all mirrored again with best=low. */
static int64_t good_score(const view *v, int m, int64_t i)
{
    return m == 0 ? v->k[0] + 1 - v->s.class[0][i] : v->s.class[m][i];
}
static int64_t shown(const view *v, int m, int64_t score)
{
    return v->o->best ? v->k[m] + 1 - score : score;
}

static int64_t segment_place(int64_t r, int64_t f, int64_t m)
{
    return ((r - 1) * 10 + f - 1) * 10 + m - 1;
}

static void fill_segments(view *v)
{
    const int64_t *k = v->k;

    for (int64_t r = 1; r <= k[0]; r++)
        for (int64_t f = 1; f <= k[1]; f++)
            for (int64_t m = 1; m <= k[2]; m++)
                v->segment[segment_place(r, f, m)] =
                    v->o->names->cell[cmi_rfm_cell(k[0] + 1 - r, f, m, k[0], k[1], k[2])];
}

static int segment_of(const view *v, int64_t i)
{
    const scores *s = &v->s;
    return v->segment[segment_place(s->class[0][i], s -> class[1][i], s -> class[2][i])];
}

static void score_text(const view *v, int64_t i, char *out)
{
    bool wide = v->k[0] > 9 || v->k[1] > 9 || v->k[2] > 9;
    size_t at = 0;
    for (int m = 0; m < MEASURES; m++) {
        int64_t score = shown(v, m, good_score(v, m, i));
        if (wide && m) out[at++] = '-';
        if (score > 9) out[at++] = (char)('0' + score / 10);
        out[at++] = (char)('0' + score % 10);
    }
    out[at] = '\0';
}

static void emit_customer(const view *v, cmi_rows *t, int64_t i)
{
    char text[16];
    int n_key;
    score_text(v, i, text);
    cmi_row(t, v->group);
    cmi_emit_code(t, CMI_RFM_U_CUSTOMER, v->state, 0, 0,
                  cmi_cells_key(v->state, 0, v->from + i, &n_key)[0]);
    cmi_emit_i64(t, CMI_RFM_U_RECENCY, v->s.value[0][i]);
    cmi_emit_i64(t, CMI_RFM_U_FREQUENCY, v->s.value[1][i]);
    cmi_emit_money(t, CMI_RFM_U_MONETARY, v->s.value[2][i]);
    for (int m = 0; m < MEASURES; m++)
        cmi_emit_i64(t, CMI_RFM_U_R + m, shown(v, m, good_score(v, m, i)));
    cmi_emit_text_z(t, CMI_RFM_U_SCORE, text);
    cmi_emit_text_z(t, CMI_RFM_U_SEGMENT, v->o->names->name[segment_of(v, i)]);
}

typedef struct total {
    int64_t n;
    cmi_i128 recency, frequency, money;
} total;

static void emit_segments(const view *v, cmi_rows *t)
{
    total sum[25], all = { 0 };
    memset(sum, 0, sizeof sum);
    for (int64_t i = 0; i < v->s.n; i++) {
        total *one = &sum[segment_of(v, i)];
        one->n++;
        one->recency += v->s.value[0][i];
        one->frequency += v->s.value[1][i];
        one->money += v->s.value[2][i];
    }
    for (int k = 0; k < v->o->names->n; k++) {
        all.n += sum[k].n;
        all.money += sum[k].money;
    }
    for (int k = 0; k < v->o->names->n; k++) {
        cmi_row(t, v->group);
        cmi_emit_text_z(t, CMI_RFM_S_SEGMENT, v->o->names->name[k]);
        cmi_emit_i64(t, CMI_RFM_S_N, sum[k].n);
        cmi_emit_ratio(t, CMI_RFM_S_SHARE, sum[k].n, all.n);
        cmi_emit_money(t, CMI_RFM_S_REVENUE, sum[k].money);
        cmi_emit_ratio(t, CMI_RFM_S_REVENUE_SHARE, sum[k].money, all.money);
        cmi_emit_ratio(t, CMI_RFM_S_RECENCY, sum[k].recency, sum[k].n);
        cmi_emit_ratio(t, CMI_RFM_S_FREQUENCY, sum[k].frequency, sum[k].n);
        cmi_emit_money_ratio(t, CMI_RFM_S_MONETARY, sum[k].money, sum[k].n);
        cmi_emit_text_z(t, CMI_RFM_S_STRATEGY, v->o->names->strategy[k]);
    }
}

static double edge_value(const view *v, int m, int64_t raw, int64_t den)
{
    double x = (double)raw / (double)den;
    for (int32_t i = 0; m == 2 && i < cmi_state_scale(v->state); i++) x /= 10;
    return x;
}

/* Edges of a raw class: cuts, where there is one set of them for all; else the extremes of its
 * members. */
static void emit_threshold(const view *v, cmi_rows *t, int m, int64_t score)
{
    static const char *const NAME[] = { "r", "f", "m" };
    int64_t good = shown(v, m, score), raw = m == 0 ? v->k[0] + 1 - good : good, n = 0,
            least = INT64_MAX, most = INT64_MIN;
    const cmi_cuts *cuts = &v->s.set[m];

    for (int64_t i = 0; i < v->s.n; i++) {
        if (v->s.class[m][i] != raw) continue;
        least = v->s.value[m][i] < least ? v->s.value[m][i] : least;
        most = v->s.value[m][i] > most ? v->s.value[m][i] : most;
        n++;
    }
    cmi_row(t, v->group);
    cmi_emit_text_z(t, CMI_RFM_T_MEASURE, NAME[m]);
    cmi_emit_i64(t, CMI_RFM_T_CLASS, score);
    cmi_emit_i64(t, CMI_RFM_T_N, n);
    if (is_rank(v->o) || v->o->scoring == CMI_RFM_NESTED) {
        if (n) cmi_emit_f64(t, CMI_RFM_T_LOWER, edge_value(v, m, least, 1));
        if (n) cmi_emit_f64(t, CMI_RFM_T_UPPER, edge_value(v, m, most, 1));
        return;
    }
    if (raw > 1 && raw - 2 < cuts->n)
        cmi_emit_f64(t, CMI_RFM_T_LOWER, edge_value(v, m, cuts->at[raw - 2], cuts->den));
    if (raw - 1 < cuts->n)
        cmi_emit_f64(t, CMI_RFM_T_UPPER, edge_value(v, m, cuts->at[raw - 1], cuts->den));
}

/* The fit's own rows keep their ranks; applied to others, a rank scoring goes by its frozen values.
 */
static void classify_all(const cmi_input *in, view *v, const int64_t *words)
{
    memcpy(v->s.set, words, sizeof(cmi_cuts) * MAX_SETS);
    for (int m = 0; m < MEASURES; m++) {
        if (is_rank(v->o) && !in->applied)
            freeze_ranks(v->o, &v->s, m);
        else
            classify(v->o, &v->s, m);
    }
}

/* A model's bytes may be anybody's: cuts that are none are refused before a class is made of them.
 */
static bool cuts_are_sane(const cmi_rfm_options *o, const int64_t *words)
{
    for (int i = 0; i < MAX_SETS; i++) {
        cmi_cuts cuts;
        memcpy(&cuts, words + (size_t)i * (sizeof cuts / sizeof *words), sizeof cuts);
        int64_t most =
            o->scoring == CMI_RFM_FIXED ? (i < MEASURES ? o->cuts[i].n : 0) : o->classes - 1;
        if (cuts.n < 0 || cuts.n > most || (cuts.n && cuts.den < 1)) return false;
    }
    return true;
}

static cm_status present_group(const cmi_input *in, view *v, const int64_t *words, cmi_output *out)
{
    int64_t to;
    cmi_cells_range(v->state, 0, v->group, &v->from, &to);
    v->s.n = to - v->from;
    if (!open_scores(in->ctx, v->s.n, &v->s)) return cmi_no_memory(in->ctx, in->err);
    read_group(v->state, v->group, &v->s, v->from);
    classify_all(in, v, words);
    for (int m = 0; m < MEASURES; m++)
        v->k[m] = v->o->scoring == CMI_RFM_FIXED ? v->o->cuts[m].n + 1 : v->o->classes;
    fill_segments(v);
    emit_segments(v, cmi_out(out, CMI_RFM_SEGMENTS_TABLE));
    for (int64_t i = 0; i < v->s.n; i++) emit_customer(v, cmi_out(out, CMI_RFM_CUSTOMERS_TABLE), i);
    for (int m = 0; m < MEASURES; m++)
        for (int64_t c = 1; c <= v->k[m]; c++)
            emit_threshold(v, cmi_out(out, CMI_RFM_THRESHOLDS_TABLE), m, c);
    return CM_OK;
}

cm_status cmi_rfm_present(const cmi_input *in, const void *options, cmi_output *out)
{
    int64_t n_words;
    const int64_t *words = cmi_fit_i64(in->model, "cuts", &n_words);
    cm_status status = CM_OK;

    /* Without customers the tables are there and empty. */
    for (int t = CMI_RFM_SEGMENTS_TABLE; t <= CMI_RFM_THRESHOLDS_TABLE; t++) cmi_out(out, t);
    for (uint32_t g = 0; g < cmi_state_n_groups(in->state) && status == CM_OK; g++) {
        view v = { .o = options, .state = in->state, .group = g };
        int64_t at = cmi_fit_find_group(in->model, in->state, g, (int)in->plan->by.n);
        if (at == -2) return cmi_no_memory(in->ctx, in->err);
        if (at >= 0 && ((at + 1) * WORDS > n_words || !cuts_are_sane(v.o, words + at * WORDS)))
            return cmi_fail(in->err, CM_ERR_FORMAT, "the model of rfm has cuts that are none");
        if (at < 0) {
            cmi_diagnose(out, "new_group", "a group that the fit did not have is left out");
            continue;
        }
        status = present_group(in, &v, words + at * WORDS, out);
        close_scores(in->ctx, &v.s);
    }
    return status == CM_OK ? cmi_output_status(out) : status;
}
