/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_DICT_H
#define CMI_CORE_DICT_H

#include "core/intern.h"

/* Between intern.c, dict.c and dict_sort.c only. */

/* Texts by number: text i is bytes[end[i] .. end[i + 1]). */
typedef struct cmi_texts {
    const char *bytes;
    const uint64_t *end;
    int64_t n;
} cmi_texts;

cmi_texts cmi_intern_texts(const cmi_intern *in);
cm_context *cmi_intern_context(const cmi_intern *in);
/* Frees the slots; only texts and destroy work from then on. */
void cmi_intern_drop_index(cmi_intern *in);

/* order[0..n) becomes the text numbers in canonical order; false: no memory. */
bool cmi_texts_sort(cm_context *ctx, cmi_texts t, uint32_t *order);

/* -1, 0, 1: sign of a canonical decimal integer; 2: other text. `digits` is where its digits start.
 */
int cmi_text_class(const char *p, size_t n, size_t *digits);

#endif
