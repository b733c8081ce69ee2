/* SPDX-License-Identifier: MIT */

/* cohort: what became of customers who began together: how many are active, what they order, by
 * age.
 *
 * Formula     a customer belongs to the cohort of the period of his anchor (first activity ever,
 * unless said else), or of the value that the dimension `key` has there; age n is the n-th period
 * after the cohort's (calendar), the n-th 24 h, 7 d, 30 d after the anchor (elapsed), or the window
 * from the anchor's n-th anniversary cell (c, n): n_active = members who meet the criterion at age
 * n; retention = those of them who can be judged (n_retained) / members who can be judged
 * (n_eligible: their age n ended by as_of) pooled curve = sum of n_retained / sum of n_eligible
 * over all cohorts, those with 0 too Edge cases  age 0 is the cohort itself: all its members,
 * retention 1 age n not over for anybody: partial or pending, retention null; over for some only:
 * partial on_or_after with a horizon judges, for every n, only who reached the horizon by and every
 * look at ages 1..n; brackets [a, b) are named by a old customers never move into a later cohort:
 * the first ever is sought in all facts, filtered or not, and only then asked whether it passes
 * `where` orders and revenue are those from the anchor on, in the periods of the table; refunds
 * lower them month of 31 January: anniversaries are clamped to the month's end, counted from the
 * anchor References  Fader, P. S., Hardie, B. G. S. (2007). How to Project Customer Retention. J.
 * Interactive Marketing 21(1). doi:10.1002/dir.20074 (survival and retention by cohort)
 */
#include "kpi/retention/cohort_tables.h"

