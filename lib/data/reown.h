/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_REOWN_H
#define CMI_DATA_REOWN_H

#include "data/seal.h"

/* Between reown.c and reown_owner.c only. */
typedef struct cmi_reowning {
    cmi_sealing s;
    const cm_dataset *from;
    const char *dimension;
    const cmi_column *of_customer; /* the dimension in the table customers; NULL: it has none */
    cmi_intern *anonymous;
    const char *former; /* name that the owners so far get as a dimension */
    int32_t former_dim; /* its index in s.dims */
    uint32_t
        *former_map; /* its codes so far -> its codes together with the owners; NULL: as they are */
    uint32_t *owner_map; /* owner code so far -> code of that dimension */
} cmi_reowning;

/* Code of the dimension that a customer has at an instant; `next` goes up with the time. */
uint32_t cmi_reown_in_force(const cmi_reowning *r, int64_t owner, int64_t time, uint32_t *next);
/* New owners of a table's rows, into its base_owner. */
cm_status cmi_reown_rows(cmi_reowning *r, cmi_fact f, cm_error *err);

#endif
