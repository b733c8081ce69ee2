/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

struct reader {
    struct archive *archive;
    const volatile sig_atomic_t *stop;
    bool at_end; /* nothing (more) to read: also an empty input, which libarchive calls no entry */
    char problem[256];
    char block[1 << 16]; /* of standard input */
};

static const struct {
    const char *bytes;
    size_t n;
} packed_marks[] = {
    { "\x1f\x8b", 2 },
    { "\xfd"
      "7zXZ\0",
      6 },
    { "\x28\xb5\x2f\xfd", 4 },
    { "BZh", 3 },
    { "\x04\x22\x4d\x18", 4 },
};

bool is_packed(const char *path)
{
    char start[8];
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    size_t n = fread(start, 1, sizeof start, f);
    fclose(f);
    for (size_t i = 0; i < sizeof packed_marks / sizeof *packed_marks; i++) {
        if (n >= packed_marks[i].n && !memcmp(start, packed_marks[i].bytes, packed_marks[i].n)) {
            return true;
        }
    }
    return false;
}

static void support_streams(struct archive *a)
{
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
}

/* libarchive's own reading of a descriptor goes on after a signal; this one ends where it should.
 */
static la_ssize_t read_standard_input(struct archive *a, void *user, const void **bytes)
{
    reader *r = user;
    for (;;) {
        if (r->stop && *r->stop) {
            archive_set_error(a, EINTR, "interrupted");
            return -1;
        }
        ssize_t n = read(STDIN_FILENO, r->block, sizeof r->block);
        *bytes = r->block;
        if (n >= 0) return n;
        if (errno == EINTR) continue;
        archive_set_error(a, errno, "%s", strerror(errno));
        return -1;
    }
}

reader *reader_open(const char *path, const volatile sig_atomic_t *stop, char *why, int capacity)
{
    enum { BLOCK = 1 << 18 };
    reader *r = allocate(1, sizeof *r);
    r->archive = archive_read_new();
    if (!r->archive) {
        snprintf(why, (size_t)capacity, "out of memory");
        free(r);
        return NULL;
    }
    support_streams(r->archive);
    r->stop = stop;
    int status = strcmp(path, "-")
                     ? archive_read_open_filename(r->archive, path, BLOCK)
                     : archive_read_open(r->archive, r, NULL, read_standard_input, NULL);
    if (status == ARCHIVE_OK) {
        struct archive_entry *entry;
        status = archive_read_next_header(r->archive, &entry);
        if (status == ARCHIVE_EOF) {
            r->at_end = true;
            status = ARCHIVE_OK;
        }
    }
    if (status < ARCHIVE_WARN) {
        const char *said = archive_error_string(r->archive);
        snprintf(why, (size_t)capacity, "%s", said ? said : "cannot be read");
        reader_close(r);
        return NULL;
    }
    return r;
}

int64_t reader_read(void *buffer, int64_t capacity, void *user)
{
    reader *r = user;
    if (r->at_end || capacity <= 0) return 0;
    la_ssize_t n = archive_read_data(r->archive, buffer, (size_t)capacity);
    if (n < 0) {
        const char *said = archive_error_string(r->archive);
        snprintf(r->problem, sizeof r->problem, "%s", said ? said : "damaged");
        return -1;
    }
    if (n == 0) r->at_end = true;
    return n;
}

const char *reader_problem(const reader *r)
{
    return r->problem;
}

void reader_close(reader *r)
{
    if (!r) return;
    archive_read_free(r->archive);
    free(r);
}
