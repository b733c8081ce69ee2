/* SPDX-License-Identifier: MIT */
#ifndef DATA_CELLS_FIXTURE_H
#define DATA_CELLS_FIXTURE_H

#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/parallel.h"
#include "data/plan.h"

/* A plan made by hand: cells know nothing of it but definitions, extents, by and max_groups. */
enum { DAYS, OWNERS, PAIRS, PATHS, WORDS, HUGE };

static const cmi_cells_def DEFS[] = {
    [DAYS] = CMI_CELLS("days", "window,day", "n,money:sum128,weight:fix128"),
    [OWNERS] = CMI_CELLS("owners", "customer:customer", "first:once,score:once_f64"),
    [PAIRS] = CMI_CELLS("pairs", "customer:customer,product:product,step",
                        "n,money:sum128,weight:fix128"),
    [PATHS] = CMI_CELLS("paths", "kind,channel...:channel", "n"),
    [WORDS] = CMI_CELLS("words", "word:own", "n,first:once"),
    [HUGE] = CMI_CELLS("huge", "a,b,c", "n,money:sum128"),
    CMI_CELLS_END
};
static const cmi_kpi KPI = { .id = "fixture", .cells = DEFS };

enum { N_CUSTOMERS = 300, N_PRODUCTS = 12, N_CHANNELS = 5, N_REGIONS = 4 };

typedef struct fixture {
    cm_context *ctx;
    cmi_plan plan;
    cmi_by_item by[2];
} fixture;

static inline void make_plan(fixture *f, int n_by)
{
    static const cmi_by_item items[2] = {
        { .kind = CMI_BY_DIMENSION, .text = "region", .name = "region", .output = "region" },
        { .kind = CMI_BY_BANDS, .text = "age", .name = "age", .output = "age_band" }
    };
    memset(&f->plan, 0, sizeof f->plan);
    memcpy(f->by, items, sizeof items);
    f->plan.ctx = f->ctx;
    f->plan.kpi = &KPI;
    f->plan.by = (cmi_by){ n_by, f->by };
    f->plan.common.max_groups = 10000;
    f->plan.n_dense[DAYS] = 2;
    f->plan.dense[DAYS][0] = 3;
    f->plan.dense[DAYS][1] = 20;
    f->plan.n_dense[HUGE] = 3;
    f->plan.dense[HUGE][0] = 10000;
    f->plan.dense[HUGE][1] = 10000;
    f->plan.dense[HUGE][2] = 7;
}

static inline void open_fixture(fixture *f, int n_by)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(cm_context_create(NULL, &f->ctx, NULL), CM_OK);
    make_plan(f, n_by);
}

static inline void close_fixture(fixture *f)
{
    assert_int_equal(cm_context_memory(f->ctx), 0);
    cm_context_destroy(f->ctx);
}

/* Texts "c3", "c4", ... of those numbers that a part knows; `first` so that parts have other codes.
 */
static inline cmi_dict *make_dict(cm_context *ctx, const char *letter, int n, const bool *known,
                                  uint32_t *code)
{
    cmi_intern *in = cmi_intern_create(ctx);
    uint32_t *renumber, *old = calloc((size_t)n, sizeof *old);
    if (!in || !old) {
        if (in) cmi_intern_destroy(in);
        free(old);
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "%s%d", letter, i * 7 % n);
        int at = i * 7 % n;
        if (known && !known[at]) continue;
        old[at] = cmi_intern_add(in, text, (size_t)length, cmi_hash(text, (size_t)length));
        if (!old[at]) {
            cmi_intern_destroy(in);
            free(old);
            return NULL;
        }
    }
    cmi_dict *dict = cmi_dict_from_intern(in, &renumber);
    if (!dict) {
        free(old);
        return NULL;
    }
    for (int i = 0; i < n; i++) code[i] = renumber[old[i]];
    cmi_free(ctx, renumber);
    free(old);
    return dict;
}

static inline uint64_t next_random(uint64_t *x)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return cmi_mix(*x);
}

static const char *const BANDS[] = { "<18", "18..25", ">=25" };

/* One part of the facts: owners with hash mod n = i are collected into a new state. Facts follow
 * from the owner's number alone, so that any cut of the owners gives the same whole. NULL: no
 * memory. */
typedef struct dicts {
    cmi_dict *customer, *product, *channel, *region;
    uint32_t customer_code[N_CUSTOMERS], product_code[N_PRODUCTS], channel_code[N_CHANNELS],
        region_code[N_REGIONS];
} dicts;

static inline void free_dicts(dicts *d)
{
    cmi_dict_release(d->customer);
    cmi_dict_release(d->product);
    cmi_dict_release(d->channel);
    cmi_dict_release(d->region);
}

static inline bool bind_dicts(cmi_state *s, const dicts *d, int n_by)
{
    bool ok = cmi_state_bind_dict(s, OWNERS, 0, d->customer) &&
              cmi_state_bind_dict(s, PAIRS, 0, d->customer) &&
              cmi_state_bind_dict(s, PAIRS, 1, d->product) &&
              cmi_state_bind_dict(s, PATHS, 1, d->channel);
    if (n_by > 0) ok = ok && cmi_state_bind_by(s, 0, d->region);
    if (n_by > 1) ok = ok && cmi_state_bind_bands(s, 1, BANDS, 3);
    return ok;
}

