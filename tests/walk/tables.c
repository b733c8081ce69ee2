/* SPDX-License-Identifier: MIT
 *
 * What the walk must be told of a KPI, which is little: why something is not for it, under which
 * further options an option shows its effect, what else to set an option to. "*" is every KPI.
 */
#include <stddef.h>

#include "walk.h"

typedef struct line {
    const char *kpi, *what, *text;
} line;

static const line EXCUSES[] = {
    { "*", "max_groups", "a limit: refuses or does nothing" },
    { "*", "compat", "presets have tests of their own" },
    { "*", "business", "presets have tests of their own" },
    { "*", "seed", "nothing is drawn at random in the exact KPIs" },
    { "*", "segment_at", "moves ages and labels; tested with them" },
    { "*", "unit", "compared with facts owned by it" },
    { "*", "week_start=monday", "the dataset's own" },
    { "attribution", "model=all", "the example's own" },
    { "clv_summary", "week_start", "weeks are 7 days from the first purchase" },
    { "bgnbd", "week_start", "weeks are 7 days from the first purchase" },
    { "bgnbd", "covariates", "known, and not offered yet" },
    { "cac", "by steps", "what a step costs is told of all groups together" },
    { "rfm", "scoring=fixed", "goes with its cuts only, which are tried" },
    { "nps", "by comparisons", "by is compared too, so one group alone compares other things" },
};

static const line SETTINGS[] = {
    { "*", "week_start", "period=week" },
    { "*", "tz", "period=day" },
    { "active_users", "touch", "by=device" },
    { "attribution", "tz", "from=2024-03-31" },
    { "bgnbd", "discount_unit=week", "time_unit=day" },
    { "cohort", "within", "grid=anniversary" },
    { "cohort", "anchor=first_in_range", "from=2024-01-01" },
    { "cohort", "anchor=first_matching", "where=device:phone" },
    { "cohort", "denominator=cohort", "as_of=2024-04-15" },
    { "cohort", "horizon", "criterion=on_or_after" },
    { "cohort", "brackets", "criterion=bracket" },
    { "funnel", "tz", "from=2024-03-31" },
    { "funnel", "strict_scope=all", "order=strict" },
    { "funnel", "anchors", "order=any" },
    { "funnel", "entry=each_entry", "counting=totals" },
    { "funnel", "tie_window", "ties=any_order_within" },
    { "funnel", "exclusion=disqualify", "exclude=checkout" },
    { "funnel", "sessions=given", "counting=sessions" },
    { "funnel", "gap", "counting=sessions" },
    { "funnel", "touch", "by=device" },
    { "rfm", "tz", "as_of=2024-05-01" },
    { "rfm", "r_cuts", "scoring=fixed r_cuts=30,90 f_cuts=2,4 m_cuts=50,200" },
    { "rfm", "f_cuts", "scoring=fixed r_cuts=30,90 f_cuts=2,4 m_cuts=50,200" },
    { "rfm", "m_cuts", "scoring=fixed r_cuts=30,90 f_cuts=2,4 m_cuts=50,200" },
    { "trend", "kpi", "column=" },
};

static const line VALUES[] = {
    { "attribution", "channel", "device" },
    { "attribution", "direct", "ads" },
    { "attribution", "weights", ".5,.1,.4" },
    { "active_users", "windows", "1,3 2,14" },
    { "bgnbd", "horizon", "13 90d" },
    { "bgnbd", "parameters", "r:1,alpha:20,a:1,b:3" },
    { "cac", "paid", "ads ads,email" },
    { "cac", "steps", "visit,purchase" },
    { "cohort", "brackets", "1,2,5" },
    { "cohort", "key", "country" },
    { "funnel", "steps", "visit,purchase" },
    { "funnel", "step_windows", "1min 10min,1d,1d" },
    { "funnel", "anchors", "1 2 1,3" },
    { "funnel", "optional", "2 3" },
    { "funnel", "tie_window", "1min 30min 1d" },
    { "funnel", "exclude", "checkout launch" },
    { "funnel", "hold", "device channel" },
    { "funnel", "touch", "last step:2" },
    { "funnel", "bins", "1min,1h,1d" },
    { "rfm", "quantity", "quantity" },
    { "rfm", "r_cuts", "10,20" },
    { "rfm", "f_cuts", "3,6" },
    { "rfm", "m_cuts", "20,900" },
    { "rfm", "map", "A,B,C,D,E/F,G,H,I,J/K,L,M,N,O/P,Q,R,S,T/U,V,W,X,Y" },
    { "trend", "kpi", "nps" },
    { "trend", "kpi.", "by=product" },
    { "trend", "column", "n_orders" },
};

static const char *find(const line *list, size_t n, const char *kpi, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].what, what) == 0 && strcmp(list[i].kpi, kpi) == 0) return list[i].text;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].what, what) == 0 && strcmp(list[i].kpi, "*") == 0) return list[i].text;
    return NULL;
}

const char *walk_excuse(const char *kpi, const char *what)
{
    return find(EXCUSES, sizeof EXCUSES / sizeof *EXCUSES, kpi, what);
}

const char *walk_setting(const char *kpi, const char *what)
{
    const char *text = find(SETTINGS, sizeof SETTINGS / sizeof *SETTINGS, kpi, what);
    return text ? text : "";
}

const char *walk_values(const char *kpi, const char *option)
{
    return find(VALUES, sizeof VALUES / sizeof *VALUES, kpi, option);
}
