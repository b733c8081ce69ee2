/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC */
#include "core/tz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

#define MAX_FILE  ((size_t)1 << 20)
#define PATH_ROOM 2048
#define LIST_ROOM 320

static cmi_tz *create_zone(cm_context *ctx, const char *name, const char *version)
{
    cmi_tz *tz = cmi_calloc(ctx, 1, sizeof *tz);
    if (!tz) return NULL;
    tz->ctx = ctx;
    tz->refs = 1;
    cmi_context_retain(ctx);
    snprintf(tz->name, sizeof tz->name, "%s", name);
    snprintf(tz->version, sizeof tz->version, "%s", version);
    return tz;
}

void cmi_tz_retain(cmi_tz *tz)
{
    if (tz) __atomic_fetch_add(&tz->refs, 1, __ATOMIC_RELAXED);
}

void cmi_tz_release(cmi_tz *tz)
{
    if (!tz || __atomic_fetch_sub(&tz->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    cm_context *ctx = tz->ctx;
    cmi_free(ctx, tz->at);
    cmi_free(ctx, tz->offset);
    cmi_free(ctx, tz);
    cmi_context_release(ctx);
}

const char *cmi_tz_name(const cmi_tz *tz)
{
    return tz ? tz->name : "UTC";
}

const char *cmi_tz_version(const cmi_tz *tz)
{
    return tz ? tz->version : "builtin";
}

cm_status cmi_tz_from_bytes(cm_context *ctx, const char *name, const void *bytes, size_t size,
                            cmi_tz **out, cm_error *err)
{
    cmi_tz *tz = create_zone(ctx, name, "unknown");
    if (!tz) return cmi_no_memory(ctx, err);
    cm_status s = cmi_tz_parse(tz, bytes, size, err);
    if (s)
        cmi_tz_release(tz);
    else
        *out = tz;
    return s;
}

/* ---- names ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "+05:30", "+0530", "+05", up to 23:59. */
static bool read_fixed(const char *name, int32_t *offset)
{
    size_t n = strlen(name);
    if ((name[0] != '+' && name[0] != '-') || n < 3 || n > 6) return false;
    char digits[5] = "0000";
    size_t k = 0;
    for (size_t i = 1; i < n; i++) {
        if (name[i] == ':' && i == 3 && n == 6) continue;
        if (!is_digit(name[i]) || k == 4) return false;
        digits[k++] = name[i];
    }
    if (k != 2 && k != 4) return false;
    int32_t h = (digits[0] - '0') * 10 + digits[1] - '0',
            m = (digits[2] - '0') * 10 + digits[3] - '0';
    if (h > 23 || m > 59) return false;
    *offset = (h * 60 + m) * 60 * (name[0] == '-' ? -1 : 1);
    return true;
}

/* Parts of letters, digits, _ + - . with single slashes between; no part is "." or "..". */
static bool is_safe(const char *name)
{
    size_t n = strlen(name), part = 0;
    if (n == 0 || n > 200) return false;
    for (size_t i = 0; i <= n; i++) {
        char c = name[i];
        if (c == '/' || c == '\0') {
            size_t length = i - part;
            if (length == 0 || name[part] == '.') return false;
            part = i + 1;
        } else if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
                   !strchr("_+-.", c)) {
            return false;
        }
    }
    return true;
}

/* ---- files ---- */

/* A regular file of at most MAX_FILE bytes, or 0. */
static size_t read_file(cm_context *ctx, const char *path, void **bytes, bool *no_memory)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    size_t n = 0;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (size_t)st.st_size <= MAX_FILE) {
        size_t size = (size_t)st.st_size;
        *bytes = cmi_alloc(ctx, size);
        *no_memory = !*bytes;
        while (*bytes && n < size) {
            ssize_t got = read(fd, (char *)*bytes + n, size - n);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            n += (size_t)got;
        }
        if (n == 0) {
            cmi_free(ctx, *bytes);
            *bytes = NULL;
        }
    }
    close(fd);
    return n;
}

