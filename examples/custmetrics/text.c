/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *allocate(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (p) return p;
    fputs("custmetrics: out of memory\n", stderr);
    exit(2);
}

void *grow(void *p, size_t n, size_t size)
{
    if (size == 0 || n <= SIZE_MAX / size)
        p = realloc(p, n * size + 1);
    else
        p = NULL;
    if (p) return p;
    fputs("custmetrics: out of memory\n", stderr);
    exit(2);
}

char *copy_text(const char *p, size_t n)
{
    char *copy = allocate(n + 1, 1);
    memcpy(copy, p, n);
    return copy;
}

void text_free(text *t)
{
    free(t->p);
    *t = (text){ 0 };
}

const char *text_c(const text *t)
{
    return t->p ? t->p : "";
}

static void reserve(text *t, size_t more)
{
    if (t->n + more + 1 <= t->size) return;
    size_t size = t->size ? t->size : 256;
    while (size < t->n + more + 1) size *= 2;
    t->p = grow(t->p, size, 1);
    t->size = size;
}

void text_add(text *t, const char *p, size_t n)
{
    reserve(t, n);
    if (n) memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

void text_puts(text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_printf(text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        reserve(t, (size_t)n);
        vsnprintf(t->p + t->n, (size_t)n + 1, format, again);
        t->n += (size_t)n;
    }
    va_end(again);
}

void text_json(text *t, const char *p, size_t n)
{
    text_puts(t, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '"' || c == '\\') {
            text_printf(t, "\\%c", c);
        } else if (c == '\n') {
            text_puts(t, "\\n");
        } else if (c < 0x20) {
            text_printf(t, "\\u%04x", c);
        } else {
            text_add(t, p + i, 1);
        }
    }
    text_puts(t, "\"");
}

void text_html(text *t, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (p[i]) {
        case '&':
            text_puts(t, "&amp;");
            break;
        case '<':
            text_puts(t, "&lt;");
            break;
        case '>':
            text_puts(t, "&gt;");
            break;
        case '"':
            text_puts(t, "&quot;");
            break;
        case '\'':
            text_puts(t, "&#39;");
            break;
        default:
            text_add(t, p + i, 1);
        }
    }
}

void text_html_c(text *t, const char *s)
{
    text_html(t, s, strlen(s));
}

void text_base64(text *t, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)p[i] << 16;
        if (left > 1) v |= (uint32_t)p[i + 1] << 8;
        if (left > 2) v |= p[i + 2];
        char four[4] = { digits[v >> 18], digits[v >> 12 & 63], '=', '=' };
        if (left > 1) four[2] = digits[v >> 6 & 63];
        if (left > 2) four[3] = digits[v & 63];
        text_add(t, four, 4);
    }
}

bool write_file(const char *path, const void *bytes, size_t n)
{
    bool standard = !path || !strcmp(path, "-");
    FILE *f = standard ? stdout : fopen(path, "wb");
    bool fine = f != NULL;
    if (fine && n) fine = fwrite(bytes, 1, n, f) == n;
    if (fine) fine = fflush(f) == 0;
    int why = errno;
    if (f && !standard && fclose(f) != 0) {
        if (fine) why = errno;
        fine = false;
    }
    if (!fine) {
        fprintf(stderr, "custmetrics: %s: cannot write: %s\n", standard ? "standard output" : path,
                strerror(why));
    }
    return fine;
}

bool read_whole_file(const char *path, text *out)
{
    bool standard = !strcmp(path, "-");
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "custmetrics: %s: %s\n", path, strerror(errno));
        return false;
    }
    char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, f)) > 0) text_add(out, block, n);
    bool fine = !ferror(f);
    if (!fine) fprintf(stderr, "custmetrics: %s: %s\n", path, strerror(errno));
    if (!standard) fclose(f);
    return fine;
}

bool list_has(const char *list, const char *word)
{
    size_t n = strlen(word);
    while (*list) {
        size_t length = strcspn(list, ", |;");
        if (length == n && !memcmp(list, word, n)) return true;
        list += length;
        list += strspn(list, ", |;");
    }
    return false;
}
