/* SPDX-License-Identifier: MIT */
#include "planning.h"

#include "core/hash.h"
#include "kpi/measures.h"

/* Every measure against a naive loop over random rows. */

static planning k;

typedef struct measure_options {
    cmi_common common;
    cmi_texts measures;
    cmi_selector of;
    cmi_measure_set set;
} measure_options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(measure_options, common, 0, "all"),
    CMI_OPT(TEXTS, measure_options, measures, "measures", "all", NULL, "", "measures"),
    CMI_OPT(SELECTOR, measure_options, of, "of", NULL, NULL, "", "activity"), CMI_OPT_END
};

static cm_status plan_measures(cmi_plan *p, void *options)
{
    measure_options *o = options;
    cmi_measures_plan(p, "measures", &o->measures, &o->of, 2, 3, &o->set);
    cmi_plan_stream(p, o->set.tables, CMI_BY_SPLIT);
    return cmi_plan_status(p);
}

static const cmi_kpi MEASURING = { .id = "measuring_test",
                                   .version = 1,
                                   .facts = "",
                                   .label = "",
                                   .options = OPTIONS,
                                   .options_size = sizeof(measure_options),
                                   .plan = plan_measures };
extern const cmi_kpi *const cmi_extra_kpis[];
const cmi_kpi *const cmi_extra_kpis[] = { &MEASURING, NULL };

/* ---- random rows ---- */

enum { MOST = 6000, N_COLUMNS = CMI_M_COLUMNS };

static struct rows {
    int n;
    int64_t time[MOST];
    uint64_t sel[MOST];
    uint8_t table[MOST];
    int64_t cell[N_COLUMNS][MOST];
    int64_t quantity[MOST];
} rows;

static uint64_t seed;

static int64_t pick(int64_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)(cmi_mix(seed) % (uint64_t)n);
}

static int64_t maybe(int64_t v)
{
    return pick(4) ? v : CMI_NULL;
}

/* Slots and bits as the plan gave them out; columns that the row's table lacks are null. */
static void make_rows(const cmi_measure_set *set, int n, int codes)
{
    static const cmi_fact facts[] = { CMI_EVENTS, CMI_ORDERS, CMI_SUBSCRIPTIONS, CMI_RESPONSES,
                                      CMI_TICKETS };
    int64_t time = instant("2024-01-01");
    rows.n = n;
    for (int i = 0; i < n; i++) {
        cmi_fact f = facts[pick(5)];
        bool event = f == CMI_EVENTS, order = f == CMI_ORDERS, term = f == CMI_SUBSCRIPTIONS;
        time += pick(3) ? pick(3600) * CMI_SECOND : pick(40) * CMI_HOUR;
        rows.time[i] = time;
        rows.table[i] = (uint8_t)f;
        rows.sel[i] = pick(5) ? 1 : 0;
        for (int c = 0; c < N_COLUMNS; c++) rows.cell[c][i] = CMI_NULL;
        if (order || term) rows.cell[CMI_M_AMOUNT][i] = pick(2000000) - (order ? 500000 : 0);
        if (order) rows.cell[CMI_M_PRODUCT][i] = pick(codes);
        if (term) rows.cell[CMI_M_TERM][i] = (1 + pick(24)) * 4 + pick(3);
        if (term) rows.cell[CMI_M_QUANTITY][i] = maybe(pick(50000));
        if (term) rows.cell[CMI_M_END][i] = maybe(time + pick(90) * CMI_DAY);
        if (event) rows.cell[CMI_M_END][i] = maybe(time + pick(900) * CMI_SECOND);
        if (event) rows.cell[CMI_M_DURATION][i] = maybe(pick(900) * CMI_SECOND);
        if (event) rows.cell[CMI_M_PAGES][i] = maybe(pick(9));
        if (event) rows.cell[CMI_M_VALUE][i] = maybe(pick(90000) - 100);
        if (event) rows.cell[CMI_M_COUNT][i] = maybe(1 + pick(3));
        if (event) rows.cell[CMI_M_ITEM][i] = pick(2) ? pick(codes) : 0;
        if (event) rows.cell[CMI_M_OTHER][i] = pick(20);
        if (f == CMI_RESPONSES) rows.cell[CMI_M_SCORE][i] = maybe(pick(110000));
        rows.quantity[i] = order ? maybe(pick(1000)) : CMI_NULL;
        if (order && rows.cell[CMI_M_AMOUNT][i] > 0 && pick(3))
            rows.sel[i] |= UINT64_C(1) << set->head;
        if (pick(3)) rows.sel[i] |= UINT64_C(1) << set->active;
    }
}

