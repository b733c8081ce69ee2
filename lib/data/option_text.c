/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "data/batch.h"
#include "data/grammar.h"
#include "data/utf8.h"

/* Texts of single values, and of lists of them. Each reader appends the canonical text. */

/* ---- words to values ---- */

static cm_status read_choice(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                             void *value)
{
    int32_t index;
    cm_status status = cmi_choice_check(r, o, w->text, &index);
    if (status != CM_OK) return status;
    memcpy(value, &index, sizeof index);
    cmi_put_text(r->canonical, w->text);
    return CM_OK;
}

static bool read_digits(const char *p, int64_t *out)
{
    bool negative = *p == '-';
    int64_t v = 0;
    p += negative;
    if (!*p) return false;
    for (; *p; p++) {
        if (*p < '0' || *p > '9') return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *p - '0', &v))
            return false;
    }
    if (v == INT64_MIN) return false; /* stands for null */
    *out = negative ? v : -v;
    return true;
}

static cm_status read_int(cmi_option_reader *r, const cmi_option *o, const cmi_word *w, void *value)
{
    int64_t v;
    if (!read_digits(w->text, &v)) return cmi_option_bad(r, "'%s' is not a whole number", w->text);
    cm_status status = cmi_number_check(r, o, w->text, (double)v);
    if (status != CM_OK) return status;
    memcpy(value, &v, sizeof v);
    cmi_put_format(r->canonical, "%lld", (long long)v);
    return CM_OK;
}

static cm_status read_number(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                             void *value)
{
    char text[32];
    double v;
    if (!cmi_parse_f64(w->text, (int64_t)w->n, &v) || !isfinite(v))
        return cmi_option_bad(r, "'%s' is not a number", w->text);
    cm_status status = cmi_number_check(r, o, w->text, v);
    if (status != CM_OK) return status;
    v = v == 0 ? 0 : v; /* not -0 */
    memcpy(value, &v, sizeof v);
    int32_t n = cmi_f64_shortest(v, text);
    cmi_put_bytes(r->canonical, text, (size_t)n);
    return CM_OK;
}

static cm_status read_bool(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                           void *value)
{
    static const char *const words[] = { "false", "true", "no", "yes", "0", "1", "off", "on" };
    (void)o;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(w->text, words[i]) != 0) continue;
        *(bool *)value = i % 2;
        cmi_put_text(r->canonical, words[i % 2]);
        return CM_OK;
    }
    return cmi_option_bad(r, "'%s' is neither true nor false", w->text);
}

static cm_status read_duration(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                               void *value)
{
    char text[40];
    cmi_duration v;
    if (!cmi_duration_parse(w->text, &v))
        return cmi_option_bad(r, "'%s' is no duration such as 30min, 24h, 7d, 4w, 3m, 1y", w->text);
    cm_status status = cmi_duration_check(r, o, w->text, v);
    if (status != CM_OK) return status;
    memcpy(value, &v, sizeof v);
    cmi_duration_format(v, text, sizeof text);
    cmi_put_text(r->canonical, text);
    return CM_OK;
}

static cm_status read_text(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                           void *value)
{
    int32_t index;
    cm_status status = o->range ? cmi_choice_check(r, o, w->text, &index) : CM_OK;
    if (status != CM_OK) return status;
    memcpy(value, &w->text, sizeof w->text);
    cmi_word_put(r->canonical, w->text, ",");
    return CM_OK;
}

static cm_status read_date(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                           void *value)
{
    char text[64];
    int32_t kind;
    int64_t v;
    (void)o;
    if (!cmi_time_parse(w->text, w->n, &kind, &v))
        return cmi_option_bad(r, "'%s' is no date such as 2024-03-31 or 2024-03-31T10:00:00",
                              w->text);
    if (kind == 0)
        cmi_date_print(v, text, sizeof text);
    else
        cmi_time_print(NULL, v, text, sizeof text);
    if (kind == 1) text[strlen(text) - 1] = '\0'; /* a local time has no Z */
    if (kind == 0) v = cmi_tz_midnight(r->tz, v);
    if (kind == 1) v = cmi_tz_from_local(r->tz, v);
    if (v < CMI_TIME_MIN || v > CMI_TIME_MAX)
        return cmi_option_bad(r, "'%s' leaves the years 1 to 9999", w->text);
    memcpy(value, &v, sizeof v);
    cmi_put_text(r->canonical, text);
    return CM_OK;
}

