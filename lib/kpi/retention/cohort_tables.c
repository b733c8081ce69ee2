/* SPDX-License-Identifier: MIT */
#include "kpi/retention/cohort_tables.h"

#include "core/sort.h"

/* The presenting half of cohort: cells, sizes, and the pooled, mean and median curves. */
enum { CELLS, COHORTS, CURVE };
enum {
    E_BY,
    E_COHORT,
    E_AGE,
    E_SIZE,
    E_ELIGIBLE,
    E_ACTIVE,
    E_RETAINED,
    E_ORDERS,
    E_REVENUE,
    E_CUMULATED,
    E_RETENTION
};
enum { H_BY, H_COHORT, H_SIZE };
enum { V_BY, V_AGE, V_ELIGIBLE, V_RETAINED, V_RETENTION, V_MEAN, V_MEDIAN };

static const cmi_column_def CELL_COLUMNS[] = {
    [E_BY] = CMI_COL_BY,
    [E_COHORT] = CMI_COL_PERIOD_NAMED("cohort", "start of the cohort's period, or its key"),
    [E_AGE] = CMI_COL_KEY("age", "periods", "periods since the anchor; first age of the bracket"),
    [E_SIZE] = CMI_COL_COUNT("n_customers", CMI_OVER_GROUPS, "members of the cohort"),
    [E_ELIGIBLE] =
        CMI_COL_COUNT("n_eligible", CMI_OVER_GROUPS,
                      "the denominator: members whose age is over (denominator=eligible)"),
    [E_ACTIVE] = CMI_COL_COUNT("n_active", CMI_OVER_GROUPS, "members who met the criterion so far"),
    [E_RETAINED] = CMI_COL_COUNT("n_retained", CMI_OVER_GROUPS,
                                 "the numerator: of the eligible, those who met it"),
    [E_ORDERS] = CMI_COL_COUNT("n_orders", CMI_ALWAYS, "orders at this age; null without orders"),
    [E_REVENUE] =
        CMI_COL_MONEY("revenue", CMI_ALWAYS, "net revenue at this age; null without orders"),
    [E_CUMULATED] =
        CMI_COL_MONEY("cumulative_revenue", CMI_OVER_GROUPS, "net revenue up to this age"),
    [E_RETENTION] = CMI_COL_RATE("retention", "n_retained", "n_eligible", "share retained"),
    CMI_COL_END
};
static const cmi_column_def COHORT_COLUMNS[] = {
    [H_BY] = CMI_COL_BY,
    [H_COHORT] = CMI_COL_PERIOD_NAMED("cohort", "start of the cohort's period, or its key"),
    [H_SIZE] = CMI_COL_COUNT("n_customers", CMI_OVER_GROUPS, "members of the cohort"),
    CMI_COL_END
};
static const cmi_column_def CURVE_COLUMNS[] = {
    [V_BY] = CMI_COL_BY,
    [V_AGE] = CMI_COL_KEY("age", "periods", "periods since the anchor; first age of the bracket"),
    [V_ELIGIBLE] = CMI_COL_COUNT("n_eligible", CMI_OVER_GROUPS, "sum over the cohorts"),
    [V_RETAINED] = CMI_COL_COUNT("n_retained", CMI_OVER_GROUPS, "sum over the cohorts"),
    [V_RETENTION] = CMI_COL_RATE("retention", "n_retained", "n_eligible", "pooled retention"),
    [V_MEAN] = CMI_COL_F64("mean_retention", "ratio", "mean of the complete cells"),
    [V_MEDIAN] = CMI_COL_F64("median_retention", "ratio", "median of the complete cells"),
    CMI_COL_END
};
const cmi_table_def cmi_cohort_tables[] = {
    [CELLS] = CMI_TABLE("cells", CELL_COLUMNS, "one row per group, cohort and age"),
    [COHORTS] = CMI_TABLE("cohorts", COHORT_COLUMNS, "one row per group and cohort"),
    [CURVE] = CMI_TABLE("curve", CURVE_COLUMNS, "one row per group and age"),
    CMI_TABLE_END
};

enum { N_COUNTS = CMI_COHORT_ORDERS + 1 };

/* The cells of one group: counts[(cohort * width + age) * N_COUNTS + column]; width = ages + 1. */
typedef struct matrix {
    int64_t n, width;
    int64_t *count;
    cmi_i128 *money;
    double *value; /* retention of complete cells of one age, to be averaged */
    double *scratch;
} matrix;

static int64_t *at(const matrix *m, int64_t cohort, int64_t age)
{
    return m->count + (cohort * m->width + age) * N_COUNTS;
}