static cmi_span make_span(const cmi_measure_set *set)
{
    cmi_span s = {
        .n = rows.n, .time = rows.time, .sel = rows.sel, .table = rows.table, .owner = 7
    };
    for (int c = 0; c < N_COLUMNS; c++)
        if (set->slot[c] >= 0) s.value[set->slot[c]] = rows.cell[c];
    for (int i = 0; i < set->n; i++)
        if (set->dimension_slot[i] >= 0) s.value[set->dimension_slot[i]] = rows.quantity;
    for (int b = 0; b < CMI_MAX_BITS; b++) s.first[b] = s.last[b] = CMI_NULL;
    for (int i = 0; i < rows.n; i++)
        for (int b = 0; b < CMI_MAX_BITS; b++)
            if (rows.sel[i] >> b & 1) {
                if (s.first[b] == CMI_NULL) s.first[b] = rows.time[i];
                s.last[b] = rows.time[i];
            }
    return s;
}

/* ---- the naive way ---- */

static bool counts(int i, cmi_fact f, int64_t from, int64_t to)
{
    return rows.table[i] == f && rows.sel[i] & 1 && rows.time[i] >= from && rows.time[i] < to;
}

static int64_t sum_of(cmi_fact f, int c, int64_t from, int64_t to, int sign, int64_t missing)
{
    int64_t sum = 0;
    for (int i = 0; i < rows.n; i++) {
        int64_t v = rows.cell[c][i] == CMI_NULL ? missing : rows.cell[c][i];
        if (counts(i, f, from, to) && (!sign || (v > 0) == (sign > 0))) sum += v;
    }
    return sum;
}

static int64_t count_bits(int bit, int64_t from, int64_t to, int64_t *first, int64_t *last)
{
    int64_t n = 0;
    for (int i = 0; i < rows.n; i++) {
        if (!(rows.sel[i] & 1) || !(rows.sel[i] >> bit & 1) || rows.time[i] < from ||
            rows.time[i] >= to)
            continue;
        if (!n++) *first = rows.time[i];
        *last = rows.time[i];
    }
    return n;
}

static int64_t count_distinct(cmi_fact f, int c, int64_t from, int64_t to, int only)
{
    int64_t n = 0;
    for (int i = 0; i < rows.n; i++) {
        bool fresh = counts(i, f, from, to) && rows.cell[c][i] > 0;
        bool item = rows.cell[CMI_M_ITEM][i] > 0;
        if (only == 1 && rows.cell[CMI_M_AMOUNT][i] <= 0) fresh = false;
        if (only == 2 && (item || rows.cell[c][i] == 7)) fresh = false;
        for (int j = 0; j < i && fresh; j++) {
            if (!counts(j, f, from, to) || rows.cell[c][j] != rows.cell[c][i]) continue;
            if (only == 1 && rows.cell[CMI_M_AMOUNT][j] <= 0) continue;
            if (only == 2 && rows.cell[CMI_M_ITEM][j] > 0) continue;
            fresh = false;
        }
        n += fresh;
    }
    return n;
}

static int64_t day_of(int64_t time)
{
    return cmi_floor_div(time, CMI_DAY);
}

/* Nearest, ties to even; by long division of what is left. */
static int64_t rounded(int64_t n, int64_t d)
{
    int64_t q = cmi_floor_div(n, d), rest = n - q * d;
    if (2 * rest > d || (2 * rest == d && q % 2 != 0)) q++;
    return q;
}

static int64_t naive_sessions(int64_t from, int64_t to)
{
    int64_t n = 0, start = 0, last = 0;
    for (int i = 0; i < rows.n; i++) {
        if (!counts(i, CMI_EVENTS, from, to)) continue;
        bool fresh =
            n == 0 || rows.time[i] - last > 30 * CMI_MINUTE || rows.time[i] - start > 24 * CMI_HOUR;
        n += fresh;
        if (fresh) start = rows.time[i];
        last = rows.time[i];
    }
    return n;
}

static int64_t naive_mrr(int64_t to)
{
    int64_t sum = 0;
    for (int i = 0; i < rows.n; i++) {
        int64_t quantity =
            rows.cell[CMI_M_QUANTITY][i] == CMI_NULL ? 10000 : rows.cell[CMI_M_QUANTITY][i];
        int64_t term = rows.cell[CMI_M_TERM][i], end = rows.cell[CMI_M_END][i];
        if (!counts(i, CMI_SUBSCRIPTIONS, INT64_MIN, to) || (end != CMI_NULL && end < to)) continue;
        int64_t n = rows.cell[CMI_M_AMOUNT][i] * quantity,
                d = term / 4; /* scale 4: n is in 10^-8 */
        if (term % 4 == 1) n *= 52, d *= 12;
        if (term % 4 == 2) n *= 365, d *= 12;
        sum += rounded(n, d);
    }
    return rounded(sum, 10000);
}

