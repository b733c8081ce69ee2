/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_EMIT_H
#define CMI_DATA_EMIT_H

#include "core/grid.h"
#include "core/int128.h"
#include "data/cells.h"
#include "data/options.h"

/* Columns of result tables, and how rows are put into them. */
typedef enum cmi_additivity { CMI_ALWAYS, CMI_OVER_GROUPS, CMI_NEVER } cmi_additivity;
typedef enum cmi_column_kind {
    CMI_C_BY, /* expands to one text column per `by` dimension; first column of every table of a KPI
                 that has by */
    CMI_C_I64,
    CMI_C_F64,
    CMI_C_MONEY,
    CMI_C_TEXT,
    CMI_C_BOOL,
    CMI_C_DATE,
    CMI_C_TIMESTAMP,
    CMI_C_PERIOD, /* date of the period's start; timestamp where the grid has hours */
    CMI_C_KEYS,   /* expands to the key columns of a child's table, as cmi_out_keys names them */
    CMI_C_RATE    /* x, x_lower, x_upper, x_state; numerator and denominator are columns of the same
                     table */
} cmi_column_kind;
typedef struct cmi_column_def {
    cmi_column_kind kind;
    const char *name;
    bool key;
    cmi_additivity additivity;
    const char *unit;
    const char *doc;
    const char *numerator, *denominator; /* RATE */
    const char *bounds;                  /* RATE: CMI_INTERVAL_NAMES of its name */
} cmi_column_def;
/* Names of the further columns of a rate or interval, one behind the other, so that introspection
 * has them as literals. */
#define CMI_INTERVAL_NAMES(NAME) NAME "_lower\0" NAME "_upper\0" NAME "_state"
#define CMI_COL_BY                                                                                 \
    {                                                                                              \
        CMI_C_BY, "by", true, CMI_NEVER, "", "the dimensions of by", NULL, NULL, NULL              \
    }
#define CMI_COL_KEYS                                                                               \
    {                                                                                              \
        CMI_C_KEYS, "keys", true, CMI_NEVER, "",                                                   \
            "further keys of the other KPI's table, under their own names", NULL, NULL, NULL       \
    }