static cm_status read_period(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                             void *value)
{
    static const char *const names[] = {
        [CMI_UNIT_HOUR] = "hour",   [CMI_UNIT_DAY] = "day",         [CMI_UNIT_WEEK] = "week",
        [CMI_UNIT_MONTH] = "month", [CMI_UNIT_QUARTER] = "quarter", [CMI_UNIT_YEAR] = "year"
    };
    cmi_period v;
    (void)o;
    if (!cmi_period_parse(w->text, &v))
        return cmi_option_bad(
            r, "'%s' is none of: hour, day, week, month, quarter, year, days such as 14d, all",
            w->text);
    memcpy(value, &v, sizeof v);
    if (!v.unit)
        cmi_put_text(r->canonical, "all");
    else if (v.step == 1)
        cmi_put_text(r->canonical, names[v.unit]);
    else
        cmi_put_format(r->canonical, "%lldd", (long long)v.step);
    return CM_OK;
}

static cm_status read_zone(cmi_option_reader *r, const cmi_option *o, const cmi_word *w,
                           void *value)
{
    cmi_tz *tz;
    (void)o;
    cm_status status = cmi_tz_load(r->ctx, w->text, &tz, r->err);
    if (status != CM_OK) {
        cmi_error_prefix(r->err, "%s=%s: ", r->option, w->text);
        cmi_error_option(r->err, r->option);
        return status;
    }
    const char *name = cmi_arena_text(r->arena, cmi_tz_name(tz), strlen(cmi_tz_name(tz)));
    cmi_tz_release(tz);
    if (!name) return cmi_no_memory(r->ctx, r->err);
    memcpy(value, &name, sizeof name);
    cmi_put_text(r->canonical, name);
    return CM_OK;
}

/* ---- the whole ---- */

typedef cm_status (*word_fn)(cmi_option_reader *, const cmi_option *, const cmi_word *, void *);

static cm_status read_one(cmi_option_reader *r, const cmi_option *o, const char *text, word_fn read,
                          void *value)
{
    cmi_word w;
    cm_status status = cmi_word_next(r, &text, "", &w);
    return status == CM_OK ? read(r, o, &w, value) : status;
}

/* All lists are a count and a pointer to elements. */
typedef struct any_list {
    int64_t n;
    void *v;
} any_list;

static cm_status read_list(cmi_option_reader *r, const cmi_option *o, const char *text,
                           word_fn read, size_t size, void *value)
{
    any_list list = { 0, cmi_option_room(r, cmi_words_bound(text, ","), size) };
    cmi_word w = { .stop = ',' };
    if (!list.v) return CM_ERR_MEMORY;
    while (w.stop) {
        cm_status status = cmi_word_next(r, &text, ",", &w);
        if (status == CM_OK && !w.n && !w.quoted)
            status = cmi_option_bad(r, "there is nothing between two commas");
        if (list.n) cmi_put_u8(r->canonical, ',');
        if (status == CM_OK) status = read(r, o, &w, (char *)list.v + size * (size_t)list.n++);
        if (status != CM_OK) return status;
    }
    memcpy(value, &list, sizeof list);
    return CM_OK;
}

/* name:number,name:number */
static cm_status read_map(cmi_option_reader *r, const cmi_option *o, const char *text, void *value)
{
    int64_t most = cmi_words_bound(text, ",");
    const char **names = cmi_option_room(r, most, sizeof *names);
    double *numbers = cmi_option_room(r, most, sizeof *numbers);
    cmi_map map = { 0, names, numbers };
    cmi_word name = { 0 }, number = { .stop = ',' };
    if (!names || !numbers) return CM_ERR_MEMORY;
    while (number.stop) {
        cm_status status = cmi_word_next(r, &text, ":,", &name);
        if (status == CM_OK && (name.stop != ':' || !name.n))
            status = cmi_option_bad(r, "'%s' is not of the form name:number", name.text);
        if (status == CM_OK) status = cmi_word_next(r, &text, ",", &number);
        if (status != CM_OK) return status;
        if (map.n) cmi_put_u8(r->canonical, ',');
        cmi_word_put(r->canonical, name.text, ",:");
        cmi_put_u8(r->canonical, ':');
        for (int64_t i = 0; i < map.n; i++)
            if (strcmp(names[i], name.text) == 0)
                return cmi_option_bad(r, "'%s' stands there twice", name.text);
        names[map.n] = name.text;
        status = read_number(r, o, &number, &numbers[map.n++]);
        if (status != CM_OK) return status;
    }
    memcpy(value, &map, sizeof map);
    return CM_OK;
}