static bool open_matrix(matrix *m, cm_context *ctx, int64_t n, int64_t ages)
{
    *m = (matrix){ .n = n, .width = ages + 1 };
    m->count = cmi_calloc(ctx, (size_t)(n * m->width * N_COUNTS) + 1, sizeof *m->count);
    m->money = cmi_calloc(ctx, (size_t)(n * m->width) + 1, sizeof *m->money);
    m->value = cmi_calloc(ctx, (size_t)n + 1, 2 * sizeof *m->value);
    m->scratch = m->value ? m->value + n + 1 : NULL;
    return m->count && m->money && m->value;
}

static void close_matrix(matrix *m, cm_context *ctx)
{
    cmi_free(ctx, m->count);
    cmi_free(ctx, m->money);
    cmi_free(ctx, m->value);
}

static void read_matrix(matrix *m, const cmi_state *s, const cmi_cohort_options *o, uint32_t group)
{
    if (o->by_period) {
        for (int64_t c = 0; c < m->n; c++)
            for (int64_t k = 0; k < m->width; k++) {
                for (int x = 0; x < N_COUNTS; x++)
                    at(m, c, k)[x] = cmi_cell_get_column(s, CMI_COHORT_DENSE, x, group, c)[k];
                m->money[c * m->width + k] =
                    cmi_cell_get_column128(s, CMI_COHORT_DENSE_MONEY, 0, group, c)[k];
            }
        return;
    }
    int64_t from, to;
    int n_key;
    cmi_cells_range(s, CMI_COHORT_KEYED, group, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const int64_t *key = cmi_cells_key(s, CMI_COHORT_KEYED, i, &n_key);
        for (int x = 0; x < N_COUNTS; x++)
            at(m, key[0], key[1])[x] = cmi_cells_i64(s, CMI_COHORT_KEYED, i, x);
        m->money[key[0] * m->width + key[1]] =
            cmi_cells_i128(s, CMI_COHORT_KEYED, i, CMI_COHORT_REVENUE);
    }
}

/* Members who reached column k, or who began it: those whose last column is k or later. */
static int64_t at_least(const matrix *m, int64_t cohort, int64_t k, int column)
{
    int64_t n = 0;
    for (int64_t j = k + 1; j < m->width; j++) n += at(m, cohort, j)[column];
    return n;
}

static int64_t size_of(const matrix *m, int64_t cohort)
{
    return at_least(m, cohort, -1, CMI_COHORT_REACH);
}

typedef struct cell {
    int64_t size, numerator, denominator;
    cmi_period_state state;
} cell;

static cell judge(const matrix *m, const cmi_cohort_options *o, int64_t cohort, int64_t k)
{
    const int64_t *x = at(m, cohort, k);
    int64_t reached = at_least(m, cohort, k, CMI_COHORT_REACH),
            begun = at_least(m, cohort, k, CMI_COHORT_BEGUN);
    cell c = { size_of(m, cohort), x[CMI_COHORT_RETAINED], reached, CMI_COMPLETE };

    if (reached < c.size) c.state = reached || begun ? CMI_PARTIAL : CMI_PENDING;
    if (o->denominator == CMI_OVER_COHORT) {
        c.numerator = x[CMI_COHORT_ACTIVE];
        c.denominator = c.size;
    } else if (o->denominator == CMI_OVER_PREVIOUS && k) {
        c.denominator = x[CMI_COHORT_PREVIOUS];
    }
    return c;
}

static void put_cohort(cmi_rows *t, int column, const cmi_state *s, const cmi_cohort_options *o,
                       int64_t cohort)
{
    if (o->by_period)
        cmi_emit_period(t, column, o->ages.grid, cohort);
    else
        cmi_emit_code(t, column, s, CMI_COHORT_KEYED, 0, cohort);
}

static void emit_cells(cmi_rows *t, const matrix *m, const cmi_state *s,
                       const cmi_cohort_options *o, uint32_t group, int64_t cohort)
{
    cmi_i128 sum = 0;
    for (int64_t k = 0; k < o->ages.n; k++) {
        cell c = judge(m, o, cohort, k);
        sum += m->money[cohort * m->width + k];
        cmi_row(t, group);
        put_cohort(t, E_COHORT, s, o, cohort);
        cmi_emit_i64(t, E_AGE, cmi_ages_name(&o->ages, k));
        cmi_emit_i64(t, E_SIZE, c.size);
        cmi_emit_i64(t, E_ELIGIBLE, c.denominator);
        cmi_emit_i64(t, E_ACTIVE, at(m, cohort, k)[CMI_COHORT_ACTIVE]);
        cmi_emit_i64(t, E_RETAINED, c.numerator);
        if (o->orders && c.state != CMI_PENDING) {
            cmi_emit_i64(t, E_ORDERS, at(m, cohort, k)[CMI_COHORT_ORDERS]);
            cmi_emit_money(t, E_REVENUE, m->money[cohort * m->width + k]);
            cmi_emit_money(t, E_CUMULATED, sum);
        }
        cmi_emit_rate(t, E_RETENTION, c.numerator, c.denominator, c.state);
    }
}

