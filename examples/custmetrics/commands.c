/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <string.h>

#define FORMATS "[--format text|csv|json] [--table T] [-o FILE]"

static const command commands[] = {
    { "list", "[FACTS...] [goal=G] [--json]",
      "every KPI by family; with facts: which they allow, and what is missing for the others",
      command_list, 0, 0, "", false, true, true },
    { "describe", "KPI [--json]",
      "definition, formula, options, tables and columns, references, levers", command_describe, 1,
      1, "a KPI", false, false, false },
    { "check", "FACTS... " FORMATS,
      "reads the files and says what was understood, rejected and why", command_check, 0, 0, "",
      true, true, false },
    { "run", "KPI FACTS... [NAME=VALUE...] " FORMATS " [--save-model FILE]",
      "computes a KPI and prints its tables", command_run, 1, 1, "a KPI", false, true, true },
    { "apply", "MODEL FACTS... [NAME=VALUE...] " FORMATS, "applies a saved model to other facts",
      command_apply, 1, 1, "a model", true, true, true },
    { "collect", "KPI FACTS... [NAME=VALUE...] --partition I/N [--labels MODEL] -o STATE",
      "collects one part of the customers, anywhere", command_collect, 1, 1, "a KPI", true, true,
      true },
    { "finalize", "STATE... " FORMATS " [--save-model FILE]",
      "merges parts: the same answer to the bit", command_finalize, 1, -1, "at least one state",
      false, false, false },
    { "report", "FACTS... [NAME=VALUE...] -o report.html",
      "one HTML page with every section that the facts allow", command_report, 0, 0, "", true, true,
      true },
};

const command *command_at(int i)
{
    return i < (int)(sizeof commands / sizeof *commands) ? &commands[i] : NULL;
}

const command *command_find(const char *name)
{
    const command *c = NULL;
    for (int i = 0; (c = command_at(i)) != NULL; i++) {
        if (!strcmp(c->name, name)) break;
    }
    return c;
}