enum { START = 1, RETURN, HEAD };
enum { AMOUNT, KEY };

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_cohort_options, common,
                   CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE |
                       CMI_HAS_COMPAT | CMI_HAS_BUSINESS,
                   "month"),
    CMI_OPT(SELECTOR, cmi_cohort_options, of, "of", "any", NULL, "", "what counts as activity"),
    CMI_OPT(SELECTOR, cmi_cohort_options, start, "start", NULL, NULL, "",
            "what makes a member; as `of` where not given"),
    CMI_OPT(SELECTOR, cmi_cohort_options, back, "return", NULL, NULL, "",
            "what counts as coming back; as `of` where not given"),
    CMI_OPT(CHOICE, cmi_cohort_options, ages.criterion, "criterion", "on",
            "on|on_or_after|bracket|by|every", "",
            "active in age n; in n or later; in a bracket; in any of 1..n; in all of 1..n"),
    CMI_OPT(CHOICE, cmi_cohort_options, ages.kind, "grid", "calendar",
            "calendar|elapsed|anniversary", "", "how ages are counted"),
    CMI_OPT(DURATION, cmi_cohort_options, ages.within, "within", "30d", NULL, "",
            "grid=anniversary: length of each window"),
    CMI_OPT(CHOICE, cmi_cohort_options, anchor, "anchor", "first_ever",
            "first_ever|first_in_range|each_period|first_matching", "",
            "which start makes a member: the first of all; the first since `from`; one in each "
            "period; the first that passes `where`"),
    CMI_OPT(CHOICE, cmi_cohort_options, denominator, "denominator", "eligible",
            "eligible|cohort|previous", "",
            "members who can be judged; all members; those retained one age before"),
    CMI_OPT(INT, cmi_cohort_options, ages.last, "periods", "12", "0..1023", "periods", "last age"),
    CMI_OPT(INT, cmi_cohort_options, ages.horizon, "horizon", "-1", "-1..1023", "periods",
            "criterion=on_or_after: last age that counts; -1: open"),
    CMI_OPT(INTS, cmi_cohort_options, ages.brackets, "brackets", "1,3,7,15", "1..1023", "periods",
            "criterion=bracket: ascending edges"),
    CMI_OPT(TEXT, cmi_cohort_options, key, "key", "period", NULL, "",
            "cohorts by period, or by a dimension at the anchor"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = {
    [CMI_COHORT_DENSE] =
        CMI_CELLS("cells", "cohort,age", "n_reach,n_begun,n_active,n_retained,n_previous,n_orders"),
    [CMI_COHORT_DENSE_MONEY] = CMI_CELLS("money", "cohort,age", "revenue:sum128"),
    [CMI_COHORT_KEYED] =
        CMI_CELLS("keyed", "cohort:@1,age",
                  "n_reach,n_begun,n_active,n_retained,n_previous,n_orders,revenue:sum128"),
    CMI_CELLS_END
};

static cm_status plan(cmi_plan *p, void *opt)
{
    cmi_cohort_options *o = opt;

    if (!o->start.n) o->start = o->of;
    if (!o->back.n) o->back = o->of;
    o->by_period = !strcmp(o->key, "period");
    if (cmi_ages_plan(&o->ages, p, &o->common) != CM_OK) return cmi_plan_status(p);
    cmi_plan_stream(p, o->start.tables | o->back.tables, CMI_BY_GIVEN);
    cmi_plan_select(p, START, &o->start);
    cmi_plan_select(p, RETURN, &o->back);
    o->orders = cmi_plan_has(p, CMI_ORDERS) &&
                ((o->start.tables | o->back.tables) & CMI_FACT_BIT(CMI_ORDERS));
    if (o->orders) cmi_plan_select_head(p, HEAD);
    if (o->orders) cmi_plan_value(p, AMOUNT, "amount");
    if (!o->by_period) {
        cmi_plan_value(p, KEY, o->key);
        cmi_plan_builtin_key(p, o->key);
        cmi_plan_bound(p, CMI_COHORT_KEYED, (int64_t[]){ 0, o->ages.n + 1 }, 2);
        return cmi_plan_status(p);
    }
    int64_t n = cmi_grid_n(o->ages.grid) ? cmi_grid_n(o->ages.grid) : 1;
    cmi_plan_dense(p, CMI_COHORT_DENSE, (int64_t[]){ n, o->ages.n + 1 }, 2);
    cmi_plan_dense(p, CMI_COHORT_DENSE_MONEY, (int64_t[]){ n, o->ages.n + 1 }, 2);
    return cmi_plan_status(p);
}

/* ---- collect ---- */

/* Where the numbers of one member go: dense rows of his cohort, or cells by its key. */
typedef struct place {
    cmi_state *s;
    const cmi_cohort_options *o;
    uint32_t group;
    int64_t cohort;
    int64_t *column[CMI_COHORT_REVENUE]; /* of the dense row; NULL: by key */
    cmi_i128 *money;                     /* NULL: not touched yet */
} place;

static void open_place(place *at)
{
    for (int c = 0; at->o->by_period && c < CMI_COHORT_REVENUE; c++)
        at->column[c] = cmi_cell_column(at->s, CMI_COHORT_DENSE, c, at->group, at->cohort);
}

static void add_key(const place *at, int column, int64_t age, int64_t v)
{
    cmi_cell_row row =
        cmi_at(at->s, CMI_COHORT_KEYED, at->group, (int64_t[]){ at->cohort, age }, 2);
    cmi_add64(at->s, CMI_COHORT_KEYED, row, column, v);
}

static inline void add(const place *at, int column, int64_t age)
{
    if (at->column[column])
        at->column[column][age]++;
    else
        add_key(at, column, age, 1);
}

static inline void add_money(place *at, int64_t age, int64_t v)
{
    if (!at->o->by_period) {
        add_key(at, CMI_COHORT_REVENUE, age, v);
        return;
    }
    if (!at->money)
        at->money = cmi_cell_column128(at->s, CMI_COHORT_DENSE_MONEY, 0, at->group, at->cohort);
    at->money[age] += v;
}

/* The row, if it is an order that passes `where`, at an age. */
static inline void add_order(place *at, const cmi_span *rows, int64_t i, int64_t age)
{
    const cmi_ages *a = &at->o->ages;
    if (cmi_span_table(rows, i) != CMI_ORDERS || !(rows->sel[i] & 1) || age < 0) return;
    int64_t column = age <= a->last ? age : -1;
    if (a->criterion == CMI_BRACKET) column = cmi_ages_column(a, age);
    if (column < 0) return;
    if (cmi_span_has(rows, i, HEAD)) add(at, CMI_COHORT_ORDERS, column);
    if (rows->value[AMOUNT][i] != CMI_NULL) add_money(at, column, rows->value[AMOUNT][i]);
}

/* Activities behind the anchor's row, and orders from the anchor's instant on, those of the same
 * instant before it too. */
static void walk_calendar(place *at, cmi_member *m, const cmi_span *rows, int64_t anchor_row)
{
    const cmi_ages *a = &at->o->ages;
    int64_t i = anchor_row;

    while (i > 0 && rows->time[i - 1] == m->anchor) i--;
    for (; i < rows->n; i++) {
        int64_t age = cmi_grid_find(a->grid, rows->time[i]) - m->period;
        if (i > anchor_row && cmi_span_has(rows, i, RETURN)) cmi_member_note(a, m, age);
        if (at->o->orders) add_order(at, rows, i, age);
    }
}

static void walk_ages(place *at, cmi_member *m, const cmi_span *rows, int64_t anchor_row)
{
    const cmi_ages *a = &at->o->ages;
    int64_t from, to, i = anchor_row;

    while (i > 0 && rows->time[i - 1] == m->anchor) i--;
    for (; i < rows->n; i++) {
        if (i > anchor_row && cmi_span_has(rows, i, RETURN)) cmi_member_active(a, m, rows->time[i]);
        if (!at->o->orders) continue;
        cmi_ages_at(a, m, rows->time[i], &from, &to);
        for (int64_t age = from; age <= to; age++) add_order(at, rows, i, age);
    }
}

/* Column n of n_reach and n_begun holds the members whose last judged (begun) column is n - 1. */
static void collect_member(place *at, const cmi_span *rows, int64_t anchor_row)
{
    const cmi_ages *a = &at->o->ages;
    uint64_t retained[CMI_AGE_WORDS];
    cmi_member m;

    cmi_member_begin(a, &m, rows->time[anchor_row]);
    open_place(at);
    if (a->kind == CMI_AGE_CALENDAR)
        walk_calendar(at, &m, rows, anchor_row);
    else
        walk_ages(at, &m, rows, anchor_row);
    int64_t reach = cmi_member_reach(a, &m);
    add(at, CMI_COHORT_REACH, reach + 1);
    add(at, CMI_COHORT_BEGUN, cmi_member_begun(a, &m) + 1);
    cmi_member_columns(a, &m, retained);
    for (int64_t word = 0; word * 64 < a->n; word++) {
        for (uint64_t left = retained[word]; left; left &= left - 1) {
            int64_t n = word * 64 + __builtin_ctzll(left);
            add(at, CMI_COHORT_ACTIVE, n);
            if (n <= reach) add(at, CMI_COHORT_RETAINED, n);
            if (n + 1 <= reach && n + 1 < a->n) add(at, CMI_COHORT_PREVIOUS, n + 1);
        }
    }
}

static bool is_anchor(const cmi_cohort_options *o, const cmi_span *rows, int64_t i)
{
    if (!(rows->sel[i] >> START & 1)) return false;
    if (o->anchor == CMI_ANCHOR_FIRST_EVER) return rows->time[i] == rows->first[START];
    return rows->sel[i] & 1 &&
           (o->anchor == CMI_ANCHOR_FIRST_MATCHING || rows->time[i] >= o->common.from);
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_cohort_options *o = opt;
    int64_t last_period = -1;

    for (int64_t i = 0; i < rows->n; i++) {
        if (!is_anchor(o, rows, i)) continue;
        int64_t period = cmi_grid_find(o->ages.grid, rows->time[i]);
        bool inside =
            rows->sel[i] & 1 && rows->time[i] >= o->common.from && rows->time[i] < o->common.to;
        if (inside && period >= 0 && period < cmi_grid_n(o->ages.grid) && period != last_period) {
            int64_t key = o->by_period ? period : rows->value[KEY][i];
            place at = { .s = s, .o = o, .group = cmi_span_group(rows, i), .cohort = key };
            collect_member(&at, rows, i);
            last_period = period;
        }
        if (o->anchor != CMI_ANCHOR_EACH_PERIOD) return;
    }
}

const cmi_kpi cmi_kpi_cohort = {
    .id = "cohort",
    .family = "retention",
    .version = 1,
    .title = "Cohorts",
    .direction = +1,
    .definition = "Customers who began in the same period (or share a value at their beginning), "
                  "by age: how many come back, "
                  "what they order and spend, and the pooled retention curve.",
    .formula = "retention(c, n) = members of c retained at age n / members whose age n is over; "
               "pooled(n) = sum of the one / sum of the other",
    .edge_cases = "Age 0 is the cohort itself. An age that is not over for anybody is partial or "
                  "pending, and its retention null.\n"
                  "First ever looks at all facts, whatever from and where say.\n"
                  "Pooled and mean retention count cohorts with 0 too; the mean and median take "
                  "complete cells only.\n"
                  "Anniversaries are clamped to the month's end, always counted from the anchor.",
    .references = "Fader, P. S., Hardie, B. G. S. (2007). How to Project Customer Retention. "
                  "Journal of Interactive Marketing 21(1), 76-90. "
                  "doi:10.1002/dir.20074",
    .facts = "events|orders|subscriptions",
    .stages = "retain",
    .businesses = "shop app community subscription",
    .goals = "loyalty retention",
    .levers = "better first weeks -> conversion\nreasons to come back -> retention_curve\ncare for "
              "those who slip away -> interpurchase",
    .headline = "retention",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "period=month periods=6",
    .options = OPTIONS,
    .options_size = sizeof(cmi_cohort_options),
    .cells = CELLS,
    .tables = cmi_cohort_tables,
    .plan = plan,
    .collect = collect,
    .present = cmi_cohort_present,
};
