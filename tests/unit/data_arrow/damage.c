/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <string.h>

#include "support/producer.h"
#include "support/recorder.h"

/* Schemas and arrays that lie: an error that names the column, nothing committed, all released. */

/* A sound stream of one batch with two columns, text and a dictionary of texts, to be damaged. */
static const int32_t OFFSETS[] = { 0, 1, 3, 6 };
static const int32_t INDICES[] = { 0, 2, 1 };
static const char BYTES[] = "abbccc";

typedef void (*damage_fn)(producer *p); /* below: one line a lie */

static void make(producer *p)
{
    producer_init(p);
    int u = add_column(p, "u", "u"), d = add_column(p, "d", "i");
    p->columns[d].values_format = "u";
    test_batch *b = add_batch(p, 3);
    set_array(b, u, 3, 0, BUFFERS(NULL, OFFSETS, BYTES));
    set_array(b, d, 3, 0, BUFFERS(NULL, INDICES));
    set_values(b, d, 3, 0, BUFFERS(NULL, OFFSETS, BYTES));
}

/* The error names `column` and `row`, and its message holds `word`. */
static void assert_refused(damage_fn damage, const char *column, int64_t row, const char *word)
{
    cm_context *ctx = NULL;
    static producer p;
    recorder rec;
    cm_error *err = cm_error_create();
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    recorder_init(&rec, ctx);
    make(&p);
    struct ArrowArrayStream *stream = open_stream(&p);
    damage(&p);
    cm_loader *loader = recorder_loader(&rec);
    assert_int_equal(cm_loader_add_arrow(loader, "orders", stream, NULL, NULL, err), CM_ERR_FORMAT);
    assert_string_equal(cm_error_table(err), "orders");
    assert_string_equal(cm_error_column(err), column);
    assert_int_equal(cm_error_row(err), row);
    if (!strstr(cm_error_message(err), word))
        fail_msg("\"%s\" lacks %s", cm_error_message(err), word);
    assert_null(stream->release);
    assert_int_equal(p.releases_of_stream, 1);
    assert_int_equal(p.live_arrays, 0);
    assert_int_equal(p.live_schemas, 0);
    assert_int_equal(rec.n_begun, rec.n_aborted);
    assert_false(rec.busy);
    assert_int_equal(cm_context_memory(ctx), 0);
    recorder_free(&rec);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}
/* clang-format off */
static struct ArrowArray *text(producer *p) { return &p->batches[0].columns[0].array; }
static struct ArrowArray *codes(producer *p) { return &p->batches[0].columns[1].array; }
static struct ArrowArray *values(producer *p) { return &p->batches[0].columns[1].values; }
static struct ArrowArray *rows(producer *p) { return &p->batches[0].array; }
/* clang-format on */

static void test_formats(void **state)
{
    (void)state;
    static const char *const FORMATS[] = {
        "+l",    "+L",         "+w:3",        "+s",      "+m",  "+ud:0,1",  "+us:0",
        "+r",    "+vl",        "tiM",         "tiD",     "tin", "tts",      "ttu",
        "",      "x",          "ll",          "d:",      "d:9", "d:9,2,77", "d:77,2",
        "d:0,0", "d:9,2,128,", "d:1234567,1", "d:9,-39", "ts",  "tsx:",     "tsu",
        "w:",    "w:0",        "w:-1",        "tdx",     "uu",  "v",
    };
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        cm_context *ctx = NULL;
        static producer p;
        recorder rec;
        cm_error *err = cm_error_create();
        assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
        recorder_init(&rec, ctx);
        for (int in_dictionary = 0; in_dictionary < 2; in_dictionary++) {
            make(&p);
            if (in_dictionary) {
                p.columns[1].values_format = FORMATS[i];
            } else {
                p.columns[0].format = FORMATS[i];
            }
            cm_status status = cm_loader_add_arrow(recorder_loader(&rec), "orders", open_stream(&p),
                                                   NULL, NULL, err);
            assert_int_equal(status, CM_ERR_FORMAT);
            assert_string_equal(cm_error_column(err), in_dictionary ? "d" : "u");
            assert_non_null(strstr(cm_error_message(err), FORMATS[i]));
            assert_int_equal(p.releases_of_stream, 1);
        }
        recorder_free(&rec);
        cm_error_destroy(err);
        cm_context_destroy(ctx);
    }
}

