/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_GRAMMAR_H
#define CMI_DATA_GRAMMAR_H

#include "data/descriptor.h"
#include "data/options.h"
#include "data/words.h"

/* The grammars of selectors (definition 33), conditions (34) and groups (35). Each reader fills its
 * value and appends the canonical text: the same choice always reads the same, whatever its blanks
 * and quotes. */

cm_status cmi_selector_read(cmi_option_reader *r, const char *text, cmi_selector *out);
cm_status cmi_steps_read(cmi_option_reader *r, const char *text, cmi_steps *out);
/* Conditions and their values are put in order: "b:1,a:2" is "a:2,b:1". */
cm_status cmi_where_read(cmi_option_reader *r, const char *text, cmi_where *out);
cm_status cmi_by_read(cmi_option_reader *r, const char *text, cmi_by *out);

/* Conditions between separators, from *p to its end. */
cm_status cmi_conditions_read(cmi_option_reader *r, const char *p, char separator, cmi_where *out);
void cmi_conditions_put(cm_buffer *b, const cmi_where *where, char separator);
/* Splits "orders.channel" where orders is a fact table; table NULL otherwise. */
cm_status cmi_dimension_split(cmi_option_reader *r, const cmi_word *w, const char **table,
                              const char **name);

/* The KPI whose label "rfm.segment" is; NULL: the word is the name of a dimension. */
cm_status cmi_label_split(cmi_option_reader *r, const cmi_word *w, const cmi_kpi **kpi);

/* Whether a value lies in the option's range, and which of its choices a text is. */
cm_status cmi_number_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                           double v);
cm_status cmi_duration_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                             cmi_duration v);
cm_status cmi_choice_check(const cmi_option_reader *r, const cmi_option *o, const char *text,
                           int32_t *index);

#endif
