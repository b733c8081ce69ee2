/* SPDX-License-Identifier: MIT */
#include "math/runs.h"

#include <math.h>

#include "math/dist.h"

#define LOG10_E 0.43429448190325182765

int64_t cmi_runs_count(const cmi_run *runs, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += runs[i].count;
    return count;
}

cmi_i128 cmi_runs_sum(const cmi_run *runs, int64_t n)
{
    cmi_i128 sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (cmi_i128)runs[i].value * runs[i].count;
    return sum;
}

int64_t cmi_runs_compact(cmi_run *runs, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        if (runs[i].count == 0) continue;
        if (kept && runs[kept - 1].value == runs[i].value)
            runs[kept - 1].count += runs[i].count;
        else
            runs[kept++] = runs[i];
    }
    return kept;
}

bool cmi_runs_rank(const cmi_run *runs, int64_t n, int64_t k, int64_t *out)
{
    if (k < 1) return false;
    for (int64_t i = 0; i < n; i++) {
        if (k <= runs[i].count) {
            *out = runs[i].value;
            return true;
        }
        k -= runs[i].count;
    }
    return false;
}

bool cmi_runs_quantile1(const cmi_run *runs, int64_t n, double p, int64_t *out)
{
    int64_t count = cmi_runs_count(runs, n);
    if (count < 1 || !(p >= 0.0 && p <= 1.0)) return false;
    double place = ceil((double)count * p);
    int64_t rank = place < 1.0 ? 1 : place >= (double)count ? count : (int64_t)place;
    return cmi_runs_rank(runs, n, rank, out);
}

bool cmi_runs_quantile7(const cmi_run *runs, int64_t n, double p, double *out)
{
    int64_t count = cmi_runs_count(runs, n), low, high;
    if (count < 1 || !(p >= 0.0 && p <= 1.0)) return false;
    double place = (double)(count - 1) * p, whole = floor(place);
    int64_t rank = (int64_t)whole + 1;
    if (rank >= count) { /* p = 1, or rounded there */
        rank = count;
        whole = place;
    }
    if (!cmi_runs_rank(runs, n, rank, &low)) return false;
    if (!(place > whole)) {
        *out = (double)low;
        return true;
    }
    if (!cmi_runs_rank(runs, n, rank + 1, &high)) return false;
    *out = (double)low + (place - whole) * (double)((cmi_i128)high - low);
    return true;
}

bool cmi_runs_mean(const cmi_run *runs, int64_t n, double *out)
{
    int64_t count = cmi_runs_count(runs, n);
    if (count < 1) return false;
    cmi_i128 sum = cmi_runs_sum(runs, n);
    *out = (double)(sum / count) + (double)(sum % count) / (double)count;
    return true;
}

bool cmi_runs_variance(const cmi_run *runs, int64_t n, double *out)
{
    double mean, squares = 0.0;
    int64_t count = cmi_runs_count(runs, n);
    if (count < 2 || !cmi_runs_mean(runs, n, &mean)) return false;
    for (int64_t i = 0; i < n; i++) {
        double difference = (double)runs[i].value - mean;
        squares += (double)runs[i].count * (difference * difference);
    }
    *out = squares / (double)(count - 1);
    return true;
}

void cmi_runs_histogram(const cmi_run *runs, int64_t n, const int64_t *edges, int64_t n_edges,
                        int64_t *bins)
{
    int64_t bin = 0;
    for (int64_t i = 0; i <= n_edges; i++) bins[i] = 0;
    for (int64_t i = 0; i < n; i++) {
        while (bin < n_edges && runs[i].value >= edges[bin]) bin++;
        bins[bin] += runs[i].count;
    }
}

/* Values >= 0 with a positive sum: what shares ask for. */
static bool shareable(const cmi_run *runs, int64_t n, int64_t *count, cmi_i128 *sum)
{
    for (int64_t i = 0; i < n; i++) {
        if (runs[i].count > 0 && runs[i].value < 0) return false;
    }
    *count = cmi_runs_count(runs, n);
    *sum = cmi_runs_sum(runs, n);
    return *sum > 0;
}

