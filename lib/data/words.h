/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_WORDS_H
#define CMI_DATA_WORDS_H

#include "core/buffer.h"
#include "core/calendar.h"
#include "core/memory.h"

/* The lowest layer of all option grammars: words between separators, protected by double quotes. */

/* An option's text being read: where values live, what its canonical text is, how errors name it.
 */
typedef struct cmi_option_reader {
    cm_context *ctx;
    cmi_arena *arena;     /* of the values */
    cm_buffer *canonical; /* grows by the canonical text */
    const cmi_tz *tz;     /* zone of dates and local times */
    const char *option;   /* named in errors */
    const char *text;     /* the whole text, for errors */
    cm_error *err;
} cmi_option_reader;

typedef struct cmi_word {
    const char *text; /* in the arena, without quotes and outer blanks, NUL-terminated */
    size_t n;
    bool quoted;
    char stop; /* the separator behind it; 0 at the end */
} cmi_word;

/* Reads up to one of `stops` outside quotes, and moves *p behind it. */
cm_status cmi_word_next(cmi_option_reader *r, const char **p, const char *stops, cmi_word *out);
/* The raw text up to one of `stops` outside quotes, without outer blanks; false at the end. `*p` is
 * NULL behind the last slice, so that an empty slice after a separator is given too. */
bool cmi_slice_next(const char **p, const char *stops, const char **start, size_t *n);
/* No text has more words than this. */
int64_t cmi_words_bound(const char *text, const char *stops);
/* Whether a word reads back only in quotes, and the word, in quotes if so. */
bool cmi_word_needs_quotes(const char *text, const char *specials);
void cmi_word_put(cm_buffer *b, const char *text, const char *specials);

/* "windows=1,400: '400' ...": CM_ERR_OPTION with the option named. */
cm_status cmi_option_bad(const cmi_option_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
cm_status cmi_option_fail(const cmi_option_reader *r, cm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Room for n + 1 elements, cleared; NULL: the error says so. */
void *cmi_option_room(const cmi_option_reader *r, int64_t n, size_t size);

#endif