/* ---- schemas, damaged after linking ---- */

/* clang-format off */
static void no_format(producer *p) { p->schema.format = NULL; }
static void not_a_struct(producer *p) { p->schema.format = "l"; }
/* clang-format on */

static void released_schema(producer *p)
{
    p->schema.release = NULL;
    p->live_schemas = 0;
}
/* clang-format off */
static void released_field(producer *p) { p->fields[1].release = NULL; }
static void missing_field(producer *p) { p->pointers[1] = NULL; }
static void missing_fields(producer *p) { p->schema.children = NULL; }
static void negative_fields(producer *p) { p->schema.n_children = -1; }
static void name_not_utf8(producer *p) { p->fields[0].name = "\xff"; }
static void field_without_format(producer *p) { p->fields[0].format = NULL; }
static void children_of_text(producer *p) { p->fields[0].n_children = 1; }
static void index_of_doubles(producer *p) { p->fields[1].format = "g"; }
static void released_values(producer *p) { p->dictionaries[1].release = NULL; }
static void nested_values(producer *p) { p->dictionaries[1].dictionary = &p->dictionaries[0]; }
/* clang-format on */

static void test_schemas(void **state)
{
    (void)state;
    assert_refused(no_format, "", 0, "none");
    assert_refused(not_a_struct, "", 0, "+s");
    assert_refused(released_schema, "", 0, "no schema");
    assert_refused(released_field, "", 0, "column 2");
    assert_refused(missing_field, "", 0, "column 2");
    assert_refused(missing_fields, "", 0, "columns");
    assert_refused(negative_fields, "", 0, "columns");
    assert_refused(name_not_utf8, "", 0, "UTF-8");
    assert_refused(field_without_format, "u", 0, "none");
    assert_refused(children_of_text, "u", 0, "\"u\"");
    assert_refused(index_of_doubles, "d", 0, "\"g\"");
    assert_refused(released_values, "d", 0, "none");
    assert_refused(nested_values, "d", 0, "format");
}

/* ---- batches ---- */

/* clang-format off */
static void rows_negative(producer *p) { rows(p)->length = -1; }
static void rows_offset_negative(producer *p) { rows(p)->offset = -1; }
static void rows_endless(producer *p) { rows(p)->length = INT64_MAX; }
static void rows_offset_endless(producer *p) { rows(p)->offset = INT64_MAX; }
static void rows_few_columns(producer *p) { rows(p)->n_children = 1; }
static void rows_no_columns(producer *p) { rows(p)->children = NULL; }
static void rows_no_buffers(producer *p) { rows(p)->n_buffers = 0; }
static void rows_buffers_missing(producer *p) { rows(p)->buffers = NULL; }
static void rows_dictionary(producer *p) { rows(p)->dictionary = values(p); }
static void rows_nulls(producer *p) { rows(p)->null_count = 1; }
static void rows_null_count(producer *p) { rows(p)->null_count = -2; }
static void rows_null(producer *p) { p->batches[0].buffers[0] = "\x5"; }
static void rows_longer(producer *p) { rows(p)->length = 4; }
static void rows_sliced_away(producer *p) { rows(p)->offset = 1; }
/* clang-format on */

static void test_batches(void **state)
{
    (void)state;
    assert_refused(rows_negative, "", 0, "length");
    assert_refused(rows_offset_negative, "", 0, "offset");
    assert_refused(rows_endless, "", 0, "length");
    assert_refused(rows_offset_endless, "", 0, "offset");
    assert_refused(rows_few_columns, "", 0, "columns");
    assert_refused(rows_no_columns, "", 0, "columns");
    assert_refused(rows_no_buffers, "", 0, "buffers");
    assert_refused(rows_buffers_missing, "", 0, "buffers");
    assert_refused(rows_dictionary, "", 0, "dictionary");
    assert_refused(rows_nulls, "", 0, "nulls");
    assert_refused(rows_null_count, "", 0, "nulls");
    assert_refused(rows_null, "", 2, "null");
    assert_refused(rows_longer, "u", 0, "shorter");
    assert_refused(rows_sliced_away, "u", 0, "shorter");
}

