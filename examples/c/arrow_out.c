/* SPDX-License-Identifier: MIT */
/* Numbers out as an Arrow stream, which Arrow libraries of every language take without copying.
 * This consumer needs no library: it reads the schema, then walks the batches. */
#include "common.h"

#include <string.h>

static void need_arrow(int code, struct ArrowArrayStream *stream)
{
    if (!code) return;
    fprintf(stderr, "arrow: %s\n", stream->get_last_error(stream));
    exit(2);
}

/* A null has its bit at 0; without a bitmap there are no nulls. */
static bool is_valid(const struct ArrowArray *column, int64_t row)
{
    const uint8_t *bits = column->buffers[0];
    row += column->offset;
    return !bits || (bits[row / 8] >> (row % 8) & 1);
}

static void print_cell(const struct ArrowArray *column, const char *format, int64_t row)
{
    int64_t at = row + column->offset;
    if (!is_valid(column, row)) {
        printf("  null");
    } else if (!strcmp(format, "l")) { /* int64 */
        printf("  %lld", (long long)((const int64_t *)column->buffers[1])[at]);
    } else if (!strcmp(format, "tdD")) { /* date32: days since 1970 */
        printf("  day %d", (int)((const int32_t *)column->buffers[1])[at]);
    } else if (!strncmp(format, "d:", 2)) { /* decimal128 of 16 bytes, lowest first */
        int64_t low;                        /* these amounts fit the lower half */
        memcpy(&low, (const char *)column->buffers[1] + 16 * at, sizeof low);
        printf("  %.2f", (double)low / 1e4);
    } else {
        printf("  ?");
    }
}

int main(int argc, char **argv)
{
    static const option by_month[] = { { "period", "month" }, { NULL, NULL } };
    static const char *const shown[] = { "period", "n_customers", "n_orders", "revenue" };
    enum { N_SHOWN = sizeof shown / sizeof *shown };
    cm_error *err = cm_error_create();
    cm_context *ctx;
    need(cm_context_create(NULL, &ctx, err), err);
    cm_dataset *shop = load_orders(ctx, orders_file(argc, argv), err);
    cm_result *result = run_kpi(ctx, shop, "purchase", by_month, err);
    struct ArrowArrayStream stream;
    need(cm_table_export_arrow(table_of(result, "periods", err), &stream, err), err);

    /* The stream holds what it needs: everything else may go. */
    cm_result_destroy(result);
    cm_dataset_destroy(shop);
    cm_context_destroy(ctx);
    cm_error_destroy(err);

    struct ArrowSchema schema;
    int64_t columns[N_SHOWN] = { 0 };
    need_arrow(stream.get_schema(&stream, &schema), &stream);
    for (int64_t i = 0; i < schema.n_children; i++) {
        for (int k = 0; k < N_SHOWN; k++) {
            if (strcmp(schema.children[i]->name, shown[k]) != 0) continue;
            columns[k] = i;
            printf("%-11s  %s\n", shown[k], schema.children[i]->format);
        }
    }
    for (;;) {
        struct ArrowArray batch;
        need_arrow(stream.get_next(&stream, &batch), &stream);
        if (!batch.release) break; /* the end */
        for (int64_t row = 0; row < batch.length; row++) {
            for (int k = 0; k < N_SHOWN; k++) {
                int64_t i = columns[k];
                print_cell(batch.children[i], schema.children[i]->format, row);
            }
            printf("\n");
        }
        batch.release(&batch);
    }
    schema.release(&schema);
    stream.release(&stream);
    return 0;
}
