/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_CPUS_H
#define CMI_CORE_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Processors this process may keep busy: the affinity mask, cut by the cgroup quota (v1 and v2,
 * every ancestor); at least 1. The host's count is wrong in a container by a factor of up to 100.
 */
int32_t cmi_cpus_allowed(void);

/* The parts that can be tested without a container. 0: no limit. */
int32_t cmi_cpus_from_v2(const char *cpu_max); /* "max 100000" or "150000 100000" */
int32_t cmi_cpus_from_v1(const char *quota, const char *period); /* "-1" "100000" */
/* The least quota of a group and its ancestors in the tree at root; cuts `group` down. */
int32_t cmi_cpus_from_groups(const char *root, char *group, bool v2);
/* The path of a controller in the text of /proc/self/cgroup; false: none. controller "" is v2's
 * line. */
bool cmi_cgroup_path(const char *text, const char *controller, char *path, size_t capacity);

#endif
