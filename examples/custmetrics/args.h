/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_ARGS_H
#define PROGRAM_ARGS_H

#include <custmetrics/custmetrics.h>

/* The command line, taken apart. Knows no KPI and no fact table: table names are whatever the
 * library says they are. */

enum { EXIT_FINE = 0, EXIT_USAGE = 1, EXIT_INPUT = 2, EXIT_INTERRUPTED = 130 };

/* --orders F, --table-in products=F */
typedef struct input {
    const char *table;
    const char *path;
} input;

/* --map table.role=Column, --map table.role==constant, --time-format table.role=FMT; `format`,
 * `column` and `constant` of one table.role end in one binding. */
typedef struct binding {
    const char *table;
    const char *role;
    const char *column;
    const char *constant;
    const char *format;
} binding;

/* NAME=VALUE */
typedef struct setting {
    const char *name;
    const char *value;
} setting;

typedef enum output_format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON } output_format;

typedef struct args {
    const char *command;
    int n_words; /* what stands free: a KPI, a model, states */
    const char **words;
    int n_inputs;
    input *inputs;
    int n_bindings;
    binding *bindings;
    int n_settings; /* tz and week_start are kept apart: they are the dataset's */
    setting *settings;
    int n_labels; /* files of models behind by=rfm.segment */
    const char **labels;
    const char *tz, *week_start, *owner;
    const char *table, *out, *save_model;
    output_format format;
    bool format_given, strict, quiet, help;
    int32_t threads, scale, partition, n_partitions; /* scale -1, n_partitions 0: not given */
    char *storage;                                   /* owns the texts that were split */
    size_t storage_used;
} args;

/* Fills `a` from argv. False: one line in `why` (capacity bytes) says what is wrong. */
bool args_parse(args *a, int argc, char **argv, char *why, size_t capacity);
void args_free(args *a);
/* A flag as the help shows it; NULL behind the last. */
typedef struct flag_help {
    const char *name, *value, *doc;
    bool of_facts;
} flag_help;
const flag_help *args_flag(int i);

const char *args_setting(const args *a, const char *name); /* NULL: not given */

#endif
