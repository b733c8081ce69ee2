/* SPDX-License-Identifier: MIT
 *
 * Days and civil dates after Hinnant, "chrono-Compatible Low-Level Date Algorithms": years run from
 * March, so that the leap day is the last and months follow one linear rule. */
#include "core/calendar.h"

#define DAYS_PER_ERA    146097 /* 400 years */
#define EPOCH_FROM_ZERO 719468 /* 0000-03-01 to 1970-01-01 */
#define MAX_MONTHS      (INT64_C(12) * 4000000000)

int64_t cmi_days_from_civil(int64_t y, int32_t m, int32_t d)
{
    y -= m <= 2;
    int64_t era = cmi_floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_FROM_ZERO;
}

void cmi_civil_from_days(int64_t days, int64_t *y, int32_t *m, int32_t *d)
{
    /* No caller has such days; the sum must not wrap all the same. */
    if (days > INT64_MAX - EPOCH_FROM_ZERO) days = INT64_MAX - EPOCH_FROM_ZERO;
    days += EPOCH_FROM_ZERO;
    int64_t era = cmi_floor_div(days, DAYS_PER_ERA);
    int32_t day_of_era = (int32_t)(days - era * DAYS_PER_ERA);
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month = (5 * day_of_year + 2) / 153;
    *d = day_of_year - (153 * month + 2) / 5 + 1;
    *m = month < 10 ? month + 3 : month - 9;
    *y = year_of_era + era * 400 + (*m <= 2);
}

static bool is_leap(int64_t y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

int32_t cmi_days_in_month(int64_t y, int32_t m)
{
    if (m == 2) return is_leap(y) ? 29 : 28;
    return 30 + ((m + (m > 7)) & 1);
}

int32_t cmi_weekday(int64_t days)
{
    int64_t w = (days % 7 + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int32_t)(w < 0 ? w + 7 : w);
}

int64_t cmi_add_months(int64_t days, int64_t months)
{
    int64_t y;
    int32_t m, d;
    cmi_civil_from_days(days, &y, &m, &d);
    if (months > MAX_MONTHS) months = MAX_MONTHS;
    if (months < -MAX_MONTHS) months = -MAX_MONTHS;
    int64_t count = y * 12 + (m - 1) + months;
    y = cmi_floor_div(count, 12);
    m = (int32_t)(count - y * 12) + 1;
    int32_t last = cmi_days_in_month(y, m);
    return cmi_days_from_civil(y, m, d < last ? d : last);
}
