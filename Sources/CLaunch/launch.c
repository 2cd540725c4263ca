#include "launch.h"
int vh_placeholder(void) { return 0; }
