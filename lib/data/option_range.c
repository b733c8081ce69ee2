/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "data/batch.h"
#include "data/grammar.h"

/* What an option allows: ranges of numbers and durations, and choices. */

/* ---- ranges ---- */

/* "1..366", "(0..1)", "1..", "..5": the two edges; a bracket makes its edge exclusive. */
typedef struct value_range {
    char lower[32], upper[32];
    bool above, below; /* exclusive */
} value_range;

static void copy_edge(char *to, size_t capacity, const char *p, size_t n)
{
    n = n < capacity ? n : capacity - 1;
    memcpy(to, p, n);
    to[n] = '\0';
}

static bool split_range(const char *text, value_range *out)
{
    const char *dots = text ? strstr(text, "..") : NULL;
    if (!dots) return false;
    size_t n = strlen(text);
    out->above = *text == '(';
    out->below = text[n - 1] == ')';
    const char *start = text + out->above, *end = text + n - out->below;
    copy_edge(out->lower, sizeof out->lower, start, (size_t)(dots - start));
    copy_edge(out->upper, sizeof out->upper, dots + 2, (size_t)(end - dots - 2));
    return true;
}

static cm_status out_of_range(const cmi_option_reader *r, const cmi_option *o, const char *text)
{
    bool unit = o->unit && *o->unit;
    return cmi_option_bad(r, "'%s' is outside %s%s%s", text, o->range, unit ? " " : "",
                          unit ? o->unit : "");
}

cm_status cmi_number_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                           double v)
{
    value_range range;
    double edge;
    if (!split_range(o->range, &range)) return CM_OK;
    if (cmi_parse_f64(range.lower, (int64_t)strlen(range.lower), &edge) &&
        (range.above ? v <= edge : v < edge))
        return out_of_range(r, o, text);
    if (cmi_parse_f64(range.upper, (int64_t)strlen(range.upper), &edge) &&
        (range.below ? v >= edge : v > edge))
        return out_of_range(r, o, text);
    return CM_OK;
}

cm_status cmi_duration_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                             cmi_duration v)
{
    value_range range;
    cmi_duration edge;
    int64_t us = cmi_duration_us(v);
    if (!split_range(o->range, &range)) return CM_OK;
    if (cmi_duration_parse(range.lower, &edge) &&
        (range.above ? us <= cmi_duration_us(edge) : us < cmi_duration_us(edge)))
        return out_of_range(r, o, text);
    if (cmi_duration_parse(range.upper, &edge) &&
        (range.below ? us >= cmi_duration_us(edge) : us > cmi_duration_us(edge)))
        return out_of_range(r, o, text);
    return CM_OK;
}

/* ---- choices ---- */

/* The index of a text among "a|b|!c"; -1: not there. */
static int32_t find_choice(const char *range, const char *text, bool *offered)
{
    size_t n = strlen(text);
    for (int32_t i = 0; range; i++) {
        const char *end = strchr(range, '|');
        size_t length = end ? (size_t)(end - range) : strlen(range);
        bool known_only = *range == '!';
        *offered = !known_only;
        if (length - known_only == n && n && memcmp(range + known_only, text, n) == 0) return i;
        range = end ? end + 1 : NULL;
    }
    return -1;
}

/* The choices that are offered: "a, b". */
static void list_choices(const char *range, char *text, size_t capacity)
{
    size_t at = 0;
    text[0] = '\0';
    while (range) {
        const char *end = strchr(range, '|');
        size_t length = end ? (size_t)(end - range) : strlen(range);
        if (*range != '!' && at + length + 3 < capacity)
            at += (size_t)snprintf(text + at, capacity - at, "%s%.*s", at ? ", " : "", (int)length,
                                   range);
        range = end ? end + 1 : NULL;
    }
}

cm_status cmi_choice_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                           int32_t *index)
{
    char offered[300];
    bool is_offered;
    *index = find_choice(o->range, text, &is_offered);
    if (*index >= 0 && is_offered) return CM_OK;
    list_choices(o->range, offered, sizeof offered);
    if (*index >= 0)
        return cmi_option_fail(r, CM_ERR_UNSUPPORTED,
                               "%s is known, but this version does not offer it; offered: %s", text,
                               offered);
    return cmi_option_bad(r, "'%s' is none of: %s", text, offered);
}
