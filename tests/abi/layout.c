/* SPDX-License-Identifier: MIT
 *
 * The layout of the public structs and the values of the public constants on 64-bit machines,
 * frozen: a line that stops compiling is a break of the binary interface. Lines are added when a
 * struct grows at its end or an enum gets a value; none is changed. */
#include "cm_test.h"

#include <custmetrics/custmetrics.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")
#define AT(type, field, bytes)                                                                     \
    _Static_assert(offsetof(type, field) == (bytes), #type "." #field " has moved")
#define VALUE(name, value) _Static_assert((int)(name) == (value), #name " has another value")

SIZE(cm_allocator, 32);
AT(cm_allocator, alloc, 0);
AT(cm_allocator, realloc, 8);
AT(cm_allocator, free, 16);
AT(cm_allocator, user, 24);
SIZE(cm_context_options, 48);
AT(cm_context_options, struct_size, 0);
AT(cm_context_options, flags, 4);
AT(cm_context_options, allocator, 8);
AT(cm_context_options, memory_limit, 16);
AT(cm_context_options, tz_directory, 24);
AT(cm_context_options, log, 32);
AT(cm_context_options, log_user, 40);
SIZE(cm_run, 32);
AT(cm_run, struct_size, 0);
AT(cm_run, threads, 4);
AT(cm_run, progress, 8);
AT(cm_run, user, 16);
AT(cm_run, cancel, 24);
SIZE(cm_dataset_options, 56);
AT(cm_dataset_options, struct_size, 0);
AT(cm_dataset_options, flags, 4);
AT(cm_dataset_options, tz, 8);
AT(cm_dataset_options, week_start, 16);
AT(cm_dataset_options, scale, 24);
AT(cm_dataset_options, partition, 28);
AT(cm_dataset_options, n_partitions, 32);
AT(cm_dataset_options, max_diagnostics, 36);
AT(cm_dataset_options, owner, 40);
AT(cm_dataset_options, max_field, 48);
SIZE(cm_binding, 32);
AT(cm_binding, role, 0);
AT(cm_binding, column, 8);
AT(cm_binding, constant, 16);
AT(cm_binding, format, 24);
SIZE(cm_mapping, 24);
AT(cm_mapping, struct_size, 0);
AT(cm_mapping, n_bindings, 4);
AT(cm_mapping, bindings, 8);
AT(cm_mapping, delimiter, 16);
AT(cm_mapping, quote, 17);
AT(cm_mapping, reserved, 18);
SIZE(cm_array, 32);
AT(cm_array, name, 0);
AT(cm_array, type, 8);
AT(cm_array, reserved, 12);
AT(cm_array, data, 16);
AT(cm_array, validity, 24);
SIZE(cm_kpi_info, 168);
AT(cm_kpi_info, struct_size, 0);
AT(cm_kpi_info, version, 4);
AT(cm_kpi_info, id, 8);
AT(cm_kpi_info, family, 16);
AT(cm_kpi_info, title, 24);
AT(cm_kpi_info, definition, 32);
AT(cm_kpi_info, formula, 40);
AT(cm_kpi_info, edge_cases, 48);
AT(cm_kpi_info, references, 56);
AT(cm_kpi_info, facts, 64);
AT(cm_kpi_info, stages, 72);
AT(cm_kpi_info, businesses, 80);
AT(cm_kpi_info, goals, 88);
AT(cm_kpi_info, levers, 96);
AT(cm_kpi_info, headline, 104);
AT(cm_kpi_info, factors, 112);
AT(cm_kpi_info, detail, 120);
AT(cm_kpi_info, label, 128);
AT(cm_kpi_info, example, 136);
AT(cm_kpi_info, direction, 144);
AT(cm_kpi_info, reads_anonymous, 148);
AT(cm_kpi_info, has_model, 152);
AT(cm_kpi_info, n_options, 156);
AT(cm_kpi_info, n_tables, 160);
AT(cm_kpi_info, reserved, 164);
SIZE(cm_option_info, 56);
AT(cm_option_info, struct_size, 0);
AT(cm_option_info, reserved, 4);
AT(cm_option_info, name, 8);
AT(cm_option_info, type, 16);
AT(cm_option_info, fallback, 24);
AT(cm_option_info, range, 32);
AT(cm_option_info, unit, 40);
AT(cm_option_info, doc, 48);
SIZE(cm_table_info, 24);
AT(cm_table_info, struct_size, 0);
AT(cm_table_info, n_columns, 4);
AT(cm_table_info, name, 8);
AT(cm_table_info, doc, 16);
SIZE(cm_column_info, 48);
AT(cm_column_info, struct_size, 0);
AT(cm_column_info, is_key, 4);
AT(cm_column_info, name, 8);
AT(cm_column_info, type, 16);
AT(cm_column_info, unit, 24);
AT(cm_column_info, additivity, 32);
AT(cm_column_info, doc, 40);
SIZE(cm_fact_info, 32);
AT(cm_fact_info, struct_size, 0);
AT(cm_fact_info, n_roles, 4);
AT(cm_fact_info, name, 8);
AT(cm_fact_info, kind, 16);
AT(cm_fact_info, doc, 24);
SIZE(cm_role_info, 32);
AT(cm_role_info, struct_size, 0);
AT(cm_role_info, required, 4);
AT(cm_role_info, name, 8);
AT(cm_role_info, type, 16);
AT(cm_role_info, doc, 24);
SIZE(cm_measure_info, 32);
AT(cm_measure_info, struct_size, 0);
AT(cm_measure_info, reserved, 4);
AT(cm_measure_info, name, 8);
AT(cm_measure_info, unit, 16);
AT(cm_measure_info, doc, 24);
SIZE(cm_rfm_scores, 48);
AT(cm_rfm_scores, struct_size, 0);
AT(cm_rfm_scores, r, 4);
AT(cm_rfm_scores, f, 8);
AT(cm_rfm_scores, m, 12);
AT(cm_rfm_scores, recency_days, 16);
AT(cm_rfm_scores, frequency, 24);
AT(cm_rfm_scores, monetary, 32);
AT(cm_rfm_scores, segment, 40);
SIZE(cm_cohort_cell, 56);
AT(cm_cohort_cell, struct_size, 0);
AT(cm_cohort_cell, reserved, 4);
AT(cm_cohort_cell, n_customers, 8);
AT(cm_cohort_cell, n_eligible, 16);
AT(cm_cohort_cell, n_active, 24);
AT(cm_cohort_cell, n_orders, 32);
AT(cm_cohort_cell, retention, 40);
AT(cm_cohort_cell, state, 48);

VALUE(CM_OK, 0);
VALUE(CM_ERR_ARG, 1);
VALUE(CM_ERR_NOT_FOUND, 2);
VALUE(CM_ERR_OPTION, 3);
VALUE(CM_ERR_UNSUPPORTED, 4);
VALUE(CM_ERR_BUSY, 5);
VALUE(CM_ERR_TYPE, 6);
VALUE(CM_ERR_DATA, 10);
VALUE(CM_ERR_MISSING, 11);
VALUE(CM_ERR_FORMAT, 12);
VALUE(CM_ERR_CHECKSUM, 13);
VALUE(CM_ERR_VERSION, 14);
VALUE(CM_ERR_MISMATCH, 15);
VALUE(CM_ERR_CURRENCY, 16);
VALUE(CM_ERR_MEMORY, 20);
VALUE(CM_ERR_LIMIT, 21);
VALUE(CM_ERR_IO, 22);
VALUE(CM_ERR_OVERFLOW, 30);
VALUE(CM_ERR_CANCELLED, 40);
VALUE(CM_ERR_INTERNAL, 90);
VALUE(CM_STATUS_FORCE_32, 0x7fffffff);
VALUE(CM_ARRAY_I64, 1);
VALUE(CM_ARRAY_F64, 2);
VALUE(CM_ARRAY_TEXT, 3);
VALUE(CM_ARRAY_TIME, 4);
VALUE(CM_ARRAY_DATE, 5);
VALUE(CM_ARRAY_I32, 6);
VALUE(CM_ARRAY_TYPE_FORCE_32, 0x7fffffff);
VALUE(CM_TYPE_I64, 1);
VALUE(CM_TYPE_F64, 2);
VALUE(CM_TYPE_MONEY, 3);
VALUE(CM_TYPE_TEXT, 4);
VALUE(CM_TYPE_BOOL, 5);
VALUE(CM_TYPE_DATE, 6);
VALUE(CM_TYPE_TIMESTAMP, 7);
VALUE(CM_TYPE_FORCE_32, 0x7fffffff);

/* What only the running library can say. */
static void versions_belong_together(void **state)
{
    (void)state;
    assert_string_equal(cm_version(), CM_VERSION_STRING);
    assert_int_equal(cm_abi_version(), 0);
}

/* A status that this library does not know has a name all the same: callers may be newer. */
static void every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(cm_status_name(CM_OK), "CM_OK");
    assert_string_equal(cm_status_name(CM_ERR_INTERNAL), "CM_ERR_INTERNAL");
    assert_string_equal(cm_status_name((cm_status)12345), "CM_ERR_?");
}

/* The first release's options, as a program that was compiled then hands them over. */
struct first_context_options {
    uint32_t struct_size;
    uint32_t flags;
    const cm_allocator *allocator;
    int64_t memory_limit;
    const char *tz_directory;
    cm_log_fn log;
    void *log_user;
};

static void programs_of_the_first_release_still_run(void **state)
{
    (void)state;
    struct first_context_options options = { .struct_size = sizeof options };
    cm_context *ctx = NULL;
    assert_int_equal(
        cm_context_create((const cm_context_options *)(const void *)&options, &ctx, NULL), CM_OK);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_belong_together),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(programs_of_the_first_release_still_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