/* A text stands as it is: one layer of quotes around the whole is taken off where it has one. */
static cm_status read_plain_text(cmi_option_reader *r, const cmi_option *o, const char *text,
                                 void *value)
{
    cmi_word w;
    const char *p = text;
    while (*p == ' ') p++;
    bool quoted = *p == '"';
    cm_status status = quoted ? cmi_word_next(r, &p, "", &w) : CM_OK;
    if (status != CM_OK) return status;
    if (!quoted) {
        size_t n = strlen(p);
        while (n && p[n - 1] == ' ') n--;
        const char *copy = cmi_arena_text(r->arena, p, n);
        if (!copy) return cmi_no_memory(r->ctx, r->err);
        w = (cmi_word){ .text = copy, .n = n };
    }
    int32_t index;
    if (o->range && (status = cmi_choice_check(r, o, w.text, &index)) != CM_OK) return status;
    memcpy(value, &w.text, sizeof w.text);
    cmi_word_put(r->canonical, w.text, "\"");
    return CM_OK;
}

/* Types that are words, or lists of words of some size. */
static const struct {
    word_fn read;
    size_t element; /* 0: a single value */
} READERS[] = {
    [CMI_T_BOOL] = { read_bool, 0 },
    [CMI_T_INT] = { read_int, 0 },
    [CMI_T_NUMBER] = { read_number, 0 },
    [CMI_T_CHOICE] = { read_choice, 0 },
    [CMI_T_DURATION] = { read_duration, 0 },
    [CMI_T_DATE] = { read_date, 0 },
    [CMI_T_PERIOD] = { read_period, 0 },
    [CMI_T_ZONE] = { read_zone, 0 },
    [CMI_T_INTS] = { read_int, sizeof(int64_t) },
    [CMI_T_NUMBERS] = { read_number, sizeof(double) },
    [CMI_T_TEXTS] = { read_text, sizeof(char *) },
    [CMI_T_DURATIONS] = { read_duration, sizeof(cmi_duration) },
    [CMI_T_COMMON] = { NULL, 0 },
};

static cm_status read_value(cmi_option_reader *r, const cmi_option *o, const char *text,
                            void *value)
{
    word_fn read = READERS[o->type].read;
    size_t element = READERS[o->type].element;

    if (read && element) return read_list(r, o, text, read, element, value);
    if (read) return read_one(r, o, text, read, value);
    switch (o->type) {
    case CMI_T_MAP:
        return read_map(r, o, text, value);
    case CMI_T_SELECTOR:
        return cmi_selector_read(r, text, value);
    case CMI_T_STEPS:
        return cmi_steps_read(r, text, value);
    case CMI_T_WHERE:
        return cmi_where_read(r, text, value);
    case CMI_T_BY:
        return cmi_by_read(r, text, value);
    default: /* texts, and nested options, which the child's own options check */
        return read_plain_text(r, o, text, value);
    }
}

cm_status cmi_option_read(cmi_option_reader *r, const cmi_option *o, const char *text, void *value)
{
    int64_t scratch[16];
    _Static_assert(sizeof scratch >= sizeof(cmi_selector), "holds any value but cmi_common");
    void *into = value ? value : scratch;

    r->text = text;
    if (!cmi_utf8_valid(text, strlen(text))) return cmi_option_bad(r, "the text is not UTF-8");
    if (!text[strspn(text, " ")]) {
        if (o->fallback)
            return cmi_option_bad(r, "a value is needed; the default is %s", o->fallback);
        cmi_option_unset(o, into);
        return CM_OK;
    }
    return read_value(r, o, text, into);
}