static int64_t naive(const char *name, const cmi_measure_set *set, int64_t from, int64_t to)
{
    int64_t first = 0, last = 0, n;
#define IS(NAME) (strcmp(name, #NAME) == 0)
    if (IS(n_orders)) return count_bits(set->head, from, to, &first, &last);
    if (IS(revenue)) return sum_of(CMI_ORDERS, CMI_M_AMOUNT, from, to, 0, 0);
    if (IS(refunds)) return -sum_of(CMI_ORDERS, CMI_M_AMOUNT, from, to, -1, 0);
    if (IS(aov)) {
        n = count_bits(set->head, from, to, &first, &last);
        return n ? rounded(sum_of(CMI_ORDERS, CMI_M_AMOUNT, from, to, 0, 0), n) : CMI_NULL;
    }
    if (IS(recency_days))
        return count_bits(set->active, from, to, &first, &last) ? day_of(to) - day_of(last)
                                                                : CMI_NULL;
    if (IS(tenure_days)) {
        for (int i = 0; i < rows.n; i++)
            if (rows.sel[i] >> set->active & 1)
                return rows.time[i] < to ? day_of(to) - day_of(rows.time[i]) : CMI_NULL;
        return CMI_NULL;
    }
    if (IS(mean_gap_days)) {
        n = count_bits(set->head, from, to, &first, &last);
        return n < 2 ? CMI_NULL : rounded(last - first, (n - 1) * 86400);
    }
    if (IS(n_products)) return count_distinct(CMI_ORDERS, CMI_M_PRODUCT, from, to, 1);
    if (IS(n_events)) return sum_of(CMI_EVENTS, CMI_M_COUNT, from, to, 0, 1);
    if (IS(n_active_days)) {
        int64_t days = 0;
        for (int64_t d = day_of(rows.time[0]); rows.n && d <= day_of(rows.time[rows.n - 1]); d++) {
            int64_t a = d * CMI_DAY, b = a + CMI_DAY;
            days +=
                count_bits(set->active, a > from ? a : from, b < to ? b : to, &first, &last) > 0;
        }
        return days;
    }
    if (IS(n_sessions)) return naive_sessions(from, to);
    if (IS(duration_seconds)) {
        int64_t sum = 0;
        for (int i = 0; i < rows.n; i++) {
            int64_t d = rows.cell[CMI_M_DURATION][i], e = rows.cell[CMI_M_END][i];
            if (counts(i, CMI_EVENTS, from, to))
                sum += d != CMI_NULL ? d : e != CMI_NULL ? e - rows.time[i] : 0;
        }
        return sum;
    }
    if (IS(n_pages)) return sum_of(CMI_EVENTS, CMI_M_PAGES, from, to, 0, 0);
    if (IS(value)) return sum_of(CMI_EVENTS, CMI_M_VALUE, from, to, 0, 0);
    if (IS(n_tickets)) return sum_of(CMI_TICKETS, CMI_M_SCORE, from, to, 0, 1);
    if (IS(n_responses) || IS(mean_score)) {
        n = 0;
        for (int i = 0; i < rows.n; i++)
            n += counts(i, CMI_RESPONSES, from, to) && rows.cell[CMI_M_SCORE][i] != CMI_NULL;
        if (IS(n_responses)) return n;
        return n ? rounded(sum_of(CMI_RESPONSES, CMI_M_SCORE, from, to, 0, 0), n) : CMI_NULL;
    }
    if (IS(mrr)) return naive_mrr(to);
    if (IS(n_items)) return count_distinct(CMI_EVENTS, CMI_M_ITEM, from, to, 0);
    if (IS(n_approvals)) {
        n = 0;
        for (int i = 0; i < rows.n; i++)
            n += counts(i, CMI_EVENTS, from, to) && rows.cell[CMI_M_ITEM][i] > 0 &&
                 rows.cell[CMI_M_OTHER][i] > 0 && rows.cell[CMI_M_OTHER][i] != 7;
        return n;
    }
    if (IS(n_referred)) return count_distinct(CMI_EVENTS, CMI_M_OTHER, from, to, 2);
    fail_msg("no naive way for %s", name);
    return 0;
}

static void compare_all(const cmi_measure_set *set, int64_t from, int64_t to)
{
    cmi_span span = make_span(set);
    for (int i = 0; i < set->n; i++) {
        int64_t is = cmi_measure_value(set, i, NULL, &span, from, to),
                want = naive(set->name[i], set, from, to);
        if (is != want)
            print_error("%s: %lld, expected %lld\n", set->name[i], (long long)is, (long long)want);
        assert_int_equal(is, want);
    }
}

