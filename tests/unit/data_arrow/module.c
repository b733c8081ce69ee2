/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>
#include <string.h>

#include "../data_table/support/fixture.h"
#include "support/recorder.h"

/* The exporter and the importer as a shared library, for a producer and consumer that is not ours.
 */

CM_API void export_demo(struct ArrowArrayStream *out, int64_t batch_rows);
CM_API char *import_stream(struct ArrowArrayStream *stream);

void export_demo(struct ArrowArrayStream *out, int64_t batch_rows)
{
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    cmi_table_export(cm_result_table_at(result, 0), batch_rows, out, NULL);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

/* What the loader would get, or the message; the C library's free gives it back. */
char *import_stream(struct ArrowArrayStream *stream)
{
    cm_context *ctx = make_context(NULL);
    cm_error *err = cm_error_create();
    recorder rec;
    recorder_init(&rec, ctx);
    cm_loader *loader = recorder_loader(&rec);
    cm_status status = cm_loader_add_arrow(loader, "orders", stream, NULL, NULL, err);
    char *text = strdup(status == CM_OK ? rec.text : cm_error_message(err));
    recorder_free(&rec);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
    return text;
}
