/* SPDX-License-Identifier: MIT */
#include "shop.h"

enum { CHANNEL_REFERRAL = 5 };
enum { PURPOSE_CUSTOMER = 1, PURPOSE_PRODUCT = 2, PURPOSE_SPEND = 3 };

const channel channels[N_CHANNELS] = {
    { "search", 280, 900, 90 }, { "social", 180, 700, 60 }, { "ads", 160, 1200, 50 },
    { "email", 100, 120, 120 }, { "partner", 80, 300, 80 }, { "referral", 80, 0, 110 },
    { "direct", 120, 0, 100 },
};

static const char *const countries[N_COUNTRIES] = { "DE", "FR", "GB", "US", "NL" };
static const uint32_t country_weights[N_COUNTRIES] = { 300, 250, 200, 150, 100 };

static const char *const categories[] = { "kitchen", "garden", "books", "toys", "sport" };

customer make_customer(const shop *s, int64_t id)
{
    random_numbers r = random_start(s->seed, PURPOSE_CUSTOMER, (uint64_t)id);
    uint32_t weights[N_CHANNELS];
    for (int i = 0; i < N_CHANNELS; i++) weights[i] = channels[i].weight;
    customer c = { .id = id };
    c.channel = random_by_weight(&r, weights, N_CHANNELS);
    /* Sign-ups are spread over the first nine tenths of the time, more of them later: the larger
     * of two draws in half of the cases. */
    uint32_t span = (uint32_t)s->n_days * 9 / 10 * DAY;
    uint32_t at = random_below(&r, span), other = random_below(&r, span);
    if (random_permille(&r, 500) && other > at) at = other;
    c.signed_up = s->start + at;
    c.variant_b = random_permille(&r, 500);
    return c;
}

void write_customer(const shop *s, const customer *c)
{
    random_numbers r = random_start(s->seed, PURPOSE_CUSTOMER, (uint64_t)c->id + (1ull << 62));
    FILE *f = s->file[T_CUSTOMERS];
    fprintf(f, "c%lld,", (long long)c->id);
    write_time(f, c->signed_up);
    fprintf(f, ",%s,%s,", channels[c->channel].name,
            countries[random_by_weight(&r, country_weights, N_COUNTRIES)]);
    /* One in twenty did not tell. */
    if (!random_permille(&r, 50)) {
        /* One draw a statement: arguments are evaluated in no fixed order. */
        int32_t year = 1945 + (int32_t)random_below(&r, 60);
        int32_t month = 1 + (int32_t)random_below(&r, 12);
        int32_t day = 1 + (int32_t)random_below(&r, 28);
        write_date(f, seconds_of_date(year, month, day));
    }
    fputc(',', f);
    /* A referred customer names one with a smaller number, who need not have signed up before. */
    bool referred = c->channel == CHANNEL_REFERRAL && c->id > 1;
    if (referred) fprintf(f, "c%u", 1 + random_below(&r, (uint32_t)(c->id - 1)));
    fprintf(f, ",%s\n", random_permille(&r, 650) ? "mobile" : "desktop");
}

void make_products(shop *s)
{
    for (int i = 0; i < N_PRODUCTS; i++) {
        random_numbers r = random_start(s->seed, PURPOSE_PRODUCT, (uint64_t)i);
        product *p = &s->products[i];
        snprintf(p->name, sizeof p->name, "p%02d", i + 1);
        p->category = categories[i % 5];
        p->price = 490 + 500 * (int64_t)random_below(&r, 18);
        p->cost = p->price * (35 + (int64_t)random_below(&r, 30)) / 100;
        FILE *f = s->file[T_PRODUCTS];
        fprintf(f, "%s,%s,", p->name, p->category);
        write_money(f, p->price);
        fputc(',', f);
        write_money(f, p->cost);
        fputc('\n', f);
    }
}

void write_spend(const shop *s)
{
    FILE *f = s->file[T_SPEND];
    for (int32_t week = 0; week * 7 < s->n_days; week++) {
        int64_t from = s->start + (int64_t)week * 7 * DAY, to = from + 7 * DAY;
        if (to > shop_end(s)) to = shop_end(s);
        for (int i = 0; i < N_CHANNELS; i++) {
            if (!channels[i].weekly_spend) continue;
            random_numbers r =
                random_start(s->seed, PURPOSE_SPEND, (uint64_t)week * N_CHANNELS + (uint64_t)i);
            int64_t amount = (int64_t)channels[i].weekly_spend * (80 + random_below(&r, 41));
            int64_t impressions = amount / 2 + random_below(&r, 2000);
            write_date(f, from);
            fputc(',', f);
            write_date(f, to);
            fputc(',', f);
            write_money(f, amount * (to - from) / (7 * DAY));
            fprintf(f, ",%s,%s-%d,marketing,acquire,%lld,%lld\n", channels[i].name,
                    channels[i].name, (int)(week / 13 + 1), (long long)impressions,
                    (long long)(impressions / (20 + random_below(&r, 30))));
        }
    }
}