static inline void collect_owner(cmi_state *s, const dicts *d, int owner, int n_by)
{
    uint64_t x = (uint64_t)owner * 77 + 5;
    int64_t codes[2] = { d->region_code[next_random(&x) % N_REGIONS],
                         (int64_t)(next_random(&x) % 4) };
    if (owner % 11 == 0) codes[0] = 0;
    uint32_t group = n_by ? cmi_state_group(s, codes, n_by) : 0;
    int64_t customer = d->customer_code[owner];
    int n = (int)(next_random(&x) % 6);

    for (int i = 0; i < n; i++) {
        int64_t window = (int64_t)(next_random(&x) % 3), day = (int64_t)(next_random(&x) % 20);
        int64_t money = (int64_t)(next_random(&x) >> 2) - (INT64_C(1) << 60);
        double weight = (double)(int64_t)(next_random(&x) >> 12) / 3.0e9;
        cmi_cell(s, DAYS, group, window)[day]++;
        cmi_cell_column128(s, DAYS, 1, group, window)[day] += money;
        cmi_cell_column128(s, DAYS, 2, group, window)[day] += cmi_fix128(weight);
        int64_t key[] = { customer, d->product_code[next_random(&x) % N_PRODUCTS],
                          (int64_t)(next_random(&x) % 3) - 1 };
        cmi_cell_row row = cmi_at(s, PAIRS, group, key, 3);
        cmi_add64(s, PAIRS, row, 0, 1);
        cmi_add64(s, PAIRS, row, 1, money);
        cmi_add_f64(s, PAIRS, row, 2, weight);
        int64_t at = (int64_t)(next_random(&x) % 100);
        cmi_cell(s, HUGE, group, at * 1000003)[i]++;
        cmi_cell_column128(s, HUGE, 1, group, at * 1000003)[i] += money;
    }
    cmi_cell_row row = cmi_at(s, OWNERS, group, &customer, 1);
    cmi_set(s, OWNERS, row, 0, owner * INT64_C(1000));
    cmi_set_f64(s, OWNERS, row, 1, owner / 7.0);
    int64_t path[8] = { owner % 2 };
    int length = (int)(next_random(&x) % 4);
    for (int i = 0; i < length; i++) path[1 + i] = d->channel_code[next_random(&x) % N_CHANNELS];
    cmi_add64(s, PATHS, cmi_at(s, PATHS, group, path, 1 + length), 0, 1);
    char text[16];
    int text_length = snprintf(text, sizeof text, "w%d", owner % 13);
    int64_t word = cmi_state_intern(s, WORDS, 0, text, (size_t)text_length);
    cmi_add64(s, WORDS, cmi_at(s, WORDS, group, &word, 1), 0, 2);
    cmi_state_count(s, "n_seen", 1);
}

static inline bool make_dicts(cm_context *ctx, dicts *d, int part, int n_parts)
{
    bool known[N_CUSTOMERS];
    memset(d, 0, sizeof *d);
    for (int i = 0; i < N_CUSTOMERS; i++) known[i] = i % n_parts == part;
    d->customer = make_dict(ctx, "c", N_CUSTOMERS, known, d->customer_code);
    d->product = make_dict(ctx, "", N_PRODUCTS, NULL, d->product_code);
    d->channel = make_dict(ctx, n_parts > 1 ? "ch" : "ch", N_CHANNELS, NULL, d->channel_code);
    d->region = make_dict(ctx, "r", N_REGIONS, NULL, d->region_code);
    return d->customer && d->product && d->channel && d->region;
}

/* The owners `from`, from + step, ... of the part; dictionaries of the part. */
static inline cmi_state *collect_part(fixture *f, const dicts *d, int from, int step,
                                      bool backwards)
{
    cmi_state *s;
    int n_by = (int)f->plan.by.n, n = (N_CUSTOMERS - from + step - 1) / step;
    if (cmi_state_create(&f->plan, &s, NULL) != CM_OK) return NULL;
    if (!bind_dicts(s, d, n_by)) {
        cmi_state_destroy(s);
        return NULL;
    }
    for (int i = 0; i < n; i++)
        collect_owner(s, d, from + (backwards ? n - 1 - i : i) * step, n_by);
    return s;
}

static inline cm_buffer *bytes_of(const fixture *f, const cmi_state *s)
{
    cm_buffer *b;
    assert_int_equal(cm_buffer_create(f->ctx, &b, NULL), CM_OK);
    assert_int_equal(cmi_state_write(s, b, NULL), CM_OK);
    return b;
}

static inline void assert_same_bytes(const cm_buffer *a, const cm_buffer *b)
{
    assert_int_equal(cm_buffer_size(a), cm_buffer_size(b));
    assert_memory_equal(cm_buffer_data(a), cm_buffer_data(b), (size_t)cm_buffer_size(a));
}

#endif
