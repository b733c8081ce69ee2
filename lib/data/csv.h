/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CSV_H
#define CMI_DATA_CSV_H

#include "data/batch.h"
#include "data/scratch.h"

/* CSV as RFC 4180 has it, and as it is found in the wild. A quote opens a quoted field only at the
 * field's very start and is an ordinary character elsewhere; what follows a closing quote belongs
 * to the field. Records end at LF, CR LF, or CR alone where the file uses that; empty lines are
 * none. */
typedef struct cmi_csv_dialect {
    char delimiter, quote;
    char newline; /* '\n', or '\r' in files that have no other */
} cmi_csv_dialect;

/* csv_sniff.c */
/* Bytes of a mark to skip in front; compressed files and UTF-16 are CM_ERR_FORMAT. */
cm_status cmi_csv_check_start(const char *p, int64_t n, int64_t *skip, cm_error *err);
/* What is given (not 0) is kept; the rest follows from the first records. */
void cmi_csv_sniff(const char *p, int64_t n, cmi_csv_dialect *d);

/* csv_scan.c; p is the start of a record. */
int64_t cmi_csv_first_end(const char *p, int64_t n,
                          const cmi_csv_dialect *d); /* behind the first record; 0: it goes on */
int64_t cmi_csv_last_end(const char *p, int64_t n,
                         const cmi_csv_dialect *d); /* behind the last one */
/* Start of the field in which the bytes end. */
int64_t cmi_csv_last_field(const char *p, int64_t n, const cmi_csv_dialect *d);
int32_t cmi_csv_count_fields(const char *p, int64_t n,
                             const cmi_csv_dialect *d); /* of one record */

/* csv_index.c: whole records to columns of text. */
typedef struct cmi_csv_shape {
    cmi_csv_dialect dialect;
    int32_t n_columns;
    const char *const *names;
    const bool *skipped; /* per column; NULL: none */
    int64_t max_field;
} cmi_csv_shape;
cm_status cmi_csv_index(const cmi_csv_shape *shape, const char *p, int64_t n, cmi_scratch *scratch,
                        cmi_batch *out, cm_error *err);

/* csv_match.h: 64 bytes at a time. */

/* Where bytes come from: a file descriptor, or a callback, which must run on the caller's thread.
 */
typedef struct cmi_csv_source {
    int32_t fd;
    cm_read_fn read; /* NULL: fd */
    void *user;
    int64_t size; /* bytes in all; 0: not known */
} cmi_csv_source;

/* The entrance behind cm_loader_add_csv*; block: bytes a task takes, 0: the default (for tests). */
cm_status cmi_csv_add(cm_loader *loader, const char *table, const cmi_csv_source *source,
                      const cm_mapping *mapping, const cm_run *run, int64_t block, cm_error *err);

#endif