/* ---- tests ---- */

static void test_against_loops(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "measuring_test", "of=any");
    const cmi_measure_set *set = &((const measure_options *)k.plan->options)->set;
    assert_int_equal(set->n, cmi_measure_count());
    assert_int_equal(set->n, 21);
    for (seed = 1; seed < 400;) {
        uint64_t round = seed;
        make_rows(set, (int)pick(60), 12);
        int64_t from = pick(3) ? instant("2024-01-01") + pick(20) * CMI_DAY : INT64_MIN;
        compare_all(set, from, instant("2024-01-01") + pick(60) * CMI_DAY + pick(2) * CMI_HOUR);
        seed = round + 1;
    }
}

/* More distinct codes than fit at once. */
static void test_many_codes(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "measuring_test", "measures=n_products,n_items,n_referred");
    const cmi_measure_set *set = &((const measure_options *)k.plan->options)->set;
    seed = 5;
    make_rows(set, MOST, 1000000);
    compare_all(set, INT64_MIN, INT64_MAX);
    make_rows(set, MOST, 300);
    compare_all(set, INT64_MIN, INT64_MAX);
}

static void test_zone(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "measuring_test", "measures=recency_days,n_active_days,tenure_days tz=-05:00");
    const cmi_measure_set *set = &((const measure_options *)k.plan->options)->set;
    int64_t times[] = { instant("2024-01-01T03:00"), instant("2024-01-01T06:00"),
                        instant("2024-01-01T22:00") };
    uint64_t bit = UINT64_C(1) << set->active | 1, sel[] = { bit, bit, bit };
    cmi_span s = { .n = 3, .time = times, .sel = sel, .fact = CMI_EVENTS };
    s.first[set->active] = times[0];
    int64_t to = instant("2024-01-02T05:00"); /* midnight there */
    assert_int_equal(cmi_measure_value(set, 0, NULL, &s, CMI_NULL, to), 1);
    assert_int_equal(cmi_measure_value(set, 1, NULL, &s, CMI_NULL, to), 2);
    assert_int_equal(cmi_measure_value(set, 2, NULL, &s, CMI_NULL, to), 2);
    assert_int_equal(cmi_measure_value(set, 0, NULL, &s, CMI_NULL, times[0]), CMI_NULL);
}

static void test_dimensions(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "measuring_test", "measures=revenue,orders.weight,height");
    const cmi_measure_set *set = &((const measure_options *)k.plan->options)->set;
    assert_int_equal(set->n, 3);
    assert_int_equal(cmi_measure_decimals(set, 1), 4);
    seed = 3;
    make_rows(set, 50, 9);
    cmi_span span = make_span(set);
    int64_t sum = 0, from = instant("2024-01-02"), to = instant("2024-01-20");
    for (int i = 0; i < rows.n; i++)
        if (counts(i, CMI_ORDERS, from, to) && rows.quantity[i] != CMI_NULL)
            sum += rows.quantity[i];
    assert_true(sum > 0);
    assert_int_equal(cmi_measure_value(set, 1, NULL, &span, from, to), sum);
    span.customer[set->dimension_slot[2]] = 4; /* customers have it: the same on every row */
    for (int i = 0; i < rows.n; i++) rows.quantity[i] = 1234500;
    int64_t height = cmi_measure_value(set, 2, NULL, &span, from, to);
    CM_ASSERT_SAME(cmi_measure_f64(set, 2, height), 123.45);
    assert_true(isnan(cmi_measure_f64(set, 2, CMI_NULL)));
    FAILS(&k, "measuring_test", "measures=aov,all", CM_ERR_OPTION, "'aov' stands there twice");
}

static void test_overflow(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "measuring_test", "measures=revenue");
    const cmi_measure_set *set = &((const measure_options *)k.plan->options)->set;
    int64_t times[] = { 1, 2 }, amount[] = { INT64_MAX, 1 };
    uint64_t sel[] = { 1, 1 };
    cmi_span s = { .n = 2, .time = times, .sel = sel, .fact = CMI_ORDERS };
    s.value[set->slot[CMI_M_AMOUNT]] = amount;
    assert_int_equal(cmi_measure_value(set, 0, NULL, &s, CMI_NULL, 2), INT64_MAX);
    assert_int_equal(cmi_measure_value(set, 0, NULL, &s, CMI_NULL, 3), CMI_NULL);
}

static int open_planning(void **state)
{
    (void)state;
    planning_open(&k);
    return 0;
}

static int close_planning(void **state)
{
    (void)state;
    planning_close(&k);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_planning, close_planning)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_against_loops), TEST(test_many_codes),
                                        TEST(test_zone), TEST(test_dimensions),
                                        TEST(test_overflow) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