/* ---- columns ---- */

/* clang-format off */
static void child_missing(producer *p) { p->batches[0].children[0] = NULL; }
static void child_released(producer *p) { text(p)->release = NULL; }
static void child_negative(producer *p) { text(p)->length = -3; }
static void child_offset_negative(producer *p) { text(p)->offset = INT64_MIN; }
static void child_offset_endless(producer *p) { text(p)->offset = INT64_MAX; }
static void child_null_count(producer *p) { text(p)->null_count = 4; }
static void child_nulls_unsaid(producer *p) { text(p)->null_count = 2; }
static void child_children(producer *p) { text(p)->n_children = 1; }
static void child_two_buffers(producer *p) { text(p)->n_buffers = 2; }
static void child_four_buffers(producer *p) { text(p)->n_buffers = 4; }
static void child_negative_buffers(producer *p) { text(p)->n_buffers = -1; }
static void child_no_buffers(producer *p) { text(p)->buffers = NULL; }
static void child_no_offsets(producer *p) { text(p)->buffers[1] = NULL; }
static void child_no_bytes(producer *p) { text(p)->buffers[2] = NULL; }
static void child_dictionary(producer *p) { text(p)->dictionary = values(p); }
/* clang-format on */

static void falling(producer *p)
{
    static const int32_t offsets[] = { 0, 3, 1, 6 };
    text(p)->buffers[1] = offsets;
}
static void negative(producer *p)
{
    static const int32_t offsets[] = { -1, 1, 3, 6 };
    text(p)->buffers[1] = offsets;
}
static void beyond_the_last(producer *p)
{
    static const int32_t offsets[] = { 0, 9, 9, 6 };
    text(p)->buffers[1] = offsets;
}

static void test_columns(void **state)
{
    (void)state;
    assert_refused(child_missing, "u", 0, "missing");
    assert_refused(child_released, "u", 0, "released");
    assert_refused(child_negative, "u", 0, "length");
    assert_refused(child_offset_negative, "u", 0, "offset");
    assert_refused(child_offset_endless, "u", 0, "offset");
    assert_refused(child_null_count, "u", 0, "nulls");
    assert_refused(child_nulls_unsaid, "u", 0, "bitmap");
    assert_refused(child_children, "u", 0, "children");
    assert_refused(child_two_buffers, "u", 0, "number of buffers");
    assert_refused(child_four_buffers, "u", 0, "number of buffers");
    assert_refused(child_negative_buffers, "u", 0, "number of buffers");
    assert_refused(child_no_buffers, "u", 0, "no buffers");
    assert_refused(child_no_offsets, "u", 0, "offsets is missing");
    assert_refused(child_no_bytes, "u", 1, "missing");
    assert_refused(child_dictionary, "u", 0, "unannounced");
    assert_refused(falling, "u", 2, "ascend");
    assert_refused(negative, "u", 1, "ascend");
    assert_refused(beyond_the_last, "u", 1, "ascend");
}

/* ---- dictionaries ---- */

/* clang-format off */
static void no_dictionary(producer *p) { codes(p)->dictionary = NULL; }
static void dictionary_released(producer *p) { values(p)->release = NULL; }
static void dictionary_nested(producer *p) { values(p)->dictionary = text(p); }
static void dictionary_short(producer *p) { values(p)->length = 2; }
static void dictionary_negative(producer *p) { values(p)->length = -1; }
static void dictionary_empty(producer *p) { values(p)->length = 0; }
static void dictionary_offset(producer *p) { values(p)->offset = -1; }
static void dictionary_no_offsets(producer *p) { values(p)->buffers[1] = NULL; }
/* clang-format on */

static void index_negative(producer *p)
{
    static const int32_t indices[] = { 0, -1, 1 };
    codes(p)->buffers[1] = indices;
}
static void index_large(producer *p)
{
    static const int32_t indices[] = { 0, 1, 3 };
    codes(p)->buffers[1] = indices;
}
static void index_huge(producer *p)
{
    static const uint64_t indices[] = { 0, UINT64_MAX, 1 };
    p->fields[1].format = "L";
    codes(p)->buffers[1] = indices;
}