static size_t read_start(const char *folder, const char *file, char *text, size_t capacity)
{
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    if (n < 0 || (size_t)n >= sizeof path) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, capacity - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* tzdata.zi begins with "# version 2026a"; macOS and the BSDs have a file +VERSION instead. */
static void read_version(const char *folder, char *version, size_t capacity)
{
    static const char mark[] = "# version ";
    char text[64];
    const char *p = NULL;
    if (read_start(folder, "tzdata.zi", text, sizeof text) &&
        strncmp(text, mark, sizeof mark - 1) == 0)
        p = text + sizeof mark - 1;
    else if (read_start(folder, "+VERSION", text, sizeof text))
        p = text;
    size_t n = p ? strspn(p, "0123456789abcdefghijklmnopqrstuvwxyz-.") : 0;
    if (n == 0 || n >= capacity) return;
    memcpy(version, p, n);
    version[n] = '\0';
}

typedef struct search {
    char looked[LIST_ROOM]; /* folders, for the message */
    size_t used;
    bool no_memory;
} search;

static void note_folder(search *s, const char *folder)
{
    int n = snprintf(s->looked + s->used, sizeof s->looked - s->used, "%s%s", s->used ? ", " : "",
                     folder);
    if (n > 0) s->used += (size_t)n;
    if (s->used >= sizeof s->looked) s->used = sizeof s->looked - 1;
}

/* CM_ERR_NOT_FOUND without a text: not in this folder. */
static cm_status load_from(cm_context *ctx, const char *folder, const char *name, search *s,
                           cmi_tz **out, cm_error *err)
{
    char path[PATH_ROOM];
    note_folder(s, folder);
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) return CM_ERR_NOT_FOUND;
    void *bytes = NULL;
    size_t size = read_file(ctx, path, &bytes, &s->no_memory);
    if (s->no_memory) return cmi_no_memory(ctx, err);
    if (size == 0) return CM_ERR_NOT_FOUND;
    cmi_tz *tz = NULL;
    cm_status status = cmi_tz_from_bytes(ctx, name, bytes, size, &tz, err);
    cmi_free(ctx, bytes);
    if (status) return status;
    read_version(folder, tz->version, sizeof tz->version);
    *out = tz;
    return CM_OK;
}

static cm_status search_folders(cm_context *ctx, const char *name, cmi_tz **out, cm_error *err)
{
    static const char *const system_folders[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                                  "/usr/share/lib/zoneinfo", "/etc/zoneinfo" };
    search s = { .used = 0 };
    const char *own = cmi_context_tz_directory(ctx), *tzdir = getenv("TZDIR");
    cm_status status = CM_ERR_NOT_FOUND;
    if (own) {
        status = load_from(ctx, own, name, &s, out, err);
    } else {
        if (tzdir && *tzdir) status = load_from(ctx, tzdir, name, &s, out, err);
        for (size_t i = 0;
             status == CM_ERR_NOT_FOUND && i < sizeof system_folders / sizeof *system_folders; i++)
            status = load_from(ctx, system_folders[i], name, &s, out, err);
    }
    if (status != CM_ERR_NOT_FOUND) return status;
    cmi_fail(err, CM_ERR_NOT_FOUND, "no time zone \"%s\" in %s", name, s.looked);
    cmi_error_hint(err,
                   "use an IANA name such as Europe/Paris; without tzdata only UTC and offsets "
                   "such as +05:30 are known");
    return CM_ERR_NOT_FOUND;
}

cm_status cmi_tz_load(cm_context *ctx, const char *name, cmi_tz **out, cm_error *err)
{
    int32_t offset = 0;
    if (!name) return cmi_fail(err, CM_ERR_ARG, "the time zone is NULL");
    if (strcmp(name, "UTC") == 0 || read_fixed(name, &offset)) {
        char text[16] = "UTC";
        int32_t minutes = (offset < 0 ? -offset : offset) / 60;
        if (name[0] != 'U')
            snprintf(text, sizeof text, "%c%02d:%02d", offset < 0 ? '-' : '+',
                     (int)(minutes / 60 % 24), (int)(minutes % 60));
        cmi_tz *tz = create_zone(ctx, text, "builtin");
        if (!tz) return cmi_no_memory(ctx, err);
        tz->first = offset;
        *out = tz;
        return CM_OK;
    }
    if (!is_safe(name)) {
        cmi_fail(err, CM_ERR_NOT_FOUND, "\"%s\" is no name of a time zone", name);
        cmi_error_hint(err,
                       "use an IANA name such as Europe/Paris, UTC, or an offset such as +05:30");
        return CM_ERR_NOT_FOUND;
    }
    return search_folders(ctx, name, out, err);
}
