/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_READER_H
#define PROGRAM_READER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of a file or of standard input, unpacked where they are gzip, xz, zstd, bzip2 or lz4. */
typedef struct reader reader;

/* Does the file begin as a packed one does? False also where it cannot be read: opening says why.
 */
bool is_packed(const char *path);
/* path "-": standard input, whose waiting ends when a signal came that sets *stop (NULL: never).
 * NULL: `why` says what is wrong. */
reader *reader_open(const char *path, const volatile sig_atomic_t *stop, char *why, int capacity);
/* A cm_read_fn; `user` is the reader. */
int64_t reader_read(void *buffer, int64_t capacity, void *user);
/* What went wrong in reading; "" where nothing did. */
const char *reader_problem(const reader *r);
void reader_close(reader *r);

#endif