static int compare_doubles(const void *a, const void *b, void *user)
{
    double x = *(const double *)a, y = *(const double *)b;
    (void)user;
    return (x > y) - (x < y);
}

static double median_of(matrix *m, int64_t n)
{
    cmi_sort(m->value, m->scratch, n, sizeof *m->value, compare_doubles, NULL);
    return n % 2 ? m->value[n / 2] : (m->value[n / 2 - 1] + m->value[n / 2]) / 2;
}

/* Eligibility is each member's own on calendar days and on elapsed grids, so partial cells are
 * pooled with the members that are over; on other calendar grids a cell is over for all or for
 * none. */
static void emit_age(cmi_rows *t, matrix *m, const cmi_cohort_options *o, uint32_t group, int64_t k)
{
    int64_t numerator = 0, denominator = 0, n = 0;
    double sum = 0;
    cmi_period_state state = CMI_PENDING;

    for (int64_t c = 0; c < m->n; c++) {
        cell x = judge(m, o, c, k);
        if (!x.size) continue;
        bool counts = o->denominator == CMI_OVER_ELIGIBLE || x.state == CMI_COMPLETE;
        if (x.state < state) state = x.state;
        numerator += counts ? x.numerator : 0;
        denominator += counts ? x.denominator : 0;
        if (x.state != CMI_COMPLETE || !x.denominator) continue;
        m->value[n] = (double)x.numerator / (double)x.denominator;
        sum += m->value[n++];
    }
    cmi_row(t, group);
    cmi_emit_i64(t, V_AGE, cmi_ages_name(&o->ages, k));
    cmi_emit_i64(t, V_ELIGIBLE, denominator);
    cmi_emit_i64(t, V_RETAINED, numerator);
    cmi_emit_rate(t, V_RETENTION, numerator, denominator, denominator ? CMI_COMPLETE : state);
    if (!n) return;
    cmi_emit_f64(t, V_MEAN, sum / (double)n);
    cmi_emit_f64(t, V_MEDIAN, median_of(m, n));
}

static void emit_group(cmi_output *out, matrix *m, const cmi_state *s, const cmi_cohort_options *o,
                       uint32_t group)
{
    for (int64_t c = 0; c < m->n; c++) {
        bool shown = size_of(m, c) > 0 || (o->by_period && o->ages.grid->edge[c] < o->common.to);
        if (!shown) continue;
        emit_cells(cmi_out(out, CELLS), m, s, o, group, c);
        cmi_rows *t = cmi_out(out, COHORTS);
        cmi_row(t, group);
        put_cohort(t, H_COHORT, s, o, c);
        cmi_emit_i64(t, H_SIZE, size_of(m, c));
    }
    for (int64_t k = 0; k < o->ages.n; k++) emit_age(cmi_out(out, CURVE), m, o, group, k);
}

cm_status cmi_cohort_present(const cmi_input *in, const void *options, cmi_output *out)
{
    const cmi_cohort_options *o = options;
    const cmi_dict *keys = o->by_period ? NULL : cmi_cells_dict(in->state, CMI_COHORT_KEYED, 0);
    int64_t n = o->by_period ? cmi_grid_n(o->ages.grid) : (keys ? keys->n : 0) + 1;

    if (!o->by_period) {
        cmi_out_as_text(out, CELLS, E_COHORT);
        cmi_out_as_text(out, COHORTS, H_COHORT);
    }
    for (int t = CELLS; t <= CURVE; t++) cmi_out(out, t); /* empty, where nobody began */
    for (uint32_t group = 0; group < cmi_state_n_groups(in->state); group++) {
        matrix m;
        if (!open_matrix(&m, in->ctx, n, o->ages.n)) {
            close_matrix(&m, in->ctx);
            return cmi_no_memory(in->ctx, in->err);
        }
        read_matrix(&m, in->state, o, group);
        emit_group(out, &m, in->state, o, group);
        close_matrix(&m, in->ctx);
    }
    return cmi_output_status(out);
}
