/* SPDX-License-Identifier: MIT */
#include "data/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"

enum { MOST_SHOWN = 120 };

static cm_status fail_v(const cmi_option_reader *r, cm_status status, const char *format,
                        va_list args)
{
    char what[400];
    vsnprintf(what, sizeof what, format, args);
    size_t n = strlen(r->text), shown = n > MOST_SHOWN ? MOST_SHOWN : n;
    while (shown < n && shown && ((unsigned char)r->text[shown] & 0xc0) == 0x80) shown--;
    cmi_fail(r->err, status, "%s=%.*s%s: %s", r->option, (int)shown, r->text,
             shown < n ? "..." : "", what);
    cmi_error_option(r->err, r->option);
    return status;
}

cm_status cmi_option_bad(const cmi_option_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cm_status status = fail_v(r, CM_ERR_OPTION, format, args);
    va_end(args);
    return status;
}

cm_status cmi_option_fail(const cmi_option_reader *r, cm_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_v(r, status, format, args);
    va_end(args);
    return status;
}

void *cmi_option_room(const cmi_option_reader *r, int64_t n, size_t size)
{
    void *room = NULL;
    if (n >= 0 && (uint64_t)n < SIZE_MAX / 4 / size)
        room = cmi_arena_alloc(r->arena, ((size_t)n + 1) * size);
    if (!room) cmi_no_memory(r->ctx, r->err);
    return room;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t') p++;
    return p;
}

static bool is_stop(char c, const char *stops)
{
    return c && strchr(stops, c);
}

/* From the opening quote to behind the closing one; NULL where none closes. */
static const char *skip_quotes(const char *p)
{
    for (p++; *p; p++) {
        if (*p != '"') continue;
        if (p[1] != '"') return p + 1;
        p++;
    }
    return NULL;
}

static cm_status read_quoted(cmi_option_reader *r, const char **p, cmi_word *out)
{
    const char *end = skip_quotes(*p);
    if (!end) return cmi_option_bad(r, "a quote is not closed");
    char *text = cmi_arena_text(r->arena, *p + 1, (size_t)(end - *p) - 2);
    if (!text) return cmi_no_memory(r->ctx, r->err);
    size_t n = 0;
    for (const char *q = text; *q; q++) {
        text[n++] = *q;
        if (*q == '"') q++;
    }
    text[n] = '\0';
    *out = (cmi_word){ .text = text, .n = n, .quoted = true };
    *p = end;
    return CM_OK;
}

static cm_status read_plain(cmi_option_reader *r, const char **p, const char *stops, cmi_word *out)
{
    const char *start = *p, *end = start;
    while (*end && !is_stop(*end, stops)) end++;
    *p = end;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t')) end--;
    char *text = cmi_arena_text(r->arena, start, (size_t)(end - start));
    if (!text) return cmi_no_memory(r->ctx, r->err);
    *out = (cmi_word){ .text = text, .n = (size_t)(end - start) };
    return CM_OK;
}

cm_status cmi_word_next(cmi_option_reader *r, const char **p, const char *stops, cmi_word *out)
{
    *p = skip_blanks(*p);
    cm_status status = **p == '"' ? read_quoted(r, p, out) : read_plain(r, p, stops, out);
    if (status != CM_OK) return status;
    *p = skip_blanks(*p);
    if (**p && !is_stop(**p, stops))
        return cmi_option_bad(r, "'%c' stands behind a closing quote", **p);
    out->stop = **p;
    if (**p) ++*p;
    return CM_OK;
}

bool cmi_slice_next(const char **p, const char *stops, const char **start, size_t *n)
{
    if (!*p) return false;
    const char *s = skip_blanks(*p), *end = s;
    while (*end && !is_stop(*end, stops)) {
        const char *behind = *end == '"' ? skip_quotes(end) : NULL;
        end = behind ? behind : end + 1;
    }
    *p = *end ? end + 1 : NULL;
    while (end > s && (end[-1] == ' ' || end[-1] == '\t')) end--;
    *start = s;
    *n = (size_t)(end - s);
    return true;
}

int64_t cmi_words_bound(const char *text, const char *stops)
{
    int64_t n = 1;
    for (; *text; text++) n += is_stop(*text, stops);
    return n;
}

/* Where values have alternatives, null, ! and bands are words of the grammar. */
bool cmi_word_needs_quotes(const char *text, const char *specials)
{
    size_t n = strlen(text);
    if (n == 0 || text[0] == ' ' || text[0] == '\t' || text[n - 1] == ' ' || text[n - 1] == '\t')
        return true;
    if (strchr(text, '"') || strpbrk(text, specials)) return true;
    return strchr(specials, '|') &&
           (text[0] == '!' || strcmp(text, "null") == 0 || strstr(text, ".."));
}

void cmi_word_put(cm_buffer *b, const char *text, const char *specials)
{
    if (!cmi_word_needs_quotes(text, specials)) {
        cmi_put_text(b, text);
        return;
    }
    cmi_put_u8(b, '"');
    for (; *text; text++) {
        if (*text == '"') cmi_put_u8(b, '"');
        cmi_put_u8(b, (uint8_t)*text);
    }
    cmi_put_u8(b, '"');
}
