/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>
#include <time.h>

#include "core/parallel.h"
#include "data/cells.h"
#include "walk.h"

/* The linker's --wrap puts these in front of the library's own functions. */

static _Atomic int64_t polls, cancel_at, states;
static atomic_bool slow_states;

void walk_hook_reset(void)
{
    atomic_store(&polls, 0);
    atomic_store(&cancel_at, 0);
    atomic_store(&states, 0);
    atomic_store(&slow_states, false);
}

int64_t walk_states_made(void)
{
    return atomic_load(&states);
}

int64_t walk_polls(void)
{
    return atomic_load(&polls);
}

void walk_cancel_at(int64_t poll)
{
    atomic_store(&cancel_at, poll);
}

void walk_slow_states(bool slow)
{
    atomic_store(&slow_states, slow);
}

bool __real_cmi_job_cancelled(const cmi_job *job);
bool __wrap_cmi_job_cancelled(const cmi_job *job);
bool __wrap_cmi_job_cancelled(const cmi_job *job)
{
    int64_t poll = atomic_fetch_add(&polls, 1) + 1, at = atomic_load(&cancel_at);
    return (at && poll >= at) || __real_cmi_job_cancelled(job);
}

cm_status __real_cmi_state_create(const struct cm_plan *plan, cmi_state **out, cm_error *err);
cm_status __wrap_cmi_state_create(const struct cm_plan *plan, cmi_state **out, cm_error *err);
cm_status __wrap_cmi_state_create(const struct cm_plan *plan, cmi_state **out, cm_error *err)
{
    atomic_fetch_add(&states, 1);
    if (atomic_load(&slow_states)) nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
    return __real_cmi_state_create(plan, out, err);
}
