/* SPDX-License-Identifier: MIT */
#include "shop.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

random_numbers random_start(uint64_t seed, uint64_t purpose, uint64_t key)
{
    uint64_t z = mix(seed + 0x9e3779b97f4a7c15u);
    z = mix(z ^ (purpose * 0xd1342543de82ef95u));
    return (random_numbers){ mix(z + key * 0x9e3779b97f4a7c15u) };
}

uint64_t random_next(random_numbers *r)
{
    return mix(r->state += 0x9e3779b97f4a7c15u);
}

/* The high bits of the product: no division, and a bias below 2^-32. */
uint32_t random_below(random_numbers *r, uint32_t n)
{
    return (uint32_t)(((random_next(r) >> 32) * n) >> 32);
}

bool random_permille(random_numbers *r, uint32_t p)
{
    return random_below(r, 1000) < p;
}

int32_t random_by_weight(random_numbers *r, const uint32_t *weights, int32_t n)
{
    uint32_t draw = random_below(r, 1000);
    int32_t i = 0;
    for (; i < n - 1 && draw >= weights[i]; i++) draw -= weights[i];
    return i;
}

/* Days since 1970-01-01 of a Gregorian date and back, by Hinnant's whole-number arithmetic. */
int64_t seconds_of_date(int32_t year, int32_t month, int32_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * DAY;
}

void write_date(FILE *f, int64_t seconds)
{
    int64_t z = seconds / DAY + 719468, era = z / 146097, of_era = z % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153, day = of_year - (153 * shifted + 2) / 5 + 1;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    year += era * 400 + (month <= 2);
    fprintf(f, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
}

void write_time(FILE *f, int64_t seconds)
{
    int64_t of_day = seconds % DAY;
    write_date(f, seconds);
    fprintf(f, "T%02d:%02d:%02dZ", (int)(of_day / 3600), (int)(of_day / 60 % 60),
            (int)(of_day % 60));
}

void write_money(FILE *f, int64_t cents)
{
    int64_t size = cents < 0 ? -cents : cents;
    fprintf(f, "%s%lld.%02d", cents < 0 ? "-" : "", (long long)(size / 100), (int)(size % 100));
}

int64_t shop_end(const shop *s)
{
    return s->start + (int64_t)s->n_days * DAY;
}
