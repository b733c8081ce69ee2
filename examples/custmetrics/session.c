/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* What a signal handler may reach. */
static cm_cancel *volatile interrupt;
volatile sig_atomic_t session_interrupted;
static bool progress_shown;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    session_interrupted = 1;
    if (interrupt) cm_cancel_set(interrupt);
}

void progress_clear(void)
{
    if (progress_shown) fputs("\r\033[K", stderr);
    progress_shown = false;
}

static int32_t show_progress(double done, const char *phase, void *user)
{
    (void)user;
    fprintf(stderr, "\r\033[K%s %3.0f %%", phase ? phase : "", 100.0 * done);
    fflush(stderr);
    progress_shown = true;
    return 0;
}

bool session_open(session *s, const args *a, int *status)
{
    *s = (session){ .a = a, .err = cm_error_create() };
    cm_cancel *cancel = NULL;
    if (!s->err || cm_context_create(NULL, &s->ctx, s->err) != CM_OK ||
        cm_cancel_create(&cancel, s->err) != CM_OK) {
        *status = session_fail(s, NULL);
        session_close(s);
        return false;
    }
    interrupt = cancel;
    struct sigaction action = { .sa_handler = on_interrupt };
    /* A second Ctrl-C ends the program at once, should the first take too long. */
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    s->run = (cm_run){ .struct_size = sizeof s->run, .threads = a->threads, .cancel = cancel };
    if (!a->quiet && isatty(STDERR_FILENO)) s->run.progress = show_progress;
    return true;
}

void session_close(session *s)
{
    progress_clear();
    cm_cancel *cancel = interrupt;
    interrupt = NULL;
    cm_dataset_destroy(s->dataset);
    cm_context_destroy(s->ctx);
    cm_cancel_destroy(cancel);
    cm_error_destroy(s->err);
    *s = (session){ 0 };
}

int usage_error(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    progress_clear();
    fputs("custmetrics: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return EXIT_USAGE;
}

/* A part of the place, if the message does not say it already. */
static void add_part(text *line, const char *message, const char *what, const char *value)
{
    text part = { 0 };
    text_printf(&part, "%s %s", what, value);
    if (!strstr(message, text_c(&part))) text_printf(line, "%s: ", text_c(&part));
    text_free(&part);
}

/* Every reader of an error gets file, row, column and reason. */
static void add_place(text *line, const cm_error *err, const char *message)
{
    char row[32];
    snprintf(row, sizeof row, "%lld", (long long)cm_error_row(err));
    if (cm_error_row(err) > 0) add_part(line, message, "row", row);
    if (*cm_error_column(err)) add_part(line, message, "column", cm_error_column(err));
}

int session_fail(const session *s, const char *what)
{
    progress_clear();
    cm_status status = s->err ? cm_error_status(s->err) : CM_ERR_MEMORY;
    const char *message = s->err ? cm_error_message(s->err) : "out of memory";
    text line = { 0 };
    text_puts(&line, "custmetrics: ");
    if (what) text_printf(&line, "%s: ", what);
    if (s->err) add_place(&line, s->err, message);
    text_puts(&line, *message ? message : cm_status_name(status));
    if (s->err && *cm_error_hint(s->err)) text_printf(&line, " (%s)", cm_error_hint(s->err));
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '\n') line.p[i] = ' ';
    }
    fprintf(stderr, "%s\n", text_c(&line));
    text_free(&line);
    if (status == CM_ERR_CANCELLED) return EXIT_INTERRUPTED;
    return status > 0 && status < 10 ? EXIT_USAGE : EXIT_INPUT;
}

int session_apply_settings(const session *s, cm_params *params)
{
    for (int i = 0; i < s->a->n_settings; i++) {
        const setting *set = &s->a->settings[i];
        if (cm_params_set_text(params, set->name, set->value, s->err) != CM_OK) {
            return session_fail(s, NULL);
        }
    }
    return EXIT_FINE;
}

int session_params(const session *s, const char *kpi, cm_params **out)
{
    if (cm_params_create(s->ctx, kpi, out, s->err) != CM_OK) return session_fail(s, NULL);
    int code = session_apply_settings(s, *out);
    if (code != EXIT_FINE) {
        cm_params_destroy(*out);
        *out = NULL;
    }
    return code;
}
