/* SPDX-License-Identifier: MIT */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/context.h"

#define MESSAGE_SIZE 512
#define NAME_SIZE    128
#define HINT_SIZE    256

struct cm_error {
    cm_status status;
    int64_t row;
    char message[MESSAGE_SIZE];
    char table[NAME_SIZE];
    char column[NAME_SIZE];
    char option[NAME_SIZE];
    char hint[HINT_SIZE];
};

cm_error *cm_error_create(void)
{
    return calloc(1, sizeof(cm_error));
}

void cm_error_destroy(cm_error *err)
{
    free(err);
}

cm_status cm_error_status(const cm_error *err)
{
    return err ? err->status : CM_OK;
}

const char *cm_error_message(const cm_error *err)
{
    return err ? err->message : "";
}

const char *cm_error_table(const cm_error *err)
{
    return err ? err->table : "";
}

const char *cm_error_column(const cm_error *err)
{
    return err ? err->column : "";
}

const char *cm_error_option(const cm_error *err)
{
    return err ? err->option : "";
}

int64_t cm_error_row(const cm_error *err)
{
    return err ? err->row : 0;
}

const char *cm_error_hint(const cm_error *err)
{
    return err ? err->hint : "";
}

/* Length of the UTF-8 character at p, 0 if it is none (RFC 3629: shortest form, no surrogates). */
static size_t measure_character(const unsigned char *p)
{
    if (p[0] < 0x80) return 1;
    size_t n = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))) return 0;
    if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))) return 0;
    return n;
}

/* Messages quote values of the input. Control characters would break "one line", and bytes that are
 * no UTF-8 break bindings that decode the text. A character cut at the end of the room goes. */
static void clean_text(char *text, bool cut)
{
    unsigned char *p = (unsigned char *)text;
    while (*p) {
        size_t n = measure_character(p);
        if (n == 0) {
            size_t left = strlen((char *)p);
            if (cut && left < 4 && *p >= 0xc2) {
                *p = '\0';
                return;
            }
            *p = '?';
            n = 1;
        } else if (*p < 0x20 || *p == 0x7f) {
            *p = ' ';
        }
        p += n;
    }
}

static void set_text(char *to, size_t capacity, const char *format, va_list args)
{
    int n = vsnprintf(to, capacity, format, args);
    if (n < 0) to[0] = '\0';
    clean_text(to, n >= 0 && (size_t)n >= capacity);
}

static void copy_text(char *to, size_t capacity, const char *from)
{
    size_t n = from ? strlen(from) : 0;
    bool cut = n >= capacity;
    if (cut) n = capacity - 1;
    if (n) memmove(to, from, n);
    to[n] = '\0';
    clean_text(to, cut);
}

void cmi_error_reset(cm_error *err)
{
    if (!err) return;
    err->status = CM_OK;
    err->row = 0;
    err->message[0] = err->table[0] = err->column[0] = err->option[0] = err->hint[0] = '\0';
}

cm_status cmi_fail(cm_error *err, cm_status status, const char *format, ...)
{
    if (!err) return status;
    /* The arguments may be texts of this very object, so it is only changed when they are read. */
    char text[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    set_text(text, sizeof text, format, args);
    va_end(args);
    cmi_error_reset(err);
    err->status = status;
    memcpy(err->message, text, sizeof text);
    return status;
}

void cmi_error_at(cm_error *err, const char *table, int64_t row, const char *column)
{
    if (!err) return;
    copy_text(err->table, sizeof err->table, table);
    copy_text(err->column, sizeof err->column, column);
    err->row = row;
}

void cmi_error_option(cm_error *err, const char *option)
{
    if (err) copy_text(err->option, sizeof err->option, option);
}

void cmi_error_hint(cm_error *err, const char *format, ...)
{
    if (!err) return;
    char text[HINT_SIZE];
    va_list args;
    va_start(args, format);
    set_text(text, sizeof text, format, args);
    va_end(args);
    memcpy(err->hint, text, sizeof text);
}

void cmi_error_prefix(cm_error *err, const char *format, ...)
{
    if (!err) return;
    char text[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    set_text(text, sizeof text, format, args);
    va_end(args);
    size_t n = strlen(text);
    bool cut = n + strlen(err->message) >= sizeof text;
    size_t rest = cut ? sizeof text - 1 - n : strlen(err->message);
    memcpy(text + n, err->message, rest);
    text[n + rest] = '\0';
    clean_text(text, cut);
    memcpy(err->message, text, n + rest + 1);
}

void cmi_error_copy(cm_error *to, const cm_error *from)
{
    if (to && from && to != from) *to = *from;
}

size_t cmi_error_size(void)
{
    return sizeof(cm_error);
}

cm_status cmi_no_memory(const cm_context *ctx, cm_error *err)
{
    int64_t refused = ctx ? atomic_load_explicit(&ctx->refused, memory_order_relaxed) : 0;
    if (refused == 0) return cmi_fail(err, CM_ERR_MEMORY, "out of memory");
    cmi_fail(err, CM_ERR_LIMIT, "%lld bytes are needed; the memory limit is %lld bytes",
             (long long)refused, (long long)ctx->limit);
    cmi_error_hint(err, "raise memory_limit or work in parts");
    return CM_ERR_LIMIT;
}

/* ---- "did you mean" ---- */

#define NAME_MAX_COMPARED 48
#define SUGGESTIONS       3

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c == '-' ? '_' : c);
}

static int32_t min_of(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b; case and - _ are equal.
 */
static int32_t count_edits(const char *a, size_t na, const char *b, size_t nb)
{
    int32_t rows[3][NAME_MAX_COMPARED + 1];
    for (size_t j = 0; j <= nb; j++) rows[0][j] = (int32_t)j;
    for (size_t i = 1; i <= na; i++) {
        int32_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (int32_t)i;
        for (size_t j = 1; j <= nb; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            int32_t d = min_of(last[j - 1] + !same, min_of(last[j], now[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
            now[j] = swapped ? min_of(d, before[j - 2] + 1) : d;
        }
    }
    return rows[na % 3][nb];
}

void cmi_error_suggest(cm_error *err, const char *name, int32_t n, cmi_name_fn get,
                       const void *user)
{
    if (!err || !name) return;
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_COMPARED) return;
    const char *best[SUGGESTIONS];
    int32_t distance[SUGGESTIONS], found = 0;
    int32_t worst = 1 + (int32_t)length / 3;
    for (int32_t i = 0; i < n; i++) {
        const char *other = get(i, user);
        size_t m = other ? strlen(other) : 0;
        if (m == 0 || m > NAME_MAX_COMPARED) continue;
        int32_t d = count_edits(name, length, other, m);
        if (d > worst || (found == SUGGESTIONS && d >= distance[found - 1])) continue;
        int32_t at = found < SUGGESTIONS ? found++ : found - 1;
        for (; at > 0 && distance[at - 1] > d; at--) {
            best[at] = best[at - 1];
            distance[at] = distance[at - 1];
        }
        best[at] = other;
        distance[at] = d;
    }
    if (found == 0) return;
    const char *second = found > 1 ? best[1] : "", *third = found > 2 ? best[2] : "";
    cmi_error_hint(err, "did you mean %s%s%s%s%s?", best[0], found > 1 ? ", " : "", second,
                   found > 2 ? ", " : "", third);
}
