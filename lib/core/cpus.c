/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "core/cpus.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 1024

static bool read_small(const char *path, char *text, size_t capacity)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    size_t n = 0;
    ssize_t got;
    while (n + 1 < capacity && (got = read(fd, text + n, capacity - 1 - n)) > 0) n += (size_t)got;
    close(fd);
    text[n] = '\0';
    return n > 0;
}

/* Digits at *p, which then points behind them; -1: none there or too many. */
static int64_t take_number(const char **p)
{
    while (**p == ' ') (*p)++;
    int64_t v = 0;
    int digits = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++, digits++)
        if (digits < 18) v = v * 10 + (**p - '0');
    return digits == 0 || digits > 18 ? -1 : v;
}

static int32_t divide_quota(int64_t quota, int64_t period)
{
    if (quota <= 0 || period <= 0) return 0;
    int64_t n = (quota - 1) / period + 1;
    return n > INT32_MAX ? 0 : (int32_t)n;
}

int32_t cmi_cpus_from_v2(const char *cpu_max)
{
    int64_t quota = take_number(&cpu_max);
    return divide_quota(quota, take_number(&cpu_max));
}

int32_t cmi_cpus_from_v1(const char *quota, const char *period)
{
    int64_t q = take_number(&quota);
    return divide_quota(q, take_number(&period));
}

static bool lists_controller(const char *list, size_t n, const char *controller)
{
    size_t m = strlen(controller);
    if (m == 0) return n == 0;
    for (size_t i = 0; i + m <= n; i++) {
        bool starts = i == 0 || list[i - 1] == ',';
        bool ends = i + m == n || list[i + m] == ',';
        if (starts && ends && memcmp(list + i, controller, m) == 0) return true;
    }
    return false;
}

/* Lines are "number:controllers:path". */
bool cmi_cgroup_path(const char *text, const char *controller, char *path, size_t capacity)
{
    for (const char *line = text; line && *line;
         line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        size_t length = strcspn(line, "\n");
        const char *list = memchr(line, ':', length);
        if (!list) continue;
        list++;
        const char *end = memchr(list, ':', length - (size_t)(list - line));
        if (!end || !lists_controller(list, (size_t)(end - list), controller)) continue;
        size_t n = length - (size_t)(end + 1 - line);
        if (n >= capacity) return false;
        memcpy(path, end + 1, n);
        path[n] = '\0';
        return true;
    }
    return false;
}

static int32_t least(int32_t a, int32_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int32_t read_quota(const char *root, const char *group, bool v2)
{
    char file[PATH_ROOM + 128], text[64], period[64];
    if (v2) {
        snprintf(file, sizeof file, "%s%s/cpu.max", root, group);
        return read_small(file, text, sizeof text) ? cmi_cpus_from_v2(text) : 0;
    }
    snprintf(file, sizeof file, "%s%s/cpu.cfs_quota_us", root, group);
    if (!read_small(file, text, sizeof text)) return 0;
    snprintf(file, sizeof file, "%s%s/cpu.cfs_period_us", root, group);
    return read_small(file, period, sizeof period) ? cmi_cpus_from_v1(text, period) : 0;
}

/* The least quota on the way from a group to the root. In a container the path may name a folder
 * that only the host sees; its ancestors, the root at last, are then the ones that count. */
int32_t cmi_cpus_from_groups(const char *root, char *group, bool v2)
{
    int32_t quota = 0;
    for (;;) {
        size_t n = strlen(group);
        while (n > 0 && group[n - 1] == '/') group[--n] = '\0';
        quota = least(quota, read_quota(root, group, v2));
        char *slash = strrchr(group, '/');
        if (!slash) return quota;
        *slash = '\0';
    }
}

static int32_t find_quota(void)
{
    char text[4096], group[PATH_ROOM];
    if (!read_small("/proc/self/cgroup", text, sizeof text)) return 0;
    int32_t quota = 0;
    if (cmi_cgroup_path(text, "", group, sizeof group)) {
        quota = cmi_cpus_from_groups("/sys/fs/cgroup", group, true);
        if (quota == 0 && cmi_cgroup_path(text, "", group, sizeof group))
            quota = cmi_cpus_from_groups("/sys/fs/cgroup/unified", group, true);
    }
    if (cmi_cgroup_path(text, "cpu", group, sizeof group))
        quota = least(quota, cmi_cpus_from_groups("/sys/fs/cgroup/cpu", group, false));
    return quota;
}

int32_t cmi_cpus_allowed(void)
{
    int32_t n = 1;
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    else
#endif
    {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        n = online > 0 && online < INT32_MAX ? (int32_t)online : 1;
    }
    if (n <= 1) return 1;
    int32_t quota = find_quota();
    return quota > 0 && quota < n ? quota : n;
}
