/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_KPI_H
#define CMI_KPI_KPI_H

/* The one include of a KPI file. */
#include <stddef.h>
#include <string.h>

#include "data/cells.h"
#include "data/dataset.h"
#include "data/descriptor.h"
#include "data/driver.h"
#include "data/emit.h"
#include "data/model.h"
#include "data/options.h"
#include "data/plan.h"
#include <custmetrics/cm_result.h>

#include "core/error.h"
#include "core/grid.h"

#endif
