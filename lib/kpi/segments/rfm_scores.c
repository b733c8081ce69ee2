/* SPDX-License-Identifier: MIT */
#include "kpi/segments/rfm_scores.h"

#include "core/int128.h"
#include "core/sort.h"

bool cmi_rfm_quantile_cuts(const int64_t *sorted, int64_t n, int64_t k, cmi_cuts *out)
{
    out->n = n ? k - 1 : 0;
    out->den = k;
    for (int64_t j = 1; j < k && n; j++) {
        cmi_i128 position = (cmi_i128)(n - 1) * j;
        int64_t low = (int64_t)(position / k), rest = (int64_t)(position % k);
        cmi_i128 at = (cmi_i128)sorted[low] * k;
        if (rest) at += ((cmi_i128)sorted[low + 1] - sorted[low]) * rest;
        if (at > INT64_MAX || at <= INT64_MIN) return false;
        out->at[j - 1] = (int64_t)at;
    }
    return true;
}

int64_t cmi_rfm_class(const cmi_cuts *cuts, int64_t v, bool high)
{
    int64_t class = 1;
    for (int64_t j = 0; j < cuts->n; j++) {
        cmi_i128 scaled = (cmi_i128)v * cuts->den;
        class += high ? cuts->at[j] <= scaled : cuts->at[j] < scaled;
    }
    return class;
}

/* A whole number is above the cut (with high: at or above it) where it is greater than this. */
static int64_t cut_floor(int64_t at, int64_t den, bool high)
{
    int64_t q = at / den, rest = at % den;
    if (rest < 0) q--;
    return high && !rest && q > INT64_MIN ? q - 1 : q;
}

void cmi_rfm_classes(const cmi_cuts *cuts, const int64_t *value, int64_t n, bool high, int64_t *out)
{
    int64_t floor[sizeof cuts->at / sizeof *cuts->at];

    for (int64_t j = 0; j < cuts->n; j++) floor[j] = cut_floor(cuts->at[j], cuts->den, high);
    for (int64_t i = 0; i < n; i++) {
        int64_t class = 1;
        for (int64_t j = 0; j < cuts->n; j++) class += value[i] > floor[j];
        out[i] = class;
    }
}

int64_t cmi_rfm_rank_class(int64_t i, int64_t n, int64_t k, bool ntile)
{
    if (!ntile) return 1 + (int64_t)((cmi_i128)k * i / n);
    int64_t size = n / k, larger = n % k, inside = larger * (size + 1);
    if (i < inside) return 1 + i / (size + 1);
    return 1 + larger + (i - inside) / size;
}

void cmi_rfm_rank(const int64_t *value, int64_t n, int64_t k, bool ntile, bool descending,
                  int64_t *key, uint32_t *order, uint32_t *scratch, int64_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        key[i] = descending ? -value[i] : value[i];
        order[i] = (uint32_t)i;
    }
    cmi_sort_u32_by_i64(order, scratch, key, n);
    for (int64_t i = 0; i < n; i++) out[order[i]] = cmi_rfm_rank_class(i, n, k, ntile);
}

enum {
    NEW,
    POTENTIAL,
    LOYAL,
    CHAMPIONS,
    PROMISING,
    ATTENTION,
    SLEEP,
    RISK,
    LOST,
    HIBERNATING,
    CANT_LOSE
};

const char *const cmi_rfm_name[CMI_RFM_SEGMENTS] = {
    "New Customers", "Potential Loyalists", "Loyal Customers", "Champions",
    "Promising",     "Need Attention",      "About to Sleep",  "At Risk",
    "Lost",          "Hibernating",         "Can't Lose Them",
};

const char *const cmi_rfm_strategy[CMI_RFM_SEGMENTS] = {
    "Welcome them, help with the first use, give a reason for a second order",
    "Recommend related products, offer a membership or loyalty programme",
    "Ask for reviews, offer higher-value products, involve them",
    "Reward them, give early access, ask them to recommend you",
    "Create awareness: show the range, offer a trial",
    "Make a limited offer based on past orders, reactivate them",
    "Share useful content, recommend popular products at a discount, reconnect",
    "Send personal messages, offer a renewal, give helpful resources",
    "Revive interest with one reach-out campaign; otherwise ignore",
    "Offer other relevant products and special discounts, rebuild the brand's value",
    "Win them back with renewals or newer products; talk to them, do not lose them to competition",
};

/* Rows R5 .. R1, columns FM 1 .. 5. */
const int8_t cmi_rfm_map[25] = {
    NEW,       POTENTIAL,   LOYAL,     CHAMPIONS, CHAMPIONS, /* R5 */
    NEW,       POTENTIAL,   LOYAL,     CHAMPIONS, CHAMPIONS, /* R4 */
    PROMISING, ATTENTION,   ATTENTION, LOYAL,     LOYAL,     /* R3 */
    SLEEP,     SLEEP,       RISK,      RISK,      RISK,      /* R2 */
    LOST,      HIBERNATING, RISK,      CANT_LOSE, CANT_LOSE, /* R1 */
};

static int64_t of_five(int64_t class, int64_t k)
{
    return (5 * class + k - 1) / k;
}

int64_t cmi_rfm_cell(int64_t r, int64_t f, int64_t m, int64_t k_r, int64_t k_f, int64_t k_m)
{
    int64_t fm = (of_five(f, k_f) + of_five(m, k_m) + 1) / 2;
    return (5 - of_five(r, k_r)) * 5 + fm - 1;
}
