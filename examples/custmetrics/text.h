/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_TEXT_H
#define PROGRAM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Memory and text of the program. A program may end where a library may not: when memory is short,
 * these say so and exit with status 2, so that no caller has to ask. */
void *allocate(size_t n, size_t size); /* cleared */
void *grow(void *p, size_t n, size_t size);
char *copy_text(const char *p, size_t n);

/* Text that grows. Zero-initialised is empty. */
typedef struct text {
    char *p; /* NUL-terminated once anything was added */
    size_t n, size;
} text;
void text_free(text *t);
const char *text_c(const text *t); /* never NULL */
void text_add(text *t, const char *p, size_t n);
void text_puts(text *t, const char *s);
void text_printf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes. */
void text_json(text *t, const char *p, size_t n);
/* Escaped for HTML, in text and in quoted attributes alike. */
void text_html(text *t, const char *p, size_t n);
void text_html_c(text *t, const char *s);
void text_base64(text *t, const void *bytes, size_t n);

/* Writes all bytes to a file, or to standard output for NULL and "-". False: said on stderr. */
bool write_file(const char *path, const void *bytes, size_t n);
/* Reads a whole file ("-": standard input). False: said on stderr. */
bool read_whole_file(const char *path, text *out);

/* Is `word` one of the words of a list separated by commas, spaces or bars? */
bool list_has(const char *list, const char *word);

#endif
