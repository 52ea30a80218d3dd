#pragma once

#include "wk_bytes.h"