#define CMI_COL_KEY(NAME, UNIT, DOC)                                                               \
    {                                                                                              \
        CMI_C_I64, NAME, true, CMI_NEVER, UNIT, DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_KEY_TEXT(NAME, DOC)                                                                \
    {                                                                                              \
        CMI_C_TEXT, NAME, true, CMI_NEVER, "", DOC, NULL, NULL, NULL                               \
    }
#define CMI_COL_KEY_F64(NAME, UNIT, DOC)                                                           \
    {                                                                                              \
        CMI_C_F64, NAME, true, CMI_NEVER, UNIT, DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_CUSTOMER CMI_COL_KEY_TEXT("customer", "customer id as given")
#define CMI_COL_PERIOD                                                                             \
    {                                                                                              \
        CMI_C_PERIOD, "period", true, CMI_NEVER, "", "start of the period", NULL, NULL, NULL       \
    }
#define CMI_COL_PERIOD_NAMED(NAME, DOC)                                                            \
    {                                                                                              \
        CMI_C_PERIOD, NAME, true, CMI_NEVER, "", DOC, NULL, NULL, NULL                             \
    }
#define CMI_COL_COUNT(NAME, ADD, DOC)                                                              \
    {                                                                                              \
        CMI_C_I64, NAME, false, ADD, "", DOC, NULL, NULL, NULL                                     \
    }
#define CMI_COL_I64(NAME, UNIT, ADD, DOC)                                                          \
    {                                                                                              \
        CMI_C_I64, NAME, false, ADD, UNIT, DOC, NULL, NULL, NULL                                   \
    }
#define CMI_COL_MONEY(NAME, ADD, DOC)                                                              \
    {                                                                                              \
        CMI_C_MONEY, NAME, false, ADD, "money", DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_F64(NAME, UNIT, DOC)                                                               \
    {                                                                                              \
        CMI_C_F64, NAME, false, CMI_NEVER, UNIT, DOC, NULL, NULL, NULL                             \
    }
#define CMI_COL_TEXT(NAME, DOC)                                                                    \
    {                                                                                              \
        CMI_C_TEXT, NAME, false, CMI_NEVER, "", DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_BOOL(NAME, DOC)                                                                    \
    {                                                                                              \
        CMI_C_BOOL, NAME, false, CMI_NEVER, "", DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_DATE(NAME, DOC)                                                                    \
    {                                                                                              \
        CMI_C_DATE, NAME, false, CMI_NEVER, "", DOC, NULL, NULL, NULL                              \
    }
#define CMI_COL_RATE(NAME, NUM, DEN, DOC)                                                          \
    {                                                                                              \
        CMI_C_RATE, NAME, false, CMI_NEVER, "ratio", DOC, NUM, DEN, CMI_INTERVAL_NAMES(NAME)       \
    }
/* Any other value with bounds and a state, for cmi_emit_interval. */
#define CMI_COL_INTERVAL(NAME, UNIT, DOC)                                                          \
    {                                                                                              \
        CMI_C_RATE, NAME, false, CMI_NEVER, UNIT, DOC, NULL, NULL, CMI_INTERVAL_NAMES(NAME)        \
    }
#define CMI_COL_END                                                                                \
    {                                                                                              \
        CMI_C_I64, NULL, false, CMI_NEVER, NULL, NULL, NULL, NULL, NULL                            \
    }

typedef struct cmi_table_def {
    const char *name;
    const cmi_column_def *columns;
    const char *doc;
} cmi_table_def;
#define CMI_TABLE(NAME, COLUMNS, DOC)                                                              \
    {                                                                                              \
        NAME, COLUMNS, DOC                                                                         \
    }
#define CMI_TABLE_END                                                                              \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

typedef struct cmi_output cmi_output;
typedef struct cmi_rows cmi_rows; /* a table being filled */

/* The table with that index in the descriptor's list; made on first call, so a table that is never
 * asked for is not in the result. Columns are named by their index in the definition; by and rate
 * groups expand behind the scenes. Cells not put are null. The first failure sticks. */
cmi_rows *cmi_out(cmi_output *out, int table);
/* A PERIOD column of the table is text in this result (a cohort keyed by a dimension). Before its
 * first row. */
void cmi_out_as_text(cmi_output *out, int table, int column);
/* The columns that KEYS of the table stands for: named here, typed like these, of which there are
 * at most CMI_MAX_OUT_KEYS. Before its first row; without this call there are none. */
enum { CMI_MAX_OUT_KEYS = 16 };
struct cmi_table_column;
void cmi_out_keys(cmi_output *out, int table, const char *const *name,
                  const struct cmi_table_column *const *like, int n);
void cmi_row(cmi_rows *t, uint32_t group);             /* begins a row; fills the by columns */
void cmi_row_total(cmi_rows *t);                       /* a row over all groups: by columns null */
void cmi_emit_i64(cmi_rows *t, int column, int64_t v); /* CMI_NULL puts null */
void cmi_emit_f64(cmi_rows *t, int column,
                  double v); /* NaN puts null; infinite is CM_ERR_INTERNAL */
void cmi_emit_ratio(cmi_rows *t, int column, cmi_i128 numerator,
                    cmi_i128 denominator); /* one rounding; null where the denominator is 0 */
void cmi_emit_bool(cmi_rows *t, int column, bool v);
void cmi_emit_text_n(cmi_rows *t, int column, const char *p, size_t n);
void cmi_emit_text_z(cmi_rows *t, int column, const char *text); /* NULL puts null */
void cmi_emit_code(cmi_rows *t, int column, const cmi_state *s, int cells, int part,
                   int64_t code);                         /* 0 puts null */
void cmi_emit_money(cmi_rows *t, int column, cmi_i128 v); /* units of 10^-scale */
/* sum / n as money, rounded once half-even to the scale; null where n is 0. */
void cmi_emit_money_ratio(cmi_rows *t, int column, cmi_i128 sum, cmi_i128 n);
void cmi_emit_date(cmi_rows *t, int column, int64_t days);
void cmi_emit_time(cmi_rows *t, int column, int64_t us);
void cmi_emit_period(cmi_rows *t, int column, const cmi_grid *grid, int64_t period);
/* Share k of n with Wilson's interval at the run's confidence; n 0: null, undefined. Pending puts
 * null. */
void cmi_emit_rate(cmi_rows *t, int column, int64_t k, int64_t n, cmi_period_state state);
/* Any other value with its interval: NaN bounds put null. */
void cmi_emit_interval(cmi_rows *t, int column, double value, double lower, double upper,
                       cmi_period_state state);
/* A row of `diagnostics` (code, message), which every KPI has. */
void cmi_diagnose(cmi_output *out, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A warning in the meta. */
void cmi_warn(cmi_output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int32_t cmi_output_scale(const cmi_output *out);
double cmi_output_confidence(const cmi_output *out);
cm_status cmi_output_status(const cmi_output *out);
const char *cmi_output_by_text(const cmi_output *out, uint32_t group,
                               int dimension); /* NULL: null */
int cmi_output_n_by(const cmi_output *out);

/* Copies a cell into the k-th of the columns that KEYS stands for. */
void cmi_emit_key(cmi_rows *t, int column, int k, const struct cmi_table_column *from, int64_t row);

/* Splits `total` in proportion to weight[0..n) (>= 0, not all 0) by largest remainder, ties to the
 * lower index; exact. */
void cmi_split(cmi_i128 total, const int64_t *weight, int64_t n, cmi_i128 *share);

/* ---- for the house ---- */

/* The double nearest to numerator / denominator (not 0); NaN for 0 / 0. */
double cmi_ratio128(cmi_i128 numerator, cmi_i128 denominator);
/* a / b (b not 0), rounded half to even. */
cmi_i128 cmi_divide_half_even(cmi_i128 a, cmi_i128 b);

struct cm_plan;
struct cm_result;
struct cmi_job;
/* An output that adds tables to the result while a KPI presents; job may be NULL. */
cm_status cmi_output_create(const struct cm_plan *plan, const cmi_state *state,
                            const struct cmi_job *job, struct cm_result *result, cmi_output **out,
                            cm_error *err);
/* Appends `diagnostics` where there is something to say. Returns the first failure, with its text.
 */
cm_status cmi_output_finish(cmi_output *out, cm_error *err);
void cmi_output_destroy(cmi_output *out); /* NULL ok */

#endif
