/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CONVERT_H
#define CMI_DATA_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/int128.h"

/* A decimal as it was written: value * 10^exponent, exact unless it has more than 38 digits. */
typedef struct cmi_decimal {
    cmi_i128 value;
    int64_t exponent;
    bool inexact; /* digits other than 0 follow */
} cmi_decimal;

/* The parts of a number's text; borrowed. */
typedef struct cmi_number {
    bool negative;
    const char *whole, *fraction;
    int64_t n_whole, n_fraction, exponent;
} cmi_number;

extern const int64_t cmi_pow10_i64[19];

/* [+-]d[.d][e+-d]; false: unreadable. */
bool cmi_number_split(const char *p, int64_t n, cmi_number *out);
bool cmi_decimal_read(const char *p, int64_t n, cmi_decimal *out);
/* In units of 10^-scale, half to even; false: does not fit. *rounded says whether anything was
 * lost. */
bool cmi_decimal_round(const cmi_decimal *d, int32_t scale, int64_t *out, bool *rounded);
/* Exact; false: too many digits. */
bool cmi_decimal_multiply(const cmi_decimal *a, const cmi_decimal *b, cmi_decimal *out);
/* value * 10^-scale with all its digits, scale -38..40; returns the length. */
int32_t cmi_print_i128(cmi_i128 value, int32_t scale, char text[80]);

#endif
