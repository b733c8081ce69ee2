/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_DATASET_IO_H
#define CMI_DATA_DATASET_IO_H

#include "core/buffer.h"
#include "data/dataset.h"

/* Between dataset_save.c, dataset_load.c and dataset_verify.c only. */
#define CMI_DATASET_VERSION 1
#define CMI_NO_DICT         UINT32_MAX

void cmi_put_u32s(cm_buffer *b, const uint32_t *v, int64_t n);
void cmi_put_u64s(cm_buffer *b, const void *v, int64_t n); /* u64, i64 or double */

/* Whether a dataset whose counts and sizes fit together is one that sealing could have made: codes
 * in range, offsets ascending, values that kernels may rely on. */
cm_status cmi_dataset_verify(const cm_dataset *ds, cm_error *err);

#endif
