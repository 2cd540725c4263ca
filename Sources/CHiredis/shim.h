// hiredis 0.14: only its protocol reader and command formatter are used; the transport is SwiftNIO's.
#pragma once

#include <hiredis/hiredis.h>
