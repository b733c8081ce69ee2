/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_UTF8_H
#define CMI_DATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */

/* Bytes of the character that begins at p (1..4); 0: none does. n must be at least 1. */
size_t cmi_utf8_length(const char *p, size_t n);
bool cmi_utf8_valid(const char *p, size_t n);
bool cmi_utf8_clean(const char *p, size_t n); /* valid, and no NUL bytes */

#endif
