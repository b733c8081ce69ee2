/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/cells.h"
#include "data/model.h"

/* The groups of a fit as one text: each value of by behind its length, so that no value can be
 * taken for two; '-' is null; one line a group. */

static void put_group(cm_buffer *b, const cmi_state *s, uint32_t group, int n_by)
{
    for (int item = 0; item < n_by; item++) {
        size_t n = 0;
        const char *text = cmi_state_by_text(s, group, item, &n);
        if (text)
            cmi_put_format(b, "%zu:", n);
        else
            cmi_put_text(b, "-");
        if (text) cmi_put_bytes(b, text, n);
    }
    cmi_put_text(b, "\n");
}

cm_status cmi_fit_put_groups(cmi_fit *m, const cmi_state *s, int n_by, cm_error *err)
{
    cm_buffer *b;
    cm_status status = cm_buffer_create(cmi_fit_context(m), &b, err);

    if (status != CM_OK) return status;
    for (uint32_t g = 0; g < cmi_state_n_groups(s); g++) put_group(b, s, g, n_by);
    cmi_put_u8(b, 0);
    if (cmi_buffer_ok(b))
        cmi_fit_put_text(m, "groups", cm_buffer_data(b));
    else
        status = cmi_no_memory(cmi_fit_context(m), err);
    cm_buffer_destroy(b);
    return status;
}

/* Behind one value; NULL: the text is not what put_group wrote. */
static const char *skip_value(const char *p)
{
    size_t n = 0;

    if (*p == '-') return p + 1;
    if (*p < '0' || *p > '9') return NULL;
    for (; *p >= '0' && *p <= '9' && n < SIZE_MAX / 16; p++) n = n * 10 + (size_t)(*p - '0');
    return *p == ':' && strlen(p + 1) >= n ? p + 1 + n : NULL;
}

static const char *skip_group(const char *p, int n_by)
{
    for (int item = 0; item < n_by && p; item++) p = skip_value(p);
    return p && *p == '\n' ? p + 1 : NULL;
}

int64_t cmi_fit_find_group(const cmi_fit *m, const cmi_state *s, uint32_t group, int n_by)
{
    const char *p = cmi_fit_text(m, "groups");
    cm_buffer *want;
    int64_t index = 0, found = -1;

    if (cm_buffer_create(cmi_fit_context(m), &want, NULL) != CM_OK) return -2;
    put_group(want, s, group, n_by);
    if (!cmi_buffer_ok(want)) found = -2;
    while (found == -1 && p && *p) {
        const char *end = skip_group(p, n_by);
        size_t n = end ? (size_t)(end - p) : 0;
        if (end && (int64_t)n == cm_buffer_size(want) && !memcmp(p, cm_buffer_data(want), n))
            found = index;
        p = end;
        index++;
    }
    cm_buffer_destroy(want);
    return found;
}
