/* SPDX-License-Identifier: MIT */
#ifndef READING_H
#define READING_H

#include <string.h>
#include <custmetrics/custmetrics.h>
#include "cm_test.h"
#include "core/calendar.h"
#include "data/options.h"
#include "data/words.h"

/* One option's text read, with what came of it. */
typedef struct reading {
    cm_context *ctx;
    cm_error *err;
    cmi_arena arena;
    cm_buffer *buffer;
    char canonical[1024];
} reading;

static inline void reading_open(reading *r)
{
    memset(r, 0, sizeof *r);
    assert_int_equal(cm_context_create(NULL, &r->ctx, NULL), CM_OK);
    r->err = cm_error_create();
    cmi_arena_init(&r->arena, r->ctx);
    assert_int_equal(cm_buffer_create(r->ctx, &r->buffer, NULL), CM_OK);
}

static inline void reading_close(reading *r)
{
    cm_buffer_destroy(r->buffer);
    cmi_arena_destroy(&r->arena);
    assert_int_equal(cm_context_memory(r->ctx), 0);
    cm_context_destroy(r->ctx);
    cm_error_destroy(r->err);
}

static inline cm_status read_in(reading *r, const cmi_tz *tz, cmi_option_type type,
                                const char *range, const char *text, void *value)
{
    cmi_option o = { .name = "x", .type = type, .range = range, .unit = "", .doc = "" };
    cmi_option_reader reader = { .ctx = r->ctx,
                                 .arena = &r->arena,
                                 .canonical = r->buffer,
                                 .tz = tz,
                                 .option = "x",
                                 .err = r->err };
    cmi_buffer_truncate(r->buffer, 0);
    cm_status status = cmi_option_read(&reader, &o, text, value);
    size_t n = (size_t)cm_buffer_size(r->buffer);
    assert_true(n < sizeof r->canonical);
    if (n) memcpy(r->canonical, cm_buffer_data(r->buffer), n);
    r->canonical[n] = '\0';
    return status;
}

/* Reads, and checks the canonical text, and that it reads back to itself. */
#define READS(R, TYPE, RANGE, TEXT, CANONICAL, VALUE)                                              \
    do {                                                                                           \
        cm_status s_ = read_in(R, NULL, TYPE, RANGE, TEXT, VALUE);                                 \
        if (s_ != CM_OK) print_error("%s\n", cm_error_message((R)->err));                          \
        assert_int_equal(s_, CM_OK);                                                               \
        assert_string_equal((R)->canonical, CANONICAL);                                            \
        assert_int_equal(read_in(R, NULL, TYPE, RANGE, CANONICAL, VALUE), CM_OK);                  \
        assert_string_equal((R)->canonical, CANONICAL);                                            \
    } while (0)

/* Refuses, naming the option and `part`. */
#define REFUSES(R, TYPE, RANGE, TEXT, STATUS, PART)                                                \
    do {                                                                                           \
        assert_int_equal(read_in(R, NULL, TYPE, RANGE, TEXT, NULL), STATUS);                       \
        assert_string_equal(cm_error_option((R)->err), "x");                                       \
        if (!strstr(cm_error_message((R)->err), PART))                                             \
            print_error("no '%s' in: %s\n", PART, cm_error_message((R)->err));                     \
        assert_non_null(strstr(cm_error_message((R)->err), PART));                                 \
    } while (0)

#endif
