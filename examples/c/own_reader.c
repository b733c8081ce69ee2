/* SPDX-License-Identifier: MIT */
/* Facts from anywhere: a callback hands over the bytes of a CSV as they come, from a socket, an
 * archive, or here from a file whose lines before June are passed over on the way. */
#include "common.h"

#include <string.h>

typedef struct source {
    FILE *file;
    int64_t lines_left; /* after so many the source breaks; below 0: never */
} source;

/* One line a call (those of this file are short). Fewer bytes than `capacity` are fine, 0 is the
 * end, below 0 an error. */
static int64_t read_since_june(void *buffer, int64_t capacity, void *user)
{
    source *s = user;
    char *line = buffer;
    int room = capacity < 4096 ? (int)capacity : 4096;
    if (s->lines_left >= 0 && s->lines_left-- == 0) return -5;
    while (fgets(line, room, s->file)) {
        const char *time = strchr(line, ',');
        bool is_header = !strncmp(line, "order,", 6);
        if (is_header || !time || strcmp(time + 1, "2024-06") >= 0) return (int64_t)strlen(line);
    }
    return ferror(s->file) ? -1 : 0;
}

int main(int argc, char **argv)
{
    static const option by_month[] = { { "period", "month" }, { NULL, NULL } };
    cm_error *err = cm_error_create();
    cm_context *ctx;
    cm_loader *loader;
    cm_dataset *shop;
    need(cm_context_create(NULL, &ctx, err), err);
    need(cm_loader_create(ctx, NULL, NULL, &loader, err), err);

    source s = { fopen(orders_file(argc, argv), "r"), 3 };
    if (!s.file) return 2;
    cm_status status =
        cm_loader_add_csv_reader(loader, "orders", read_since_june, &s, NULL, NULL, err);
    printf("%s: %s\n", cm_status_name(status), cm_error_message(err));

    /* The failed add left the loader as it was, so it may be tried again. */
    rewind(s.file);
    s.lines_left = -1;
    need(cm_loader_add_csv_reader(loader, "orders", read_since_june, &s, NULL, NULL, err), err);
    fclose(s.file);
    need(cm_loader_seal(loader, NULL, &shop, err), err);

    cm_result *result = run_kpi(ctx, shop, "purchase", by_month, err);
    const cm_table *periods = table_of(result, "periods", err);
    int32_t revenue = column_of(periods, "revenue", err);
    char money[64];
    int64_t length;
    need(cm_table_format(periods, 0, revenue, money, sizeof money, &length, NULL, err), err);
    printf("%d orders since June: %s\n", (int)cm_dataset_n_rows(shop, "orders"), money);

    cm_result_destroy(result);
    cm_dataset_destroy(shop);
    cm_loader_destroy(loader);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return 0;
}