static void test_dictionaries(void **state)
{
    (void)state;
    assert_refused(no_dictionary, "d", 0, "missing");
    assert_refused(dictionary_released, "d", 0, "missing");
    assert_refused(dictionary_nested, "d", 0, "dictionary");
    assert_refused(dictionary_short, "d", 2, "range");
    assert_refused(dictionary_negative, "d", 0, "length");
    assert_refused(dictionary_empty, "d", 1, "range");
    assert_refused(dictionary_offset, "d", 0, "offset");
    assert_refused(dictionary_no_offsets, "d", 0, "missing");
    assert_refused(index_negative, "d", 2, "range");
    assert_refused(index_large, "d", 3, "range");
    assert_refused(index_huge, "d", 2, "range");
}

/* ---- views and decimals: the first column is replaced ---- */

typedef struct view {
    int32_t length, prefix, buffer, offset;
} view;

static view the_view;
static int64_t the_size;

static void use_view(producer *p, view v, int64_t size, int64_t n_buffers)
{
    the_view = v;
    the_size = size;
    p->fields[0].format = "vu";
    rows(p)->length = 1;
    set_array(&p->batches[0], 0, 1, 0, BUFFERS(NULL, &the_view, BYTES, &the_size));
    text(p)->n_buffers = n_buffers;
    p->batches[0].columns[0].array.release = codes(p)->release;
}
/* clang-format off */
static void view_negative(producer *p) { use_view(p, (view){ -1, 0, 0, 0 }, 100, 4); }
static void view_buffer(producer *p) { use_view(p, (view){ 13, 0, 1, 0 }, 100, 4); }
static void view_buffer_negative(producer *p) { use_view(p, (view){ 13, 0, -1, 0 }, 100, 4); }
static void view_offset_negative(producer *p) { use_view(p, (view){ 13, 0, 0, -1 }, 100, 4); }
static void view_over_the_end(producer *p) { use_view(p, (view){ 13, 0, 0, 88 }, 100, 4); }
static void view_far_over_the_end(producer *p) { use_view(p, (view){ 13, 0, 0, INT32_MAX }, 100, 4); }
static void view_size_negative(producer *p) { use_view(p, (view){ 3, 0, 0, 0 }, -1, 4); }
static void view_two_buffers(producer *p) { use_view(p, (view){ 3, 0, 0, 0 }, 100, 2); }
/* clang-format on */

static void view_no_sizes(producer *p)
{
    use_view(p, (view){ 3, 0, 0, 0 }, 100, 4);
    text(p)->buffers[3] = NULL;
}
static void view_no_bytes(producer *p)
{
    use_view(p, (view){ 3, 0, 0, 0 }, 100, 4);
    text(p)->buffers[2] = NULL;
}

static void use_decimal(producer *p, const char *format, const void *data)
{
    p->fields[0].format = format;
    set_array(&p->batches[0], 0, 3, 0, BUFFERS(NULL, data));
    text(p)->release = codes(p)->release;
}

static void decimal_wide(producer *p)
{
    static const int64_t words[12] = { 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0 };
    use_decimal(p, "d:76,2,256", words);
}

static void decimal_grown(producer *p)
{
    static cmi_i128 large[3];
    large[2] = CMI_I128_MAX / 10 + 1;
    use_decimal(p, "d:38,-1", large);
}

static void test_views_and_decimals(void **state)
{
    (void)state;
    assert_refused(view_negative, "u", 1, "negative");
    assert_refused(view_buffer, "u", 1, "not there");
    assert_refused(view_buffer_negative, "u", 1, "not there");
    assert_refused(view_offset_negative, "u", 1, "over the end");
    assert_refused(view_over_the_end, "u", 1, "over the end");
    assert_refused(view_far_over_the_end, "u", 1, "over the end");
    assert_refused(view_size_negative, "u", 0, "size");
    assert_refused(view_two_buffers, "u", 0, "number of buffers");
    assert_refused(view_no_sizes, "u", 0, "missing");
    assert_refused(view_no_bytes, "u", 0, "missing");
    assert_refused(decimal_wide, "u", 2, "128 bits");
    assert_refused(decimal_grown, "u", 3, "128 bits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),      cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_batches),      cmocka_unit_test(test_columns),
        cmocka_unit_test(test_dictionaries), cmocka_unit_test(test_views_and_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
