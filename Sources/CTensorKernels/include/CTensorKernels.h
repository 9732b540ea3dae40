#pragma once

#include "fused.h"
#include "parallel.h"