bool cmi_runs_gini(const cmi_run *runs, int64_t n, double *out)
{
    int64_t count, below = 0;
    cmi_i128 sum, weighted = 0, term;
    if (!shareable(runs, n, &count, &sum)) return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t c = runs[i].count;
        /* ranks below+1 .. below+c: sum of (2 rank - N - 1) = c (2 below + c - N) */
        cmi_i128 weight = (cmi_i128)c * (2 * (cmi_i128)below + c - count);
        if (__builtin_mul_overflow(weight, (cmi_i128)runs[i].value, &term)) return false;
        if (__builtin_add_overflow(weighted, term, &weighted)) return false;
        below += c;
    }
    *out = (double)weighted / ((double)count * (double)sum);
    return true;
}

bool cmi_runs_lorenz(const cmi_run *runs, int64_t n, double p, double *out)
{
    int64_t count, below = 0;
    cmi_i128 sum, part = 0;
    if (!(p >= 0.0 && p <= 1.0) || !shareable(runs, n, &count, &sum)) return false;
    double place = (double)count * p;
    for (int64_t i = 0; i < n && (double)(below + runs[i].count) <= place; i++) {
        below += runs[i].count;
        part += (cmi_i128)runs[i].value * runs[i].count;
    }
    double value = (double)part;
    int64_t next;
    if (below < count && cmi_runs_rank(runs, n, below + 1, &next)) {
        value += (place - (double)below) * (double)next;
    }
    *out = value / (double)sum;
    return true;
}

bool cmi_runs_top_sum(const cmi_run *runs, int64_t n, int64_t k, cmi_i128 *out)
{
    cmi_i128 sum = 0;
    if (k < 0) return false;
    for (int64_t i = n - 1; i >= 0 && k > 0; i--) {
        int64_t taken = runs[i].count < k ? runs[i].count : k;
        sum += (cmi_i128)runs[i].value * taken;
        k -= taken;
    }
    if (k > 0) return false;
    *out = sum;
    return true;
}

/* One step of the merged walk: takes all runs at the least value ahead; false at the end. */
typedef struct walk {
    const cmi_run *a, *b;
    int64_t n_a, n_b, i, j, below_a, below_b, value;
} walk;

static bool walk_on(walk *w)
{
    if (w->i >= w->n_a && w->j >= w->n_b) return false;
    bool take_a = w->i < w->n_a && (w->j >= w->n_b || w->a[w->i].value <= w->b[w->j].value);
    w->value = take_a ? w->a[w->i].value : w->b[w->j].value;
    while (w->i < w->n_a && w->a[w->i].value == w->value) w->below_a += w->a[w->i++].count;
    while (w->j < w->n_b && w->b[w->j].value == w->value) w->below_b += w->b[w->j++].count;
    return true;
}

static cmi_i128 distance(const walk *w, int64_t total_a, int64_t total_b)
{
    cmi_i128 d = (cmi_i128)w->below_a * total_b - (cmi_i128)w->below_b * total_a;
    return d < 0 ? -d : d;
}

bool cmi_runs_ks(const cmi_run *a, int64_t n_a, const cmi_run *b, int64_t n_b, double *d,
                 double *p_value, double *log10_p)
{
    int64_t total_a = cmi_runs_count(a, n_a), total_b = cmi_runs_count(b, n_b);
    cmi_i128 high = 0;
    if (total_a < 1 || total_b < 1) return false;
    for (walk w = { .a = a, .b = b, .n_a = n_a, .n_b = n_b }; walk_on(&w);) {
        cmi_i128 here = distance(&w, total_a, total_b);
        if (here > high) high = here;
    }
    double x = (double)total_a, y = (double)total_b, statistic = (double)high / (x * y);
    cmi_tails tails = cmi_kolmogorov_tails(statistic * sqrt(x / (x + y) * y));
    if (d) *d = statistic;
    if (p_value) *p_value = tails.upper;
    if (log10_p) *log10_p = tails.log_upper * LOG10_E;
    return true;
}

bool cmi_runs_wasserstein(const cmi_run *a, int64_t n_a, const cmi_run *b, int64_t n_b, double *out)
{
    int64_t total_a = cmi_runs_count(a, n_a), total_b = cmi_runs_count(b, n_b), last = 0;
    double sum = 0.0, gap = 0.0;
    if (total_a < 1 || total_b < 1) return false;
    for (walk w = { .a = a, .b = b, .n_a = n_a, .n_b = n_b }; walk_on(&w); last = w.value) {
        if (gap > 0.0) sum += gap * (double)((cmi_i128)w.value - last);
        gap = (double)distance(&w, total_a, total_b) / ((double)total_a * (double)total_b);
    }
    *out = sum;
    return true;
}
